"""Settings: defaults, every mistake at once, and a table that tells the truth."""

from pathlib import Path

import pytest

from app.config import ROOT, SettingsError, all_settings, read_settings, settings_table


def mistakes_in(**environ: str) -> tuple[str, ...]:
    with pytest.raises(SettingsError) as caught:
        read_settings(environ)
    return caught.value.mistakes


def test_an_empty_environment_gives_a_program_that_only_this_machine_can_reach() -> None:
    settings = read_settings({})
    assert (settings.http_host, settings.http_port) == ("127.0.0.1", 8080)
    assert (settings.ocpp_host, settings.ocpp_port) == ("127.0.0.1", 9000)
    assert settings.database_url is None
    assert settings.data_dir == Path(".halla")
    assert settings.unknown_stations == "pending"


def test_every_value_is_read() -> None:
    settings = read_settings(
        {
            "PATH": "/bin",
            "HALLA_DATABASE_URL": "postgresql://halla@db/halla",
            "HALLA_DATA_DIR": "/var/lib/halla",
            "HALLA_HTTP_PORT": "80",
            "HALLA_UNKNOWN_STATIONS": "Reject",
            "HALLA_MAP_TILES": "custom",
            "HALLA_MAP_TILES_URL": "https://tiles.example/{z}/{x}/{y}.png",
            "HALLA_MAP_TILES_ATTRIBUTION": "Example",
            "HALLA_MAP_TILES_MAXZOOM": "17",
            "HALLA_NATS_URL": "nats://bus:4222",
            "HALLA_LOG_LEVEL": "debug",
        }
    )
    assert settings.database_url == "postgresql://halla@db/halla"
    assert settings.data_dir == Path("/var/lib/halla")
    assert settings.http_port == 80
    assert settings.unknown_stations == "reject"
    assert settings.map_tiles == "custom"
    assert settings.map_tiles_maxzoom == 17
    assert settings.nats_url == "nats://bus:4222"
    assert settings.log_level == "DEBUG"


def test_an_empty_variable_counts_as_unset() -> None:
    assert read_settings({"HALLA_HTTP_PORT": " ", "HALLA_NATS_URL": ""}) == read_settings({})


def test_all_mistakes_come_at_once_each_naming_its_variable() -> None:
    mistakes = mistakes_in(
        HALLA_HTTP_PORT="http",
        HALLA_OCPP_PORT="70000",
        HALLA_UNKNOWN_STATIONS="maybe",
        HALLA_MAP_TILES="vworld",
    )
    assert [mistake.split()[0] for mistake in mistakes] == [
        "HALLA_HTTP_PORT",
        "HALLA_OCPP_PORT",
        "HALLA_UNKNOWN_STATIONS",
        "HALLA_MAP_TILES=vworld",
    ]


def test_a_short_or_endless_first_password_is_refused_and_not_repeated() -> None:
    assert mistakes_in(HALLA_ADMIN_PASSWORD="hunter2") == (
        "HALLA_ADMIN_PASSWORD must have 8 to 1024 characters.",
    )
    assert mistakes_in(HALLA_ADMIN_PASSWORD="p" * 1025) == (
        "HALLA_ADMIN_PASSWORD must have 8 to 1024 characters.",
    )


def test_a_misspelt_setting_is_reported_with_the_nearest_name() -> None:
    assert mistakes_in(HALLA_HTP_PORT="8080") == (
        "HALLA_HTP_PORT is not a setting of Halla; did you mean HALLA_HTTP_PORT?",
    )
    assert mistakes_in(HALLA_COLOUR="red") == (
        "HALLA_COLOUR is not a setting of Halla; the README lists them.",
    )


def test_names_kept_for_tests_and_the_journal_are_left_alone() -> None:
    read_settings({"HALLA_TEST_ANYTHING": "1", "HALLA_JOURNAL": "on"})


@pytest.mark.parametrize(
    ("environ", "word"),
    [
        ({"HALLA_MAP_TILES": "custom", "HALLA_MAP_TILES_ATTRIBUTION": "x"}, "HALLA_MAP_TILES_URL"),
        ({"HALLA_MAP_TILES": "pmtiles"}, "HALLA_MAP_TILES_URL"),
        (
            {
                "HALLA_MAP_TILES": "custom",
                "HALLA_MAP_TILES_ATTRIBUTION": "x",
                "HALLA_MAP_TILES_URL": "https://tiles.example/{z}/{x}.png",
            },
            "lacks {y}",
        ),
        (
            {
                "HALLA_MAP_TILES": "custom",
                "HALLA_MAP_TILES_URL": "https://tiles.example/{z}/{x}/{y}.png",
            },
            "HALLA_MAP_TILES_ATTRIBUTION",
        ),
        ({"HALLA_MAP_TILES_URL": "https://tiles.example/{z}/{x}/{y}.png"}, "does not use it"),
        ({"HALLA_OCPP_PORT": "8080"}, "give each its own port"),
        ({"HALLA_OCPP_TLS_PORT": "9000"}, "another door"),
        ({"HALLA_OCPP_TLS_CERT": "a.pem"}, "belong together"),
        (
            {"HALLA_OCPP_TLS_CERT": "a.pem, b.pem", "HALLA_OCPP_TLS_KEY": "a.key"},
            "different numbers",
        ),
        ({"HALLA_TRUSTED_PROXIES": "10.0.0.0/8, proxy"}, "addresses or networks"),
        ({"HALLA_OCSP_RESPONDERS": "ocsp.example"}, "http://"),
    ],
)
def test_settings_that_contradict_each_other_are_refused(
    environ: dict[str, str], word: str
) -> None:
    (mistake,) = mistakes_in(**environ)
    assert word in mistake


def test_secrets_never_show() -> None:
    settings = read_settings(
        {
            "HALLA_DATABASE_URL": "postgresql://halla:s3cret@db/halla",
            "HALLA_ADMIN_PASSWORD": "s3cret-s3cret",
            "HALLA_ADMIN_API_KEY": "s3cret",
            "HALLA_NATS_URL": "nats://halla:s3cret@bus:4222",
        }
    )
    assert "s3cret" not in repr(settings)
    assert "s3cret" not in " ".join(mistakes_in(HALLA_DATABASE_URL="mysql://halla:s3cret@db/halla"))


def test_the_table_has_one_row_for_every_setting() -> None:
    rows = settings_table().splitlines()[2:]
    assert [row.split("`")[1] for row in rows] == [setting.env for setting in all_settings()]
    assert all(row.count("|") == 4 for row in rows)


def test_root_is_the_checkout() -> None:
    assert (ROOT / "pyproject.toml").is_file()
    assert (ROOT / "static" / "vendor").is_dir()
