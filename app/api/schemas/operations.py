"""Commands, id tokens, KPIs, hours."""

from datetime import datetime
from typing import Any

from pydantic import AwareDatetime, Field

from app.api.schemas.common import Instant, Output, StrictInput


class Command(Output):
    """What was asked of a station, by whom, and how it ended."""

    id: int
    station_id: str
    evse_id: int | None
    action: str
    request: Any
    requested_by: str
    requested_at: Instant
    status: str = Field(description="sent, or how it ended.")
    detail: str | None = Field(description="The station's own word.")
    description: str | None
    answer: Any
    answered_at: Instant | None
    latency_ms: float | None
    transaction_id: int | None


class CommandPage(Output):
    """Some commands, newest first."""

    items: list[Command]
    next: int | None = Field(description="Ask for the rest with `before`; null: that was all.")


class PutToken(StrictInput):
    """Who charges with it, and until when."""

    name: str | None = Field(default=None, max_length=200)
    group: str | None = Field(
        default=None,
        max_length=255,
        description="Tokens of one group may stop each other's sessions.",
    )
    blocked: bool = False
    expires_at: AwareDatetime | None = Field(
        default=None, description="With its offset from UTC, e.g. 2027-01-01T00:00:00+09:00."
    )


class Token(Output):
    """An id token, in lower case, as it is compared."""

    token: str
    name: str | None
    group: str | None
    blocked: bool
    expires_at: Instant | None
    created_at: Instant


class TokenPage(Output):
    """Some tokens, by their text."""

    items: list[Token]
    next: str | None = Field(description="Ask for the rest with `after`; null: that was all.")


class KpiValue(Output):
    """One number. null: there is nothing to compute it from."""

    key: str
    label: str
    unit: str
    value: float | None


class Kpis(Output):
    """The numbers on top of the dashboard, at one moment."""

    at: datetime
    kpis: list[KpiValue]


class Hour(Output):
    """Energy of one hour. null: no readings, which is not the same as none delivered."""

    hour: Instant
    energy_wh: float | None
    partial: bool = Field(description="The hour is not over.")
