"""Transactions and their readings."""

from decimal import Decimal
from typing import Annotated, Any

from pydantic import Field, PlainSerializer

from app.api.schemas.common import ExactInstant, Instant, Output


def _exact(value: Decimal) -> str:
    """Plain digits: no exponent, no trailing zeros."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


Exact = Annotated[Decimal, PlainSerializer(_exact, return_type=str)]
"""An exact number, as text: JSON's numbers are binary to most readers."""


class Transaction(Output):
    """A charging session. Money in the currency's major unit."""

    id: int = Field(description="Our number.")
    station_id: str
    station_name: str
    transaction_id: str = Field(description="The station's own id of it.")
    location_id: str | None
    location_name: str | None
    location_name_en: str | None
    evse_id: int
    connector_id: int
    id_token: str | None
    token_type: str | None
    token_status: str | None = Field(description="What the station was told of the token.")
    stop_id_token: str | None = Field(description="The token that ended it.")
    reservation_id: int | None = Field(description="The reservation that it used.")
    started_at: Instant
    ended_at: Instant | None = Field(description="null: it runs.")
    duration_s: float
    energy_wh: float
    cost: float | None = Field(description="As billed: rounded to the currency's minor unit.")
    cost_exact: Exact | None = Field(description="Before rounding.", examples=["62.5005"])
    currency: str | None
    price_per_kwh: float | None
    session_fee: float | None
    station_cost: float | None = Field(description="What the station itself says it costs.")
    stop_reason: str | None
    charging_state: str | None
    soc_percent: float | None
    missing_events: int = Field(description="Numbers of events that were passed over.")
    suspect_readings: int = Field(description="Readings that are kept and not billed.")
    simulated: bool = Field(
        description="Made by `halla simulate history`, not told by a station; its number is below 0."
    )


class TransactionPage(Output):
    """Some transactions, newest first."""

    items: list[Transaction]
    next: int | None = Field(description="Ask for the rest with `before`; null: that was all.")


class Sample(Output):
    """One reading, in W, Wh, A, V, %, degrees Celsius; null: not measured."""

    measured_at: Instant
    context: str
    evse_id: int
    energy_wh: float | None = Field(description="The import register as the station counts it.")
    power_w: float | None
    current_a: float | None
    voltage_v: float | None
    soc_percent: float | None
    temperature_c: float | None
    offered_w: float | None
    other: Any = Field(description="What has no field of its own: measurand, phase, location, ...")
    suspect: str | None = Field(
        description="Why nothing is billed on it: decreasing, jumping, late, doubled."
    )
    signed: Any = Field(description="Signed values as the station gave them.")


class SamplePage(Output):
    """Some readings, oldest first."""

    items: list[Sample]
    next: ExactInstant | None = Field(
        description="Ask for the rest with `after`; null: that was all."
    )


class CurvePoint(Output):
    """A session at one moment, thinned for drawing."""

    at: Instant
    power_w: float | None
    energy_wh: float | None
    soc_percent: float | None
    offered_w: float | None
