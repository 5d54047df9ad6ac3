"""Stations as /api/v1 shows them and what may be asked of them."""

from datetime import date
from typing import Any, Literal

from pydantic import Field

from app.api.schemas.common import Amount, Instant, Output, StrictInput
from app.api.schemas.transactions import Transaction
from app.domain.smart_charging import LimitScope
from app.domain.stations import DisplayStatus, Registration, StationCategory


class Marker(Output):
    """A station in a list and on the map; the live stream sends the very same."""

    station_id: str
    name: str
    location_id: str | None
    location_name: str | None
    location_name_en: str | None
    lat: float | None
    lon: float | None
    revision: int = Field(description="Grows with every change; the higher one is the newer one.")
    status: DisplayStatus
    online: bool
    registration: Registration
    category: StationCategory
    max_power_w: float
    connector_type: str | None
    charging_state: str | None
    power_w: float | None = Field(description="Sum over its running sessions, as last measured.")
    session_energy_wh: float | None
    soc_percent: float | None
    transaction_id: int | None = Field(description="Our number of the newest running session.")
    transaction_started_at: Instant | None
    limit_w: float | None = Field(description="The lowest limit the station accepted.")
    requested_limit_w: float | None = Field(description="The limit that was asked for last.")
    error_code: str | None
    since: Instant | None = Field(description="When the status began.")
    last_seen_at: Instant | None
    measured_at: Instant | None


class StationPage(Output):
    """Some stations, by id."""

    items: list[Marker]
    next: str | None = Field(description="Ask for the rest with `after`; null: that was all.")


class Connector(Output):
    """A connector; `status` null: it has said nothing yet."""

    evse_id: int
    connector_id: int
    type: str | None
    status: str | None
    status_at: Instant | None
    error_code: str | None
    info: str | None


class Limit(Output):
    """A power limit's three truths: requested, accepted, measured."""

    scope: LimitScope
    evse_id: int
    requested_w: float | None
    requested_at: Instant | None
    requested_by: str | None
    status: str
    accepted_w: float | None
    accepted_at: Instant | None
    transaction_id: int | None
    measured_w: float | None


class Tariff(Output):
    """What a session costs, in the currency's major unit."""

    id: str
    name: str
    currency: str
    price_per_kwh: float
    session_fee: float


class Station(Marker):
    """Everything about one station."""

    aliases: list[str]
    vendor: str | None
    model: str | None
    firmware_version: str | None
    serial_number: str | None
    protocol: str | None = Field(description="The WebSocket subprotocol it speaks.")
    remote_address: str | None
    connected_at: Instant | None
    disconnected_at: Instant | None
    booted_at: Instant | None
    boot_reason: str | None
    installed_on: date | None
    availability: str = Field(description="What was asked for, not what was reported.")
    min_power_w: float
    location_detail: str | None
    address: str | None
    time_zone: str
    grid_limit_w: float | None
    operator_name: str | None
    operator_phone: str | None
    operator_email: str | None
    connectors: list[Connector]
    transactions: list[Transaction] = Field(description="Those that run.")
    limits: list[Limit]
    tariff: Tariff | None
    registration_status: str = Field(description="Accepted, Pending or Rejected.")
    security_profile: int = Field(description="The least that its connection must have.")


class Place(StrictInput):
    """A point, WGS 84, in degrees."""

    lat: Amount = Field(ge=-90, le=90, examples=[33.5119])
    lon: Amount = Field(ge=-180, le=180, examples=[126.5245])


class WriteStation(StrictInput):
    """What is written of a station; what is not named stays as it is."""

    password: str | None = Field(
        default=None,
        min_length=16,
        max_length=64,
        description="Of HTTP Basic authentication; null: none is asked.",
    )
    security_profile: int = Field(default=0, ge=0, le=3, description="At least this one.")
    registration_status: Literal["Accepted", "Pending", "Rejected"] = "Accepted"
    name: str | None = Field(default=None, max_length=200)
    location_id: str | None = Field(default=None, max_length=255)
    tariff_id: str | None = Field(default=None, max_length=255)
    position: Place | None = None
    location_detail: str | None = Field(default=None, max_length=500)
    category: StationCategory = StationCategory.FAST
    max_power_w: Amount = Field(default=50_000, gt=0, le=10_000_000, allow_inf_nan=False)
    min_power_w: Amount = Field(default=0, ge=0, le=10_000_000, allow_inf_nan=False)
    connector_type: str | None = Field(default=None, max_length=50)
    serial_number: str | None = Field(default=None, max_length=100)


class Register(StrictInput):
    """Whether a station is let in."""

    registration: Registration


class Registered(Output):
    """As it is now."""

    station_id: str
    registration: Registration


class SetLimit(StrictInput):
    """A power limit. `scope` session: only for the session that runs."""

    limit_w: Amount = Field(ge=0, le=10_000_000, allow_inf_nan=False, examples=[50000])
    scope: LimitScope = LimitScope.STATION


class CommandAnswer(Output):
    """How a command ended: the station said yes. All other ends are refusals."""

    status: Literal["accepted"]
    command_id: int
    latency_ms: float | None


class CallError(Output):
    """The station's CALLERROR."""

    code: str
    description: str
    details: dict[str, Any]


class CallAnswer(Output):
    """What the station answered to a call: a result, or an OCPP error."""

    status: Literal["answered", "error"]
    result: dict[str, Any] | None = Field(
        default=None, description="The CALLRESULT's payload.", examples=[{"status": "Accepted"}]
    )
    error: CallError | None = None


class Site(Output):
    """A location with its stations counted."""

    location_id: str
    name: str
    name_en: str | None
    lat: float
    lon: float
    time_zone: str
    stations: int
    max_power_w: float
    grid_limit_w: float | None
