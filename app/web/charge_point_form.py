"""The form of a charge point: what it shows, and what that means when it comes back."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from zoneinfo import available_timezones

from app.config import Settings
from app.csms.charge_points import ChargePoint
from app.csms.entrance import MIN_STATION_PASSWORD
from app.csms.tariffs import is_currency
from app.domain.identifiers import is_station_id
from app.domain.locations import TariffRecord
from app.domain.stations import Registration, StationCategory, category_of
from app.queries.charge_points import ChargePointRecord, TariffRow
from app.queries.map import Site
from app.web.currencies import CURRENCIES
from app.web.fields import MAX_LONG, Blank, Fields
from app.web.format import SITE_ZONE
from app.web.i18n import gettext
from app.web.tiles import Tiles, tiles_of

NEW = "+"
"""Of the choices of sites and prices: one that the form describes."""
MAX_EVSES = 64
PASSWORD_MODES = ("generate", "set", "none")


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargePointForm:
    """The form, new (`record` None) or of a charge point. `values`: what its fields show; `errors`: by field."""

    record: ChargePointRecord | None
    values: Mapping[str, str]
    errors: Mapping[str, str]
    sites: tuple[Site, ...]
    tariffs: tuple[TariffRow, ...]
    tiles: Tiles
    categories: tuple[StationCategory, ...] = tuple(StationCategory)
    registrations: tuple[Registration, ...] = tuple(Registration)
    currencies: tuple[str, ...] = CURRENCIES
    new: str = NEW


def form_of(
    record: ChargePointRecord | None,
    fields: Fields,
    sites: list[Site],
    tariffs: list[TariffRow],
    settings: Settings,
) -> ChargePointForm:
    """The page's form."""
    return ChargePointForm(
        record=record,
        values=Blank(fields.values),
        errors=fields.errors,
        sites=tuple(sites),
        tariffs=tuple(tariffs),
        tiles=tiles_of(settings),
    )


def empty_values(station_id: str = "") -> dict[str, str]:
    """What a new form shows."""
    return {
        "station_id": station_id,
        "max_power_kw": "50",
        "evses": "1",
        "password_mode": PASSWORD_MODES[0],
        "site_time_zone": SITE_ZONE,
        "tariff_currency": CURRENCIES[0],
    }


def values_of(record: ChargePointRecord) -> dict[str, str]:
    """What a form shows of a charge point."""
    return {
        **empty_values(record.station_id),
        "name": record.name or "",
        "comment": record.comment or "",
        "location_id": record.location_id or "",
        "tariff_id": record.tariff_id or "",
        "latitude": degrees(record.lat),
        "longitude": degrees(record.lon),
        "location_detail": record.location_detail or "",
        "category": record.category,
        "max_power_kw": kilowatts(record.max_power_w),
        "min_power_kw": kilowatts(record.min_power_w) if record.min_power_w else "",
        "connector_type": record.connector_type or "",
        "serial_number": record.serial_number or "",
        "evses": str(record.evses),
        "registration": record.registration,
    }


def read(fields: Fields, *, create: bool, station_id: str = "") -> ChargePoint:
    """What the fields mean; worth nothing if `fields.errors` has any."""
    if create:
        station_id = fields.text("station_id", needed=True)
        if station_id and not is_station_id(station_id):
            fields.wrong(
                "station_id",
                gettext("An id has 1 to 48 letters, digits or *-_=:+|@. and no spaces."),
            )
    facts: dict[str, Any] = {
        "name": fields.text("name") or None,
        "comment": fields.text("comment", most=MAX_LONG) or None,
        "position": fields.position(),
        "location_detail": fields.text("location_detail") or None,
        "connector_type": fields.text("connector_type") or None,
        "serial_number": fields.text("serial_number") or None,
    }
    _read_power(fields, facts)
    _read_registration(fields, facts, create=create)
    site = _site(fields, facts)
    if site is not None and facts["position"] is None:
        fields.wrong("latitude", gettext("Put the pin where the new site is."))
    tariff = _tariff(fields, facts)
    return ChargePoint(station_id=station_id, facts=facts, site=site, tariff=tariff)


def degrees(value: float | None) -> str:
    """A latitude or longitude as a form shows it."""
    return "" if value is None else f"{value:.6f}".rstrip("0").rstrip(".")


def kilowatts(watts: float | None) -> str:
    """kW as a form shows it."""
    return "" if watts is None else f"{watts / 1000:g}"


def is_zone(name: str) -> bool:
    """Whether this is a time zone's name."""
    return name in available_timezones()


def read_site(fields: Fields, prefix: str = "site_") -> dict[str, Any]:
    """What a site's fields mean, without its place."""
    zone = fields.text(f"{prefix}time_zone") or SITE_ZONE
    if not is_zone(zone):
        fields.wrong(f"{prefix}time_zone", gettext("Write a time zone like Asia/Seoul."))
    return {
        "name": fields.text(f"{prefix}name", needed=True),
        "name_en": fields.text(f"{prefix}name_en") or None,
        "address": fields.text(f"{prefix}address") or None,
        "time_zone": zone,
        "grid_limit_w": fields.watts(f"{prefix}grid_limit_kw", least=Decimal("0.001")),
    }


def read_tariff(fields: Fields, tariff_id: str = "") -> TariffRecord | None:
    """What a price's fields mean."""
    name = fields.text("tariff_name", needed=True)
    price = fields.number("tariff_price", most=100_000)
    fee = fields.number("tariff_fee", most=1_000_000)
    currency = fields.text("tariff_currency").upper()
    if price is None:
        fields.wrong("tariff_price", gettext("Enter the price of a kWh."))
    if not is_currency(currency):
        fields.wrong("tariff_currency", gettext("Choose a currency."))
    if price is None or fields.errors:
        return None
    return TariffRecord(
        id=tariff_id,
        name=name,
        currency=currency,
        price_per_kwh=price,
        session_fee=fee or Decimal(0),
    )


def _read_power(fields: Fields, facts: dict[str, Any]) -> None:
    most = fields.watts("max_power_kw", least=Decimal("0.1"))
    least = fields.watts("min_power_kw")
    if most is None:
        fields.wrong("max_power_kw", gettext("Enter the power on its nameplate, in kW."))
        return
    if least is not None and least > most:
        fields.wrong("min_power_kw", gettext("This is more than the rated power."))
    facts["max_power_w"], facts["min_power_w"] = most, least or 0.0
    facts["category"] = fields.word("category", StationCategory) or category_of(most)
    evses = fields.number("evses", least=1, most=MAX_EVSES)
    if evses is not None:
        facts["evses"] = int(evses)


def _read_registration(fields: Fields, facts: dict[str, Any], *, create: bool) -> None:
    if not create:
        registration = fields.word("registration", Registration)
        if registration is not None:
            facts["registration"] = registration
        return
    if fields.values.get("password_mode") == "set":
        password = fields.values.get("password", "")
        check_password(fields, password)
        facts["password"] = password


def check_password(fields: Fields, password: str) -> None:
    """A sentence for a password that no station can have."""
    if not MIN_STATION_PASSWORD <= len(password) <= 40 or not password.isascii():
        fields.wrong(
            "password", gettext("A charger’s password has 16 to 40 letters, digits and signs.")
        )


def _site(fields: Fields, facts: dict[str, Any]) -> dict[str, Any] | None:
    chosen = fields.text("location_id")
    if chosen == NEW:
        return read_site(fields)
    facts["location_id"] = chosen or None
    return None


def _tariff(fields: Fields, facts: dict[str, Any]) -> TariffRecord | None:
    chosen = fields.text("tariff_id")
    if chosen == NEW:
        return read_tariff(fields)
    facts["tariff_id"] = chosen or None
    return None
