"""Commands, id tokens, KPIs, hours."""

from datetime import datetime
from typing import Any

from pydantic import AwareDatetime, Field

from app.api.schemas.common import Instant, Output, StrictInput
from app.domain.authorization import TOKEN_TYPES, TokenStatus


class Command(Output):
    """What was asked of a station, by whom, and how it ended."""

    id: int
    station_id: str
    evse_id: int | None
    action: str
    request: Any
    requested_by: str
    requested_at: Instant
    status: str = Field(description="queued, sent, or how it ended.")
    detail: str | None = Field(description="The station's own word.")
    description: str | None
    answer: Any
    answered_at: Instant | None
    latency_ms: float | None
    transaction_id: int | None = Field(description="Our number of what it began or ended.")
    sent_at: Instant | None
    effect: str | None = Field(description="What was seen to come of it, or that nothing came.")
    effect_at: Instant | None


class CommandPage(Output):
    """Some commands, newest first."""

    items: list[Command]
    next: int | None = Field(description="Ask for the rest with `before`; null: that was all.")


class PutToken(StrictInput):
    """Who charges with it, and until when."""

    type: str | None = Field(
        default=None,
        max_length=20,
        description=f"What kind of token it is: {', '.join(TOKEN_TYPES)}.",
    )
    status: TokenStatus = Field(
        default=TokenStatus.ACCEPTED, description="What stations are told of it."
    )
    name: str | None = Field(default=None, max_length=200)
    group_id: str | None = Field(
        default=None,
        max_length=255,
        description="Tokens of one group may stop each other's sessions and use each other's reservations.",
    )
    group: str | None = Field(
        default=None, max_length=255, description="The same as `group_id`, which goes first."
    )
    blocked: bool = Field(default=False, description="true: as the status Blocked.")
    expires_at: AwareDatetime | None = Field(
        default=None, description="With its offset from UTC, e.g. 2027-01-01T00:00:00+09:00."
    )


class Token(Output):
    """An id token, in lower case, as it is compared."""

    token: str
    type: str | None
    status: str = Field(description="What stations are told of it now.")
    name: str | None
    group: str | None
    group_id: str | None
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
    unit: str = Field(description="Of money: the main currency.")
    value: float | None
    others: dict[str, float] = Field(description="Of money: what there is in other currencies.")


class Kpis(Output):
    """The numbers on top of the dashboard, at one moment."""

    at: datetime
    kpis: list[KpiValue]


class Hour(Output):
    """Energy of one hour. null: no readings, which is not the same as none delivered."""

    hour: Instant
    energy_wh: float | None
    partial: bool = Field(description="The hour is not over.")
