"""What the management pages look at: days on each site's own clock, pages without gaps, contradictions, the log."""

from datetime import UTC, date, datetime, timedelta

from app.queries import audit, charge_report, diagnostics, session_history
from app.queries.diagnostics import Anomaly
from app.queries.session_history import Wanted
from tests.queries.planting import NOW, Garden


async def test_a_day_is_the_sites_own(garden: Garden) -> None:
    """20:00 of the 19th in New York is 10:00 of the 20th in Korea."""
    at = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)
    seoul = await garden.location()
    york = await garden.location("york", time_zone="America/New_York")
    for name, site in (("SEOUL", seoul), ("YORK", york)):
        await garden.station(name, location_id=site)
        await garden.transaction(name, started_at=at, ended_at=at, energy_wh=1000)
    for day, found in ((19, ["YORK"]), (20, ["SEOUL"]), (21, [])):
        that_day = date(2026, 11, day)
        wanted = Wanted(since=that_day, until=that_day)
        rows = await session_history.listing(garden.database, wanted)
        assert [row.station_id for row in rows] == found
        totals = await session_history.totals(garden.database, wanted)
        assert (totals.sessions, totals.energy_wh) == (len(found), 1000 * len(found))
        report = await charge_report.by_tag(garden.database, that_day, that_day)
        assert sum(row.sessions for row in report) == len(found)


async def test_pages_have_no_gaps_where_moments_are_equal(garden: Garden) -> None:
    """The order is by beginning, whatever order the sessions were written in."""
    await garden.station("A")
    late = await garden.transaction("A", transaction_id="late", started_at=NOW)
    same = [
        await garden.transaction("A", transaction_id=f"s{n}", started_at=NOW - timedelta(days=1))
        for n in range(3)
    ]
    early = await garden.transaction("A", transaction_id="e", started_at=NOW - timedelta(days=2))
    seen: list[int] = []
    before: int | None = None
    while rows := await session_history.listing(garden.database, limit=2, before=before):
        seen += [row.id for row in rows]
        before = seen[-1]
    assert seen == [late, *reversed(same), early]


async def test_an_open_session_stands_under_its_worst_contradiction_only(garden: Garden) -> None:
    old = NOW - timedelta(days=2)
    await garden.station("A", online=True)
    await garden.station("GONE", online=False)
    await garden.station("RETIRED", online=False, retired_at=NOW)
    left = await garden.transaction("A", started_at=old, last_event_at=NOW, transaction_id="left")
    await garden.charging("A", last_event_at=NOW, transaction_id="new")
    gone = await garden.transaction("GONE", started_at=old, last_event_at=old)
    await garden.transaction("RETIRED", started_at=old)
    rows = await diagnostics.anomalies(garden.database, NOW, timedelta(hours=12))
    assert [(row.kind, row.session) for row in rows] == [
        (Anomaly.OFFLINE_OPEN, gone),
        (Anomaly.LOOSE_OPEN, left),
    ]
    counts = await diagnostics.counts(garden.database)
    assert (counts.stations, counts.online) == (2, 1)


async def test_the_log_is_one_list_of_changes_and_commands(garden: Garden) -> None:
    await garden.station("A")
    entry = {"role": "admin", "action": "tag.write", "subject": "tag:x"}
    for minute, actor in ((1, "kim"), (3, "lee")):
        at = NOW - timedelta(minutes=minute)
        await garden.put("audit_entry", at=at, actor=actor, **entry)
    asked = {"action": "Reset", "requested_by": "kim", "status": "rejected"}
    await garden.put(
        "station_command", station_id="A", requested_at=NOW - timedelta(minutes=2), **asked
    )
    rows = await audit.listing(garden.database)
    assert [(row.id[0], row.actor, row.outcome) for row in rows] == [
        ("a", "kim", "done"),
        ("c", "kim", "rejected"),
        ("a", "lee", "done"),
    ]
    rest = await audit.listing(garden.database, before=rows[0].id, limit=1)
    assert rest == [rows[1]]
    rest = await audit.listing(garden.database, before=rows[1].id)
    assert rest == [rows[2]]
    mine = audit.Wanted(actor="KIM", action="command.", since=NOW - timedelta(minutes=2))
    assert await audit.listing(garden.database, mine) == [rows[1]]
    assert await audit.actions(garden.database) == ["command.Reset", "tag.write"]
