"""Every mistake is told at once, with its file, its line and what to do."""

import json
from pathlib import Path

import pytest

from app.config import ROOT
from app.csms.provisioning import Known
from app.domain.geo import Position
from app.domain.stations import StationCategory
from app.seed.columns import KINDS
from app.seed.read import SeedErrors, read

HERE = Path(__file__).parent

STATIONS = "station,location,latitude,longitude,max_power_kw"
LOCATIONS = "location,name,latitude,longitude"
SITE = f"{LOCATIONS}\nsite,제주점,33.5,126.5\n"


def write(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        (folder / f"{name}.csv").write_text(text, encoding="utf-8")
    return folder


def mistakes(path: Path, **options: object) -> list[str]:
    """What is told of `path`, without the folder in front."""
    with pytest.raises(SeedErrors) as raised:
        read(path, **options)
    folder = path if path.is_dir() else path.parent
    return [str(mistake).removeprefix(f"{folder}/") for mistake in raised.value.mistakes]


def test_all_mistakes_of_all_files_at_once(tmp_path: Path) -> None:
    write(
        tmp_path,
        tariffs='tariff,name,currency,price_per_kwh\nday,낮,won,-1\nday,밤,KRW,"1,500"\n',
        locations=f"{LOCATIONS},tariff,time_zone\n"
        "site,제주점,126.5,33.5,dya,Asia/Seoul\n"
        "far,London,51.5,-0.1,day,Europe/Nowhere\n"
        "site,또,33.5,126.5,,\n",
        stations=f"{STATIONS},min_power_kw,category,installed_on,evses\n"
        "a b,site,33.5,126.5,100,,,,\n"
        "s1,siet,33.5,126.5,-3,,rapid,20.1.2026,0\n"
        "s2,site,33.5,x,50,60,,,\n"
        "\n"
        "s2,site,33.5\n"
        "s2,site,95,126.5,,,,,\n",
        aliases="alias,station\ns1,s2\nother,s9\n",
        tokens="token,blocked,expires_at\nCARD,maybe,2026-12-31T10:00\ncard,,soon\n",
    )
    told = mistakes(tmp_path)
    assert told == (HERE / "mistakes.txt").read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize(
    ("header", "sentence"),
    [
        ("", "The first line must name the columns: station, location, location_name, name,"),
        (f"{STATIONS},", "Column 6 has no name."),
        (f"{STATIONS},Serial Number", 'There is no column "Serial Number"; did you mean serial_number?'),
        (f"{STATIONS},max_power", 'There is no column "max_power"; did you mean max_power_kw?'),
        (f"{STATIONS},zzz", 'There is no column "zzz"; known are station, location,'),
        (f"{STATIONS},station", "The column station is there twice."),
        ("station,location", "Missing columns: latitude, longitude, max_power_kw."),
    ],
)  # fmt: skip
def test_wrong_header_is_named(tmp_path: Path, header: str, sentence: str) -> None:
    write(tmp_path, stations=f"{header}\ns1,site,33.5,126.5,100\n")
    [told] = mistakes(tmp_path / "stations.csv")
    assert told.startswith(f"stations.csv:1: {sentence}")


def test_line_is_the_first_of_a_quoted_cell_with_breaks(tmp_path: Path) -> None:
    write(
        tmp_path,
        locations=f'{LOCATIONS}\nsite,"제주\n점",33.5,126.5\nsite2,제주점,33.5,x\n',
    )
    assert [line.split(" ")[0] for line in mistakes(tmp_path)] == [
        "locations.csv:2:",
        "locations.csv:4:",
    ]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (f"{STATIONS}\ns1,site,33.5,126.5,100,제주\n".encode("cp949"), "2: This line is not UTF-8;"),
        (f"{STATIONS}\n".encode("utf-16"), "1: This line is not UTF-8;"),
        (f'{STATIONS}\n"s1,site\n'.encode(), "2: This is not CSV:"),
        (b"", "1: The first line must name the columns"),
        (f"{STATIONS}\n".encode(), "1: There is nothing to seed here."),
    ],
)  # fmt: skip
def test_file_that_is_no_such_file(tmp_path: Path, content: bytes, sentence: str) -> None:
    path = tmp_path / "stations.csv"
    path.write_bytes(content)
    [told] = mistakes(path)
    assert told.startswith(f"stations.csv:{sentence}")


def test_missing_path_and_misnamed_file(tmp_path: Path) -> None:
    assert mistakes(tmp_path / "nope.csv") == [
        "nope.csv:1: The file cannot be read: No such file or directory."
    ]
    write(tmp_path, station=STATIONS)
    assert mistakes(tmp_path) == [
        "station.csv:1: In a folder the name says what a file holds; did you mean stations.csv?"
    ]
    (tmp_path / "station.csv").rename(tmp_path / "chargers.csv")
    assert mistakes(tmp_path) == [
        "chargers.csv:1: In a folder the name says what a file holds;"
        " name it one of tariffs.csv, locations.csv, stations.csv, aliases.csv, tokens.csv."
    ]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_what_spreadsheets_write_is_read(
    tmp_path: Path, delimiter: str, encoding: str, newline: str
) -> None:
    text = f"{STATIONS},location_name\ns1,site, 33.5 ,126.5,22,이마트 제주점\n"
    content = text.replace(",", delimiter).replace("\n", newline).encode(encoding)
    (tmp_path / "export.csv").write_bytes(content)
    seed = read(tmp_path / "export.csv")
    [location] = seed.locations
    [station] = location.stations
    assert (location.id, location.name, location.position) == ("site", "이마트 제주점", None)
    assert station.position == Position(lat=33.5, lon=126.5)
    assert station.max_power_w == 22_000


def test_references_may_be_to_what_the_database_has(tmp_path: Path) -> None:
    write(tmp_path, stations=f"{STATIONS},tariff\ns1,site,33.5,126.5,100,day\n")
    known = Known(locations=frozenset({"site"}), tariffs=frozenset({"day"}))
    assert len(read(tmp_path, known=known).stations) == 1
    assert mistakes(tmp_path, known=Known()) == [
        'stations.csv:2: location "site" does not exist; describe it in locations.csv,'
        " or name it in a column location_name.",
        'stations.csv:2: tariff "day" does not exist; describe it, or correct the id.',
    ]
    assert len(read(tmp_path).stations) == 1  # nobody can tell without a database


def test_positions_abroad_only_if_they_are_meant(tmp_path: Path) -> None:
    write(tmp_path, locations=f"{LOCATIONS}\nlondon,London,51.5,-0.1\n")
    assert mistakes(tmp_path) == [
        "locations.csv:2: latitude 51.5, longitude -0.1 is not in Korea;"
        " use --anywhere if it is meant."
    ]
    [location] = read(tmp_path, anywhere=True).locations
    assert location.position == Position(lat=51.5, lon=-0.1)


def test_bare_day_of_expiry_begins_in_korea(tmp_path: Path) -> None:
    write(tmp_path, tokens="token,expires_at\na,2026-01-01\nb,2026-01-01T00:00+09:00\n")
    first, second = read(tmp_path).tokens
    assert first.expires_at == second.expires_at
    assert str(first.expires_at) == "2025-12-31 15:00:00+00:00"


def feature(lon: float, lat: float, **properties: object) -> dict[str, object]:
    return {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [lon, lat]},
        "properties": properties,
    }


def collection(path: Path, *features: object) -> Path:
    document = {"type": "FeatureCollection", "name": "x", "features": list(features)}
    path.write_text(json.dumps(document, indent=1, ensure_ascii=False), encoding="utf-8")
    return path


def test_geojson_has_the_same_columns(tmp_path: Path) -> None:
    path = collection(
        tmp_path / "sites.geojson",
        feature(126.5, 33.5, location="site", name="제주점", fid=7, name_en=None),
        feature(126.51, 33.51, station="s1", location="site", max_power_kw=100, evses=2),
    )
    [location] = read(path).locations
    [station] = location.stations
    assert (location.name, location.name_en) == ("제주점", None)
    assert location.position == Position(lat=33.5, lon=126.5)
    assert station.position == Position(lat=33.51, lon=126.51)
    assert station.max_power_w == 100_000
    assert [each.evse_id for each in station.connectors] == [1, 2]


def test_geojson_mistakes_have_their_feature_s_line(tmp_path: Path) -> None:
    path = collection(
        tmp_path / "sites.geojson",
        feature(126.5, 33.5, location="site", name="features"),
        feature(33.5, 126.5, location="other", name="바뀜"),
        feature(126.5, 33.5, location="third", nmae="오타"),
        feature(126.5, 33.5, fid=1),
        {"type": "Feature", "geometry": None, "properties": {"location": "x", "name": "x"}},
        "nonsense",
    )
    lines = path.read_text(encoding="utf-8").splitlines()
    starts = [number for number, line in enumerate(lines, 1) if line.startswith("  {")]
    starts.append(next(n for n, line in enumerate(lines, 1) if "nonsense" in line))
    told = mistakes(path)
    assert [line.split(": ", 1)[0] for line in told] == [
        f"sites.geojson:{start}" for start in starts[1:]
    ]
    assert [line.split(": ", 1)[1][:40] for line in told] == [
        "latitude 126.5 and longitude 33.5 look s",
        'There is no column "nmae"; did you mean ',
        "The properties name neither a station no",
        "The geometry is not a Point [longitude, ",
        "This is not a feature with properties.",
    ]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('{"type": "FeatureCollection",\n "features": [}', "2: This is not JSON:"),
        ("[]", "1: This is not a GeoJSON FeatureCollection."),
        ('{"type": "Feature"}', "1: This is not a GeoJSON FeatureCollection."),
        ('{"type": "FeatureCollection", "features": []}', "1: There is nothing to seed here."),
    ],
)
def test_geojson_that_is_none(tmp_path: Path, text: str, sentence: str) -> None:
    path = tmp_path / "sites.geojson"
    path.write_text(text, encoding="utf-8")
    [told] = mistakes(path)
    assert told.startswith(f"sites.geojson:{sentence}")


def test_docs_describe_every_column() -> None:
    page = (ROOT / "docs" / "seeding.md").read_text(encoding="utf-8")
    for kind, columns in KINDS.items():
        section = page.split(f"### {kind}.csv\n")[1].split("\n#")[0]
        rows = [line for line in section.splitlines() if line.startswith("| ")][1:]
        assert rows == [
            f"| {f'**{column.name}**' if column.required else column.name} | {column.meaning} |"
            for column in columns
        ]


def test_emart_jeju_is_what_was_planned() -> None:
    seed = read(ROOT / "seed_data" / "emart_jeju", known=Known())
    by_site = {location.id: location for location in seed.locations}
    assert {name: len(site.stations) for name, site in by_site.items()} == {
        "emart_jeju_main": 12,
        "emart_shinjeju": 10,
        "emart_seogwipo": 12,
    }
    assert sum(station.max_power_w or 0 for station in seed.stations) == 2_900_000
    assert by_site["emart_jeju_main"].position == Position(lat=33.5119, lon=126.5245)
    for location in seed.locations:
        assert location.tariff_id == "emart_150"
        assert location.position is not None
        for number, station in enumerate(location.stations, 1):
            assert station.id == f"{location.id}_{number:02d}"
            assert station.serial_number == f"SN-{location.id.upper()}-{number:04d}"
            assert station.location_detail == f"{location.name} - {number}번"
            assert station.position is not None
            assert station.position.lat == round(location.position.lat + number / 10_000, 4)
            assert station.position.lon == round(location.position.lon + number / 10_000, 4)
            ultra = station.category is StationCategory.ULTRA_FAST
            assert station.max_power_w == (100_000 if ultra else 50_000)
            assert (station.min_power_w, station.connector_type) == (10_000, "Type2_DC")
    assert seed.tariffs[0].price_per_kwh == 150
    assert sum(token.blocked for token in seed.tokens) == 1


def test_jeju_samples_are_what_was_given() -> None:
    seed = read(ROOT / "seed_data" / "jeju_samples", known=Known())
    assert len(seed.locations) == 5
    assert len(seed.stations) == 9
    assert [station.serial_number for station in seed.stations] == [
        f"SN-2024-{number:04d}" for number in range(1, 10)
    ]
    prices = {tariff.id: tariff for tariff in seed.tariffs}
    assert [
        (
            station.max_power_w,
            prices[station.tariff_id or ""].price_per_kwh,
            prices[station.tariff_id or ""].session_fee,
        )
        for station in seed.stations
    ] == [
        (50_000, 300, 1000),
        (22_000, 250, 500),
        (60_000, 320, 1200),
        (22_000, 250, 500),
        (100_000, 400, 2000),
        (50_000, 330, 1000),
        (50_000, 310, 1000),
        (22_000, 250, 500),
        (50_000, 300, 1000),
    ]
    assert seed.locations[2].operator_phone == "064-740-7000"
