"""Short ways to the things that tests are about: a station, a token, a report."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from app.csms.context import Context
from app.csms.work import work
from app.domain.metering import MeterReading
from app.domain.reports import Received, Report
from app.store.tables.authorization import IdToken
from app.store.tables.locations import Location, Tariff
from app.store.tables.stations import Connector, Station

NOON = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
"""Twelve o'clock on Jeju."""


def after(seconds: float) -> datetime:
    """So long after NOON."""
    return NOON + timedelta(seconds=seconds)


def received(
    report: Report, station_id: str = "emart_jeju_main_01", at: datetime = NOON
) -> Received:
    """A report as it comes out of the door."""
    return Received(station_id=station_id, at=at, report=report)


def reading(
    at: datetime, wh: str | None = None, kw: float | None = None, **more: object
) -> MeterReading:
    """A reading in handy units."""
    return MeterReading(
        measured_at=at,
        energy_wh=Decimal(wh) if wh is not None else None,
        power_w=kw * 1000 if kw is not None else None,
        **more,  # type: ignore[arg-type]
    )


async def make_station(
    context: Context, station_id: str = "emart_jeju_main_01", *, price: str = "150", **more: object
) -> None:
    """An accepted station with one connector, at a site on Jeju that charges `price` won/kWh."""
    async with work(context) as unit:
        if await unit.session.get(Location, "emart_jeju_main") is None:
            unit.session.add(
                Tariff(id="emart", name="Emart", currency="KRW", price_per_kwh=Decimal(price))
            )
            await unit.session.flush()
            unit.session.add(
                Location(
                    id="emart_jeju_main",
                    name="이마트 제주점 충전소",
                    name_en="Emart Jeju",
                    position="SRID=4326;POINT(126.5245 33.5119)",
                    tariff_id="emart",
                )
            )
            await unit.session.flush()
        facts = {"max_power_w": 100_000.0, "category": "ultra_fast", **more}
        unit.session.add(
            Station(
                id=station_id,
                location_id="emart_jeju_main",
                position="SRID=4326;POINT(126.5246 33.5120)",
                **facts,
            )
        )
        await unit.session.flush()
        unit.session.add(Connector(station_id=station_id, evse_id=1, connector_id=1))


async def make_token(context: Context, token: str = "token_user_001", **more: object) -> None:
    """An id token that may charge."""
    async with work(context) as unit:
        unit.session.add(IdToken(token=token.lower(), **more))
