"""The table of sessions: what it is narrowed to, what it comes to, and the files that are taken away."""

import csv
import io
import re
import zipfile
from datetime import UTC, datetime

import httpx
import pytest

from tests.conftest import Clock
from tests.queries.planting import NOW, Garden

BEGAN = datetime(2026, 11, 19, 15, 10, tzinfo=UTC)
"""Ten minutes past midnight of the 20th on Jeju."""
OLD = {
    "transaction_id": "old",
    "started_at": BEGAN,
    "ended_at": NOW,
    "simulated": True,
}


@pytest.fixture
async def sold(garden: Garden, clock: Clock) -> Garden:
    """Two chargers at a site, one with two connectors; three sessions, one running."""
    clock.now = NOW
    site = await garden.location()
    await garden.put("id_token", token="card-1", name="김하나", group_id="staff", status="Accepted")
    await garden.put("id_token", token="card-2", name="이두리", group_id="staff", status="Accepted")
    await garden.station("A", location_id=site, online=True)
    await garden.connector("A", "Available")
    await garden.station("B", name="=주차장", location_id=site, online=True)
    for evse in (1, 2):
        await garden.connector("B", "Available", evse_id=evse)
    await garden.transaction(
        "A",
        started_at=BEGAN,
        ended_at=NOW,
        id_token="CARD-1",
        stop_id_token="Card-2",
        stop_reason="Local",
        meter_start_wh=1000,
        meter_wh="1416.67",
        energy_wh="416.67",
        cost=63,
    )
    await garden.transaction("B", evse_id=2, transaction_id="b1", started_at=BEGAN, id_token="=x")
    await garden.transaction(
        "B",
        transaction_id="b0",
        started_at=datetime(2026, 10, 1, tzinfo=UTC),
        ended_at=datetime(2026, 10, 1, 1, tzinfo=UTC),
        currency="EUR",
        price_per_kwh="0.5",
        cost="4.25",
    )
    return garden


async def table(browser: httpx.AsyncClient, query: str) -> tuple[str, list[list[str]]]:
    """The file's name, and its lines."""
    answer = await browser.get(f"/sessions/export?{query}")
    assert answer.status_code == 200, answer.text
    assert answer.content.startswith(b"\xef\xbb\xbf")
    text = answer.content.decode("utf-8-sig")
    name = re.search(r"filename\*=UTF-8''(\S+)", answer.headers["content-disposition"])
    assert name
    return name.group(1), list(csv.reader(io.StringIO(text, newline=""), delimiter=";"))


async def test_one_chargers_file_has_the_columns_of_the_original(
    admin: httpx.AsyncClient, sold: Garden
) -> None:
    name, lines = await table(admin, "station=A&kind=csv")
    assert name == "Transactions_A.csv"
    assert ";".join(lines[0]).startswith(
        "Connector;Start;Start-Tag;Start-Meter;Stop;Stop-Tag;Stop-Meter;Charged"
    )
    assert lines[1:] == [
        [
            "A",
            "2026-11-20 00:10:00+09:00",
            "김하나",
            "1",
            "2026-11-20 15:30:00+09:00",
            "이두리",
            "1.41667",
            "0.41667",
            "63",
            "62.5005",
            "KRW",
            "",
        ]
    ]
    name, lines = await table(admin, "station=B&connector=2")
    assert name == "Transactions_%3D%EC%A3%BC%EC%B0%A8%EC%9E%A5_2.csv"
    assert [line[0] for line in lines[1:]] == ["'=주차장:2"]


async def test_the_file_of_all_has_the_columns_of_the_original(
    admin: httpx.AsyncClient, sold: Garden
) -> None:
    name, lines = await table(admin, "kind=csv")
    assert name == "AllTransactions.csv"
    assert ";".join(lines[0]).startswith(
        "Transaction ID;Charging station;Connector;Start-Tag ID;Start-Tag;Group;Start;Start-Meter;"
        "Stop-Tag ID;Stop-Tag;Stop;Stop-Meter;Energy (kWh)"
    )
    assert [(line[1], line[2], line[3], line[5], line[10]) for line in lines[1:]] == [
        ("'=주차장", "2", "'=x", "", ""),
        ("A", "1", "CARD-1", "staff", "2026-11-20 15:30:00+09:00"),
        ("'=주차장", "1", "", "", "2026-10-01 10:00:00+09:00"),
    ]
    book = await admin.get("/sessions/export?kind=xlsx")
    with zipfile.ZipFile(io.BytesIO(book.content)) as parts:
        assert "<v>0.41667</v>" in parts.read("xl/worksheets/sheet1.xml").decode()


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", {"A1", "B2", "B1"}),
        ("station=A", {"A1"}),
        ("station=nobody", set()),
        ("site=emart_jeju&connector=2", {"B2"}),
        ("tag=card-2", {"A1"}),
        ("tag=하나", {"A1"}),
        ("state=running", {"B2"}),
        ("days=30", {"A1", "B2"}),
        ("since=2026-11-20&until=2026-11-20", {"A1", "B2"}),
        ("until=2026-11-19", {"B1"}),
        ("since=nonsense&connector=x&state=y&days=3", {"A1", "B2", "B1"}),
    ],
)
async def test_a_filter_holds_for_the_page_its_sums_and_the_file(
    query: str, found: set[str], admin: httpx.AsyncClient, sold: Garden
) -> None:
    _, lines = await table(admin, query)
    html = (await admin.get(f"/sessions?{query}")).text
    assert len(re.findall(r'id="session-\d+"', html)) == len(lines) - 1 == len(found)
    sums = re.search(r"<dt>Sessions</dt><dd>(\d+)</dd>", html)
    assert sums
    assert int(sums.group(1)) == len(found)
    if "station" not in query:
        assert {
            line[1].removeprefix("'=").replace("주차장", "B") + line[2] for line in lines[1:]
        } == (found)


async def test_sums_keep_currencies_apart(admin: httpx.AsyncClient, sold: Garden) -> None:
    html = (await admin.get("/sessions")).text
    assert "₩1,338 + 4.25 EUR" in html
    assert 'title="17,416.67 Wh"' in html


async def test_a_page_can_be_taken_away_alone(admin: httpx.AsyncClient, garden: Garden) -> None:
    await garden.station("A", online=True)
    for number in range(60):
        await garden.transaction("A", transaction_id=f"tx-{number:02}", ended_at=NOW)
    html = (await admin.get("/sessions")).text
    older = re.search(r'href="/sessions\?(before=\d+)"', html)
    assert older
    assert len((await table(admin, "scope=page"))[1]) == 51
    assert len((await table(admin, f"scope=page&{older.group(1)}"))[1]) == 11
    assert len((await table(admin, f"scope=all&{older.group(1)}"))[1]) == 61


async def test_generated_sessions_are_marked_and_paged_by_their_negative_numbers(
    admin: httpx.AsyncClient, garden: Garden
) -> None:
    await garden.station("A", online=True)
    for number in range(1, 53):
        await garden.transaction("A", **OLD, id=-number)
    html = (await admin.get("/sessions?state=simulated")).text
    assert html.count('<span class="word">Simulated</span>') == 50
    older = html.split('class="pager"')[1].split('href="')[1].split('"')[0].replace("&amp;", "&")
    assert "before=-50" in older
    assert (await admin.get(older)).text.count("</tr>") == 3
    assert "Simulated" in (await admin.get("/sessions/-7")).text
    assert (await admin.get("/sessions?state=real")).text.count('id="session--') == 0
    assert (await table(admin, "state=simulated"))[1][1][-1] == "yes"
