"""After a start or a stop, the pages tell what came of it: a yes alone is not the thing itself."""

import httpx
import pytest

from app.csms import remote_control
from app.csms.actors import Actor
from app.csms.context import Context
from app.csms.lost_commands import UNHEARD
from app.csms.receive import receive
from app.domain.commands import Command, Outcome, OutcomeStatus
from app.domain.reports import TransactionEnded, TransactionStarted
from app.domain.roles import Role
from app.ingress.calls import DEADLINE_S
from tests.factories import make_station, received

ID = "CP-1"
HTMX = {"HX-Request": "true"}
ASKED = {"drawer": f"/stations/{ID}", "connectors": f"/connectors/{ID}/1/1"}


@pytest.fixture(params=ASKED)
def asked(request: pytest.FixtureRequest) -> str:
    return ASKED[request.param]


@pytest.fixture(autouse=True)
async def station(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    await make_station(context, ID)
    monkeypatch.setattr(remote_control, "EFFECT_S", 0.3)


async def answers(context: Context, *, does: bool) -> None:
    """The station says yes to everything, and does it or not."""

    async def carry_out(command: Command) -> Outcome:
        at = context.clock()
        if does and type(command).__name__ == "RequestStartTransaction":
            begun = TransactionStarted(transaction="t1", at=at, evse_id=1, id_token="CARD-1")
            await receive(context, [received(begun, ID, at)])
        elif does:
            end = TransactionEnded(transaction="t1", at=at, stop_reason="Remote")
            await receive(context, [received(end, ID, at)])
        return Outcome(status=OutcomeStatus.ACCEPTED, latency_ms=12.0)

    await context.bus.serve(ID, carry_out)


async def press(browser: httpx.AsyncClient, path: str, language: str = "en") -> str:
    """The toast."""
    headers = HTMX | {"Accept-Language": language}
    answer = await browser.post(path, data={"id_token": "CARD-1"}, headers=headers)
    assert answer.status_code == 200
    return answer.text[answer.text.index('<div class="toast ') :]


async def test_what_was_done_is_told(
    admin: httpx.AsyncClient, context: Context, asked: str
) -> None:
    await answers(context, does=True)
    toast = await press(admin, f"{asked}/start")
    assert toast.startswith('<div class="toast good">')
    assert "Accepted (12 ms) · The session has begun." in toast
    toast = await press(admin, f"{asked}/stop")
    assert toast.startswith('<div class="toast good">')
    assert "Accepted (12 ms) · The session has ended." in toast


async def test_what_did_not_come_is_told_too(
    admin: httpx.AsyncClient, context: Context, asked: str
) -> None:
    """Neither the toast nor the log is green, until it comes after all."""
    await answers(context, does=False)
    toast = await press(admin, f"{asked}/start")
    assert toast.startswith('<div class="toast wait">')
    assert "Accepted (12 ms) · No session has begun." in toast
    await answers(context, does=True)
    await press(admin, f"{asked}/start")
    await answers(context, does=False)
    toast = await press(admin, f"{asked}/stop", "de")
    assert toast.startswith('<div class="toast wait">')
    assert "Der Ladevorgang endete nicht sofort." in toast
    for page in (f"/partials/drawer/{ID}", "/commands"):
        html = (await admin.get(page)).text
        newest = html[html.index("Stop charging</") - 700 : html.index("at once.")]
        assert "ic-wait" in newest
        assert "ic-good" not in newest
    end = TransactionEnded(transaction="t1", at=context.clock(), stop_reason="Remote")
    await receive(context, [received(end, ID, context.clock())])
    for page in (f"/partials/drawer/{ID}", "/commands"):
        html = (await admin.get(page)).text
        assert "The session has ended." in html
        assert "at once." not in html


async def test_why_no_answer_came_is_said_where_the_station_said_nothing(
    context: Context, admin: httpx.AsyncClient
) -> None:
    said = iter((UNHEARD, f"The station did not answer within {DEADLINE_S:.0f} s."))

    async def silent(_command: Command) -> Outcome:
        return Outcome(status=OutcomeStatus.TIMED_OUT, description=next(said))

    await context.bus.serve(ID, silent)
    await remote_control.unlock(context, Actor(name="me", role=Role.OPERATOR), ID, 1)
    headers = {"Accept-Language": "de", "HX-Request": "true"}
    late = "Die Ladestation hat nicht innerhalb von 30 s geantwortet."
    form = {"message": "MeterValues"}
    toast = await admin.post(f"/stations/{ID}/trigger", data=form, headers=headers)
    assert late in toast.text
    for page in ("/commands", f"/partials/drawer/{ID}"):
        told = (await admin.get(page, headers={"Accept-Language": "de"})).text
        assert "Niemand war mehr da, der die Antwort hören konnte" in told, page
        assert late in told, page


async def test_a_call_written_by_hand_is_named_by_what_it_asks_for(
    context: Context, admin: httpx.AsyncClient
) -> None:
    async def willing(_command: Command) -> Outcome:
        return Outcome(status=OutcomeStatus.ACCEPTED)

    await context.bus.serve(ID, willing)
    me = Actor(name="me", role=Role.ADMIN)
    for action, payload in (
        ("TriggerMessage", {"requestedMessage": "Heartbeat"}),
        ("Reset", {"type": "Immediate"}),
        ("ChangeAvailability", {"operationalStatus": "Inoperative"}),
    ):
        await remote_control.call(context, me, ID, action, payload)
    told = (await admin.get("/commands")).text
    for title in ("Request message · Heartbeat", "Restart now", "Take out of service"):
        assert title in told
