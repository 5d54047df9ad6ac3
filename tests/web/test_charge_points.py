"""Charge points, sites, prices and connectors as an admin writes them; every change is in the audit log."""

import asyncio
import re
from html import unescape
from typing import Any

import httpx
import pytest

from app.csms import passwords
from app.csms.audit import HALLA
from app.csms.charge_points import PASSWORD_SIGNS
from app.csms.commands import CommandResult
from app.csms.context import Context
from app.csms.provisioning import admit
from app.csms.stations import write_station
from app.domain.commands import Outcome, OutcomeStatus
from app.domain.roles import Role
from app.domain.stations import Registration
from tests.queries.planting import Garden
from tests.web.conftest import SignedInBrowser

NEW = {
    "station_id": "CP-7",
    "name": "Deck 2",
    "comment": "behind the lift",
    "location_id": "+",
    "site_name": "새 충전소",
    "site_name_en": "New Place",
    "site_address": "1 Road",
    "site_time_zone": "Asia/Seoul",
    "site_grid_limit_kw": "200",
    "latitude": "33.5",
    "longitude": "126.5",
    "tariff_id": "+",
    "tariff_name": "Night",
    "tariff_price": "150,5",
    "tariff_currency": "KRW",
    "category": "",
    "max_power_kw": "100",
    "evses": "2",
    "connector_type": "CCS2",
    "password_mode": "generate",
}


async def rows(context: Context, sql: str, *values: Any) -> list[tuple[Any, ...]]:
    async with context.database.read() as connection:
        return await (await connection.execute(sql, values)).fetchall()


async def actions(context: Context) -> list[tuple[Any, ...]]:
    return await rows(
        context,
        "SELECT actor, action, subject FROM audit_entry WHERE action !~ 'account' ORDER BY id",
    )


async def test_a_new_charge_point_brings_its_site_its_price_and_says_its_password_once(
    admin: httpx.AsyncClient, context: Context
) -> None:
    answer = await admin.post("/charge-points/new", data=NEW)
    assert answer.status_code == 200
    assert f"ws://127.0.0.1:{context.settings.ocpp_port}/CP-7" in answer.text
    found = re.search(r'<code id="ocpp-password">([^<]+)</code>', answer.text)
    assert found is not None
    password = found[1]
    assert len(password) == 23
    assert set(password) <= {*PASSWORD_SIGNS, "-"}
    assert "Waits for its first connection" in answer.text

    admission = await admit(context, "CP-7")
    assert admission.registration is Registration.ACCEPTED
    assert admission.password_hash is not None
    assert await passwords.verify(admission.password_hash, password)
    assert await rows(
        context,
        "SELECT s.name, s.comment, s.location_id, s.tariff_id, s.category, s.max_power_w, l.name, l.grid_limit_w,"
        " t.price_per_kwh::text, round(ST_Y(s.position)::numeric, 3)::text, ST_AsText(l.position)"
        " FROM station s JOIN location l ON l.id = s.location_id JOIN tariff t ON t.id = s.tariff_id",
    ) == [
        (
            *("Deck 2", "behind the lift", "new_place", "night", "ultra_fast", 100_000.0),
            *("새 충전소", 200_000.0, "150.5", "33.500", "POINT(126.5 33.5)"),
        )
    ]
    assert len(await rows(context, "SELECT 1 FROM connector WHERE station_id = 'CP-7'")) == 2
    assert {action for _, action, _ in await actions(context)} >= {
        *("site.create", "tariff.create", "station.create"),
    }
    assert password not in str(await rows(context, "SELECT detail FROM audit_entry"))
    again = await admin.get("/charge-points/CP-7/connect")
    assert password not in again.text
    assert "It has one" in again.text


async def test_three_at_once_get_sites_and_prices_of_their_own(
    admin: httpx.AsyncClient, context: Context
) -> None:
    answers = await asyncio.gather(
        *(admin.post("/charge-points/new", data=NEW | {"station_id": f"CP-{n}"}) for n in range(3))
    )
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert sorted(await rows(context, "SELECT id FROM tariff")) == [
        *(("night",), ("night_2",), ("night_3",)),
    ]
    assert len(await rows(context, "SELECT DISTINCT location_id FROM station")) == 3


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"station_id": "no spaces"}, "station_id"),
        ({"station_id": ""}, "station_id"),
        ({"station_id": "TAKEN"}, "station_id"),
        ({"latitude": "north"}, "latitude"),
        ({"latitude": "", "longitude": ""}, "latitude"),
        ({"site_time_zone": "Asia/Nowhere"}, "site_time_zone"),
        ({"site_name": ""}, "site_name"),
        ({"tariff_price": "cheap"}, "tariff_price"),
        ({"tariff_currency": "gold"}, "tariff_currency"),
        ({"max_power_kw": "0"}, "max_power_kw"),
        ({"evses": "1000"}, "evses"),
        ({"password_mode": "set", "password": "short"}, "password"),
    ],
)
async def test_a_mistake_is_named_at_its_field_and_nothing_is_written(
    admin: httpx.AsyncClient, context: Context, garden: Garden, change: dict[str, str], field: str
) -> None:
    await garden.station("TAKEN")
    answer = await admin.post("/charge-points/new", data=NEW | change)
    assert answer.status_code == 422
    if field != "password":
        assert f'id="{field}-error"' in answer.text
        assert (
            re.search(rf'name="{field}"[^>]*aria-invalid', answer.text) or "select" in answer.text
        )
    assert 'value="Deck 2"' in answer.text, "what was typed stays"
    assert await rows(context, "SELECT id FROM station") == [("TAKEN",)]
    assert await rows(context, "SELECT id FROM location") == []
    assert await rows(context, "SELECT id FROM tariff") == []


async def test_one_that_waits_is_accepted_by_being_added(
    admin: httpx.AsyncClient, context: Context, garden: Garden
) -> None:
    await garden.station("CP-7", registration="pending", online=True)
    answer = await admin.post(
        "/charge-points/new", data={"station_id": "CP-7", "max_power_kw": "7", "evses": "1"}
    )
    assert answer.status_code == 303
    assert answer.headers["location"] == "/charge-points/CP-7/connect"
    assert (await admit(context, "CP-7")).registration is Registration.ACCEPTED


async def test_it_is_changed_found_and_taken_away(
    admin: httpx.AsyncClient, context: Context, planted: Garden
) -> None:
    form = await admin.get("/charge-points/FAULTED/edit")
    assert form.status_code == 200
    data = {"name": "Old one", "location_id": "", "max_power_kw": "50", "evses": "1"}
    saved = await admin.post(
        "/charge-points/FAULTED/edit", data=data | {"registration": "rejected"}
    )
    assert saved.status_code == 303
    listed = await admin.get("/charge-points?q=old+one&registration=rejected")
    assert 'id="cp-FAULTED"' in listed.text
    assert 'id="cp-BUSY"' not in listed.text
    filtered = await admin.get("/charge-points?site=emart_jeju&status=charging")
    assert re.findall(r'id="cp-(\w+)"', filtered.text) == ["BUSY"]

    asked = await admin.get("/charge-points/AVAILABLE/delete")
    assert "1 session, with its energy and its price" in asked.text
    refused = await admin.post("/charge-points/BUSY/delete")
    assert refused.status_code == 409
    assert "session runs" in refused.text
    gone = await admin.post("/charge-points/AVAILABLE/delete")
    assert gone.status_code == 303
    assert 'id="cp-AVAILABLE"' not in (await admin.get("/charge-points")).text
    assert (await admin.get("/charge-points/AVAILABLE/edit")).status_code == 404
    assert "tx0" in (await admin.get("/sessions")).text, "its sessions stay"
    back = await admin.post(
        "/charge-points/new", data={"station_id": "AVAILABLE", "max_power_kw": "7", "evses": "1"}
    )
    assert back.status_code == 303
    assert 'id="cp-AVAILABLE"' in (await admin.get("/charge-points")).text


async def test_password_and_certificate_are_set_and_taken_away(
    admin: httpx.AsyncClient, context: Context, garden: Garden
) -> None:
    await garden.station("CP1")
    made = await admin.post("/charge-points/CP1/password", data={"how": "generate"})
    assert made.status_code == 200
    assert 'id="ocpp-password"' in made.text
    short = await admin.post("/charge-points/CP1/password", data={"how": "set", "password": "x"})
    assert short.status_code == 422
    removed = await admin.post("/charge-points/CP1/password", data={"how": "remove"})
    assert removed.status_code == 303
    assert (await admit(context, "CP1")).password_hash is None

    nonsense = await admin.post("/charge-points/CP1/certificate", data={"certificate": "hello"})
    assert nonsense.status_code == 422
    print_ = ":".join(["AB"] * 32)
    pinned = await admin.post("/charge-points/CP1/certificate", data={"certificate": print_})
    assert pinned.status_code == 303
    assert (await admit(context, "CP1")).pinned_certificate == "ab" * 32
    await admin.post("/charge-points/CP1/certificate", data={"how": "remove"})
    assert (await admit(context, "CP1")).pinned_certificate is None
    assert [action for _, action, _ in await actions(context)] == [
        *("station.credentials", "station.credentials", "station.write", "station.write")
    ]


async def test_sites_and_prices(
    admin: httpx.AsyncClient, context: Context, planted: Garden
) -> None:
    price = {"tariff_name": "Day", "tariff_price": "300", "tariff_currency": "KRW"}
    assert (await admin.post("/tariffs", data=price)).status_code == 303
    assert (await admin.post("/tariffs", data=price | {"tariff_price": "-1"})).status_code == 422
    changed = await admin.post("/tariffs?id=day", data=price | {"tariff_price": "310"})
    assert changed.status_code == 303
    assert (await admin.post("/tariffs?id=no", data=price)).status_code == 404
    assert await rows(context, "SELECT id, price_per_kwh::int FROM tariff") == [("day", 310)]

    site = {"name": "옮긴 곳", "latitude": "33.3", "longitude": "126.4", "tariff_id": "day"}
    assert (await admin.post("/sites/emart_jeju/edit", data=site)).status_code == 303
    assert (await admin.post("/sites/emart_jeju/edit", data={"name": ""})).status_code == 422
    assert await rows(context, "SELECT name, tariff_id, ST_AsText(position) FROM location") == [
        ("옮긴 곳", "day", "POINT(126.4 33.3)")
    ]
    assert (await admin.post("/sites/new", data=site)).status_code == 303
    assert ("site",) in await rows(context, "SELECT id FROM location")
    assert (await admin.post("/sites/emart_jeju/delete")).status_code == 409, "chargers stand there"
    assert (await admin.post("/sites/site/delete")).status_code == 303
    assert "/sites/site/edit" not in (await admin.get("/sites")).text


async def test_a_price_stays_in_its_currency(
    admin: httpx.AsyncClient, context: Context, planted: Garden
) -> None:
    """Whatever a file has written: the form shows it, and saves what it shows. XYZ is no currency of today."""
    for code in ("CHF", "XYZ"):
        await planted.put(
            "tariff", id=code, name=code, currency=code, price_per_kwh=1, session_fee=0
        )
        html = (await admin.get(f"/tariffs?id={code}")).text
        assert re.findall(r"<option selected>(\w+)</option>", html) == [code]
        price = {"tariff_name": code, "tariff_price": "2", "tariff_currency": code}
        assert (await admin.post(f"/tariffs?id={code}", data=price)).status_code == 303
    told = await rows(context, "SELECT currency, price_per_kwh::int FROM tariff ORDER BY 1")
    assert told == [("CHF", 2), ("XYZ", 2)]
    answer = await admin.post("/charge-points/new", data=NEW | {"tariff_currency": "TWD"})
    assert answer.status_code == 200
    assert ("TWD",) in await rows(context, "SELECT currency FROM tariff")


async def test_connectors_are_named_and_charged_at(
    signed_in: SignedInBrowser,
    context: Context,
    planted: Garden,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for station, evses in (("AVAILABLE", 1), ("BUSY", 2)):
        await write_station(context, HALLA, station, {"evses": evses, "name": f"Name {station}"})
    await planted.put("id_token", token="card-9", name="Kim Minji")
    admin, operator = await signed_in(Role.ADMIN), await signed_in(Role.OPERATOR)
    viewer = await signed_in(Role.VIEWER)

    html = unescape((await viewer.get("/connectors")).text)
    assert "Name AVAILABLE<br>" in html, "one connector is called after its charger"
    assert "Name BUSY:1<br>" in html
    assert "Name BUSY:2<br>" in html
    assert "/start" not in html
    named = await admin.post("/connectors/BUSY/2/1/name", data={"name": "Left", "back": "q=busy"})
    assert (named.status_code, named.headers["location"]) == (303, "/connectors?q=busy")
    assert "Left<br>" in (await viewer.get("/connectors?q=left")).text
    assert (await operator.post("/connectors/BUSY/2/1/name", data={"name": "x"})).status_code == 403
    assert (await viewer.post("/connectors/BUSY/1/1/start")).status_code == 403
    assert ("a admin", "connector.rename", "connector:BUSY/2/1") in await actions(context)

    asked: list[tuple[Any, ...]] = []

    async def note(_: Context, actor: Any, station_id: str, **more: Any) -> Any:
        asked.append((actor.name, station_id, more))
        return CommandResult(command_id=1, outcome=Outcome(status=OutcomeStatus.ACCEPTED))

    monkeypatch.setattr("app.csms.remote_control.start_charging", note)
    none = await operator.post("/connectors/BUSY/2/1/start", data={"id_token": " "})
    assert none.status_code == 422
    by_name = await operator.post("/connectors/BUSY/2/1/start", data={"id_token": "kim minji"})
    assert by_name.status_code == 303
    assert asked == [("a operator", "BUSY", {"id_token": "card-9", "evse_id": 2})]
    assert 'value="card-9"' in (await operator.get("/connectors")).text, (
        "the last one is remembered"
    )
    choices = await operator.get("/connectors/tokens?id_token=minji")
    assert '<option value="card-9">Kim Minji</option>' in choices.text
