"""Stations come in as the settings say; sites and stations are registered any number of times."""

from dataclasses import replace

import pytest

from app.csms import entrance, passwords, provisioning, registrations
from app.csms.audit import HALLA
from app.csms.context import Context
from app.domain.changes import Change, LocationsChanged, StationsChanged
from app.domain.errors import Conflict, Invalid, NotRegistered
from app.domain.geo import Position
from app.domain.locations import ConnectorRecord, LocationRecord, StationRecord, TariffRecord
from app.domain.stations import Registration

STATION = StationRecord(
    id="jeju_main_01",
    position=Position(lat=33.5120, lon=126.5246),
    max_power_w=100_000,
    connector_type="Type2_DC",
    aliases=("jeju_01",),
)
SITE = LocationRecord(
    id="jeju_main",
    name="제주점",
    position=Position(lat=33.5119, lon=126.5245),
    operator_phone="064-1",
    stations=(STATION,),
)


def with_policy(context: Context, policy: str) -> Context:
    return replace(context, settings=replace(context.settings, unknown_stations=policy))


async def one(context: Context, statement: str) -> tuple[object, ...] | None:
    async with context.database.read() as connection:
        return await (await connection.execute(statement)).fetchone()


async def heard(context: Context, verb) -> list[Change | None]:
    """What is told while `verb` is done."""
    async with context.bus.listen() as news:
        await verb
        await context.bus.publish(StationsChanged(stations=("end",)))
        changes: list[Change | None] = []
        async for change in news:
            if change == StationsChanged(stations=("end",)):
                return changes
            changes.append(change)
    return changes


async def test_known_station_comes_in_by_id_and_by_alias(context: Context) -> None:
    await provisioning.register_locations(context, HALLA, [SITE])
    by_id = await provisioning.admit(context, "jeju_main_01")
    by_alias = await provisioning.admit(context, "jeju_01")
    assert by_id == by_alias
    assert by_id.station_id == "jeju_main_01"
    assert by_id.registration is Registration.ACCEPTED
    assert by_id.password_hash is None


@pytest.mark.parametrize(
    ("policy", "registration"),
    [("pending", Registration.PENDING), ("accept", Registration.ACCEPTED)],
)
async def test_unknown_station_is_remembered(
    context: Context, policy: str, registration: Registration
) -> None:
    context = with_policy(context, policy)
    for _ in range(2):
        admission = await provisioning.admit(context, "CP-1")
        assert admission.registration is registration
    assert await one(context, "SELECT id, location_id, position, registration FROM station") == (
        "CP-1",
        None,
        None,
        registration.value,
    )


async def test_meeting_a_station_is_told_once(context: Context) -> None:
    news = StationsChanged(stations=("CP-1",), status=("CP-1",))
    assert await heard(context, provisioning.admit(context, "CP-1")) == [news]
    assert await heard(context, provisioning.admit(context, "CP-1")) == []


async def test_unknown_station_is_rejected(context: Context) -> None:
    with pytest.raises(NotRegistered, match="CP-1 is not registered; add it with `halla seed`"):
        await provisioning.admit(with_policy(context, "reject"), "CP-1")
    assert await one(context, "SELECT count(*) FROM station") == (0,)


@pytest.mark.parametrize("identity", ["", "a b", "x" * 49, "이마트", "a/b", "a\x00b", "'; --"])
async def test_impossible_identity_is_refused(context: Context, identity: str) -> None:
    with pytest.raises(NotRegistered, match="cannot be a station's id"):
        await provisioning.admit(context, identity)
    assert await one(context, "SELECT count(*) FROM station") == (0,)


async def test_waiting_stations_are_bounded(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(provisioning, "MAX_PENDING", 2)
    context = with_policy(context, "pending")
    for name in ("CP-1", "CP-2", "CP-2"):
        await provisioning.admit(context, name)
    with pytest.raises(NotRegistered, match="2 others wait already"):
        await provisioning.admit(context, "CP-3")


async def test_rejected_station_stays_out_even_when_registered_again(context: Context) -> None:
    await provisioning.register_locations(context, HALLA, [SITE])
    await entrance.set_registration(context, HALLA, "jeju_main_01", Registration.REJECTED)
    registered = await provisioning.register_locations(context, HALLA, [SITE])
    assert registered.updated == 0
    with pytest.raises(NotRegistered, match="was rejected by an admin"):
        await provisioning.admit(context, "jeju_01")


async def test_registering_accepts_a_waiting_station(context: Context) -> None:
    await provisioning.admit(with_policy(context, "pending"), "jeju_main_01")
    registered = await provisioning.register_locations(context, HALLA, [SITE])
    assert registered.updated == 1
    admission = await provisioning.admit(context, "jeju_main_01")
    assert admission.registration is Registration.ACCEPTED
    assert await one(context, "SELECT max_power_w, category FROM station") == (
        100_000.0,
        "ultra_fast",
    )


async def test_stranger_gives_way_to_an_alias_of_its_name(context: Context) -> None:
    await provisioning.admit(with_policy(context, "pending"), "jeju_01")
    await provisioning.register_locations(context, HALLA, [SITE])
    assert (await provisioning.admit(context, "jeju_01")).station_id == "jeju_main_01"
    assert await one(context, "SELECT count(*) FROM station") == (1,)


async def test_second_registration_changes_and_tells_nothing(context: Context) -> None:
    tariff = TariffRecord(id="t", name="T", currency="KRW", price_per_kwh=150)
    site = replace(SITE, tariff_id="t")
    first = await provisioning.register_locations(context, HALLA, [site], [tariff])
    assert (first.locations, first.stations, first.connectors) == (1, 1, 1)
    assert (first.created, first.updated) == (5, 0)
    again = provisioning.register_locations(context, HALLA, [site], [tariff])
    assert await heard(context, again) == []
    second = await provisioning.register_locations(context, HALLA, [site], [tariff])
    assert (second.created, second.updated) == (0, 0)


async def test_moving_a_station_counts_up_its_revision_and_is_told(context: Context) -> None:
    await provisioning.register_locations(context, HALLA, [SITE])
    moved = replace(SITE, stations=(replace(STATION, position=Position(lat=33.6, lon=126.6)),))
    before = await one(context, "SELECT revision FROM station_state")
    changes = await heard(context, provisioning.register_locations(context, HALLA, [moved]))
    assert changes == [LocationsChanged()]
    after = await one(context, "SELECT revision FROM station_state")
    assert before is not None
    assert after is not None
    assert after > before
    assert await one(context, "SELECT ST_Y(position), ST_X(position) FROM station") == (33.6, 126.6)
    assert await one(context, "SELECT ST_Y(position) FROM location") == (33.5119,)


async def test_worker_tells_once_what_another_process_registered(context: Context) -> None:
    assert await heard(context, registrations.tell_registrations(context)) == []
    await provisioning.register_locations(context, HALLA, [SITE])
    assert await heard(context, registrations.tell_registrations(context)) == [LocationsChanged()]
    assert await heard(context, registrations.tell_registrations(context)) == []
    await provisioning.register_locations(context, HALLA, [SITE])  # nothing new
    assert await heard(context, registrations.tell_registrations(context)) == []
    await provisioning.register_locations(context, HALLA, [replace(SITE, name="다른 이름")])
    assert await heard(context, registrations.tell_registrations(context)) == [LocationsChanged()]


async def test_what_is_not_said_stays(context: Context) -> None:
    await provisioning.register_locations(context, HALLA, [SITE])
    await provisioning.register_locations(
        context,
        HALLA,
        [LocationRecord(id="jeju_main", name="새 이름", stations=(StationRecord(id=STATION.id),))],
    )
    assert await one(context, "SELECT name, operator_phone FROM location") == ("새 이름", "064-1")
    assert await one(context, "SELECT max_power_w, category, connector_type FROM station") == (
        100_000.0,
        "ultra_fast",
        "Type2_DC",
    )


async def test_new_site_without_a_position_stands_amid_its_stations(context: Context) -> None:
    stations = tuple(
        StationRecord(id=f"s{i}", position=Position(lat=33 + i / 10, lon=126 + i / 10))
        for i in (1, 3)
    )
    await provisioning.register_locations(
        context, HALLA, [LocationRecord(id="new", stations=stations)]
    )
    assert await one(context, "SELECT name, ST_Y(position), ST_X(position) FROM location") == (
        "new",
        33.2,
        126.2,
    )


@pytest.mark.parametrize(
    ("record", "error", "sentence"),
    [
        (replace(SITE, tariff_id="gold"), Invalid, "no tariff 'gold'"),
        (LocationRecord(id="empty"), Invalid, "'empty' has no position"),
        (replace(SITE, stations=(STATION, STATION)), Invalid, "more than once"),
        (replace(SITE, stations=(replace(STATION, id="a b"),)), Invalid, "'a b' cannot be"),
        (replace(SITE, stations=(replace(STATION, aliases=("CP-1",)),)), Conflict, "CP-1 cannot be an alias"),
    ],
)  # fmt: skip
async def test_impossible_records_change_nothing(
    context: Context, record: LocationRecord, error: type[Exception], sentence: str
) -> None:
    await provisioning.admit(context, "CP-1")
    good = LocationRecord(id="good", position=Position(lat=33.5, lon=126.5))
    with pytest.raises(error, match=sentence):
        await provisioning.register_locations(context, HALLA, [good, record])
    assert await one(context, "SELECT count(*) FROM location") == (0,)


async def test_station_password_is_kept_as_a_hash(context: Context) -> None:
    await provisioning.register_locations(context, HALLA, [SITE])
    await entrance.set_station_password(context, HALLA, "jeju_main_01", "sixteen letters!")
    admission = await provisioning.admit(context, "jeju_01")
    assert admission.password_hash is not None
    assert admission.password_hash.startswith("$argon2id$")
    assert await passwords.verify(admission.password_hash, "sixteen letters!")
    with pytest.raises(Invalid):
        await entrance.set_station_password(context, HALLA, "jeju_main_01", "short")
    await entrance.set_station_password(context, HALLA, "jeju_main_01", None)
    assert (await provisioning.admit(context, "jeju_01")).password_hash is None


async def test_station_with_two_evses_has_its_connectors(context: Context) -> None:
    connectors = (ConnectorRecord(evse_id=1), ConnectorRecord(evse_id=2, type="CHAdeMO"))
    site = replace(SITE, stations=(replace(STATION, connectors=connectors),))
    registered = await provisioning.register_locations(context, HALLA, [site])
    assert registered.connectors == 2
    assert await one(
        context, "SELECT string_agg(evse_id || type, ',' ORDER BY evse_id) FROM connector"
    ) == ("1Type2_DC,2CHAdeMO",)
