"""The bell, the list, and who may say that they have seen to it."""

import re
from datetime import timedelta

import httpx
import pytest

from app.csms.context import Context
from app.domain.roles import Role
from app.queries.rows import fetch_dicts
from tests.conftest import Clock
from tests.queries.planting import NOW, Garden
from tests.web.conftest import SignedInBrowser


@pytest.fixture
async def trouble(garden: Garden, clock: Clock) -> Garden:
    """A faulted charger with markup in its error, and one that is away."""
    clock.now = NOW
    await garden.station("BROKEN", online=True)
    await garden.connector("BROKEN", "Faulted", error_code="GroundFailure", info="<i>relay</i>")
    await garden.station("AWAY", online=False, disconnected_at=NOW - timedelta(minutes=9))
    return garden


async def test_the_worst_comes_first_and_is_counted(
    admin: httpx.AsyncClient, trouble: Garden
) -> None:
    html = (await admin.get("/alerts")).text
    assert re.findall(r'id="alert-([a-z_]+):', html) == ["faulted", "offline"]
    assert "2 open alerts, 1 of them critical" in html
    assert "&lt;i&gt;relay" in html
    bell = (await admin.get("/partials/bell")).text
    assert 'data-open-alerts="2"' in bell
    assert 'aria-label="2 open alerts"' in bell


async def test_an_operator_acknowledges_with_a_note_and_takes_it_back(
    signed_in: SignedInBrowser, context: Context, trouble: Garden
) -> None:
    operator = await signed_in(Role.OPERATOR)
    [key] = re.findall(r'name="key" value="(faulted:[^"]+)"', (await operator.get("/alerts")).text)
    answer = await operator.post(
        "/alerts/acknowledge", data={"key": key, "note": "Technician <at> 5"}
    )
    assert (answer.status_code, answer.headers["location"]) == (303, "/alerts")
    html = (await operator.get("/alerts")).text
    assert re.findall(r'id="alert-([a-z_]+):', html) == ["offline"]
    assert "a operator" in html
    assert "Technician &lt;at&gt; 5" in html
    assert 'data-open-alerts="1"' in (await operator.get("/partials/bell")).text
    [noted] = await fetch_dicts(
        context.database, "SELECT * FROM audit_entry WHERE action = 'alert.acknowledge'", {}
    )
    assert (noted["actor"], noted["subject"]) == ("a operator", f"alert:{key}")
    assert (await operator.post("/alerts/reopen", data={"key": key})).status_code == 303
    assert 'data-open-alerts="2"' in (await operator.get("/partials/bell")).text


async def test_what_is_over_or_too_long_is_refused(
    signed_in: SignedInBrowser, trouble: Garden
) -> None:
    operator = await signed_in(Role.OPERATOR)
    over = await operator.post("/alerts/acknowledge", data={"key": "faulted:NOBODY:1.1"})
    assert over.status_code == 422
    assert "This alert is over" in over.text
    long = await operator.post(
        "/alerts/acknowledge", data={"key": "offline:AWAY:", "note": "x" * 501}
    )
    assert long.status_code == 422
    assert (await operator.post("/alerts/reopen", data={"key": "nothing"})).status_code == 404


async def test_a_viewer_sees_and_may_not_acknowledge(
    signed_in: SignedInBrowser, trouble: Garden
) -> None:
    viewer = await signed_in(Role.VIEWER)
    html = (await viewer.get("/alerts")).text
    assert "GroundFailure" in html
    assert 'name="note"' not in html
    answer = await viewer.post("/alerts/acknowledge", data={"key": "offline:AWAY:"})
    assert answer.status_code == 403


async def test_many_of_one_kind_at_one_site_are_one_incident(
    signed_in: SignedInBrowser, garden: Garden, clock: Clock
) -> None:
    clock.now = NOW
    await garden.location()
    for name in ("A", "B", "C"):
        away = NOW - timedelta(minutes=9)
        await garden.station(name, online=False, disconnected_at=away, location_id="emart_jeju")
    await garden.station("ALONE", online=False, disconnected_at=NOW - timedelta(minutes=5))
    operator = await signed_in(Role.OPERATOR)
    html = (await operator.get("/alerts")).text
    assert html.count('<tr id="alert-') == 2
    assert "Acknowledge all 3…" in html
    keys = re.findall(r'name="key" value="(offline:[ABC]:)"', html)
    await operator.post("/alerts/acknowledge", data={"key": keys, "note": "power cut"})
    html = (await operator.get("/alerts")).text
    assert re.findall(r'<tr id="alert-offline:(\w+)', html) == ["ALONE"]
    assert html.count("power cut") == 3
