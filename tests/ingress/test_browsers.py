"""Browsers at the stations' door: nobody gets in by a page who could not otherwise."""

import base64
from dataclasses import replace

import pytest

from app.csms.actors import Actor
from app.csms.context import Context
from app.csms.entrance import set_station_password
from app.csms.simulator_tickets import create_ticket, redeem_ticket
from app.domain.errors import Conflict, Invalid, NotAllowed
from app.domain.roles import Role
from app.ingress.admission import Admitted, Knock, Refused, admit
from app.ingress.browsers import origin_of
from tests.factories import make_station

KIM = Actor("kim", Role.OPERATOR)
STATION = "emart_jeju_main_01"
HERE = "https://halla.example"


def knock(*secrets: str, origin: str | None = HERE) -> Knock:
    return Knock(path=f"/{STATION}", offered=["ocpp2.0.1", *secrets], origin=origin)


async def ticket(context: Context, station_id: str = STATION, origin: str = HERE) -> str:
    return f"halla.ticket.{await create_ticket(context, KIM, station_id, origin)}"


def basic(password: str) -> str:
    encoded = base64.urlsafe_b64encode(f"{STATION}:{password}".encode()).decode().rstrip("=")
    return f"halla.basic.{encoded}"


async def test_a_page_without_a_ticket_is_refused_and_told_what_to_do(context: Context) -> None:
    await make_station(context, STATION)
    refused = await admit(context, knock())
    assert isinstance(refused, Refused)
    assert refused.status == 403
    assert "/simulator" in refused.sentence


async def test_a_ticket_is_good_once_for_one_charger_from_one_page(context: Context) -> None:
    await make_station(context, STATION)
    first = await ticket(context)
    admitted = await admit(context, knock(first))
    assert isinstance(admitted, Admitted)
    assert admitted.subprotocol == "ocpp2.0.1"
    assert not [name for name in admitted.knock.offered if name.startswith("halla.")]
    for bad in (
        first,
        await ticket(context, station_id="another"),
        await ticket(context, origin="https://elsewhere.example"),
        "halla.ticket.made-up",
    ):
        assert isinstance(await admit(context, knock(bad)), Refused)


async def test_an_old_ticket_is_no_ticket(context: Context) -> None:
    made = await create_ticket(context, KIM, STATION, HERE)
    async with context.database.read() as connection:
        await connection.execute("UPDATE simulator_ticket SET expires_at = now() - interval '1 s'")
    later = replace(context, clock=lambda: context.clock().replace(year=2100))
    with pytest.raises(NotAllowed, match="too old"):
        await redeem_ticket(later, made, STATION, HERE)


async def test_the_stations_password_is_asked_as_of_everybody(context: Context) -> None:
    await make_station(context, STATION)
    await set_station_password(context, KIM, STATION, "a-password-of-16+")
    refused = await admit(context, knock(await ticket(context)))
    assert isinstance(refused, Refused)
    assert refused.status == 401
    wrong = await admit(context, knock(await ticket(context), basic("another-password")))
    assert isinstance(wrong, Refused)
    assert "another-password" not in wrong.sentence
    right = await admit(context, knock(await ticket(context), basic("a-password-of-16+")))
    assert isinstance(right, Admitted)
    assert right.proven is not None
    assert right.proven.profile == 1


async def test_no_ticket_pushes_a_connected_charger_out(context: Context) -> None:
    await make_station(context, STATION)
    async with context.database.read() as connection:
        await connection.execute(
            "INSERT INTO station_state (station_id, online) VALUES (%s, true)", (STATION,)
        )
    with pytest.raises(Conflict, match="push it out"):
        await create_ticket(context, KIM, STATION, HERE)
    with pytest.raises(Invalid):
        await create_ticket(context, KIM, "no such id", HERE)


async def test_pages_of_an_origin_can_be_let_in_by_setting(context: Context) -> None:
    await make_station(context, STATION)
    trusting = replace(context, settings=replace(context.settings, browser_origins=(HERE,)))
    assert isinstance(await admit(trusting, knock()), Admitted)
    elsewhere = knock(origin="https://elsewhere.example")
    assert isinstance(await admit(trusting, elsewhere), Refused)


def test_stations_that_send_an_origin_are_no_browsers() -> None:
    from websockets.datastructures import Headers

    page = Headers(Origin=HERE)
    assert origin_of(page) is None
    page["User-Agent"] = "Mozilla/5.0 (X11; Linux x86_64)"
    assert origin_of(page) == HERE
    assert origin_of(Headers({"User-Agent": "Mozilla/5.0"})) is None
