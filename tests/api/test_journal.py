"""The journal and the findings as programs see them."""

import csv
import io
import json

import httpx
import pytest

from app.csms.conformance import CHOSEN_QUIRKS
from app.csms.context import Context
from app.csms.journal_entries import JournalEntry
from app.csms.lanes import Lanes
from app.domain.conformance import MENDED, Deviation, DeviationsFound
from app.domain.quirks import QUIRKS
from tests.csms.test_journal import answered, call, write
from tests.factories import NOON, after, make_station, received


async def plant(context: Context) -> None:
    await make_station(context, "CP1")
    formula = JournalEntry(after(5), "CP1", "in", 2, "=1+1", "Dance", b'[2,"=1+1","Dance",{}]')
    refused = b'[4,"=1+1","NotImplemented","",{}]'
    await write(
        context,
        answered(call("1", "Heartbeat", at=after(1)), latency_ms=2.0),
        answered(formula, message_type=4, frame=refused, latency_ms=1.0, outcome="NotImplemented"),
    )


async def test_frames_and_exchanges(context: Context, admin: httpx.AsyncClient) -> None:
    await plant(context)
    page = (await admin.get("/api/v1/journal", params={"limit": 3})).json()
    assert [item["message_type"] for item in page["items"]] == [4, 2, 3]
    rest = (await admin.get("/api/v1/journal", params={"before": page["next"]})).json()
    assert [item["action"] for item in rest["items"]] == ["Heartbeat"]
    assert rest["next"] is None
    failed = (await admin.get("/api/v1/journal/exchanges?failed=true")).json()["items"]
    assert [(item["action"], item["outcome"]) for item in failed] == [("Dance", "NotImplemented")]
    own = (await admin.get("/api/v1/stations/CP1/journal")).json()["items"]
    assert len(own) == 4
    for bad in ("before=x", "before=1-", "since=yesterday", "transaction=7", "station_id=nobody"):
        answered = await admin.get(f"/api/v1/journal?{bad}")
        assert answered.status_code in (404, 422), bad


async def test_export(context: Context, admin: httpx.AsyncClient) -> None:
    await plant(context)
    lines = await admin.get("/api/v1/journal/export?station_id=CP1")
    assert lines.headers["content-type"] == "application/x-ndjson"
    rows = [json.loads(line) for line in lines.text.splitlines()]
    assert [row["message_type"] for row in rows] == [4, 2, 3, 2]
    table = await admin.get("/api/v1/journal/export?format=csv")
    assert table.headers["content-disposition"].endswith('.csv"')
    cells = list(csv.DictReader(io.StringIO(table.text)))
    assert [cell["message_id"] for cell in cells] == ["'=1+1", "'=1+1", "1", "1"]
    assert cells[0]["frame"] == '[4,"=1+1","NotImplemented","",{}]'
    empty = await admin.get("/api/v1/journal/export?format=csv&action=Nothing")
    assert empty.text.startswith("id,at,station_id")


@pytest.mark.parametrize("name", ["action", "message_id", "outcome", "q"])
async def test_a_filter_that_nothing_can_match_is_said_to_be_wrong(
    admin: httpx.AsyncClient, name: str
) -> None:
    """Before a file has begun, for then it is too late."""
    answer = await admin.get("/api/v1/journal/export", params={name: "a\x00b"})
    assert answer.status_code == 422


async def test_timings(context: Context, admin: httpx.AsyncClient) -> None:
    await plant(context)
    found = await admin.get("/api/v1/journal/timings", params={"since": NOON.isoformat()})
    assert [(t["action"], t["p99_ms"], t["errors"]) for t in found.json()] == [
        ("Heartbeat", 2.0, 0),
        ("Dance", 1.0, 1),
    ]


async def test_findings_are_counted_and_forgotten(
    context: Context, admin: httpx.AsyncClient
) -> None:
    await make_station(context, "CP1")
    found = (
        Deviation(action="Heartbeat", quirk="null", outcome=MENDED, example="x is null", count=2),
        Deviation(action="Boot", quirk="FormatViolation", outcome="FormatViolation", example="?"),
    )
    async with Lanes(context).run() as lanes:
        for _ in range(2):
            await lanes.submit(received(DeviationsFound(deviations=found), "CP1"))
    shown = (await admin.get("/api/v1/stations/CP1/conformance")).json()
    assert (shown["mended"], shown["refused"], shown["strict"]) == (4, 2, False)
    assert {(f["quirk"], f["count"]) for f in shown["findings"]} == {
        ("null", 4),
        ("FormatViolation", 2),
    }
    listed = (await admin.get("/api/v1/conformance")).json()
    assert [item["station_id"] for item in listed["items"]] == ["CP1"]
    forgotten = await admin.delete("/api/v1/stations/CP1/conformance")
    assert forgotten.json()["findings"] == []


async def test_a_person_says_how_mistakes_are_met(
    context: Context, admin: httpx.AsyncClient
) -> None:
    await make_station(context, "CP1")
    path = "/api/v1/stations/CP1/conformance"
    set_ = await admin.put(path, json={"strict": True, "quirks": ["energy_in_kwh"]})
    assert (set_.json()["strict"], set_.json()["quirks"]) == (True, ["energy_in_kwh"])
    kept = await admin.put(path, json={"strict": False})
    assert (kept.json()["strict"], kept.json()["quirks"]) == (False, ["energy_in_kwh"])
    refused = await admin.put(path, json={"quirks": ["null"]})
    assert refused.status_code == 422
    kinds = (await admin.get("/api/v1/conformance/quirks")).json()
    assert {kind["key"] for kind in kinds if kind["chosen"]} == CHOSEN_QUIRKS
    assert len(kinds) == len(QUIRKS)
