"""The journal's frames and exchanges, how long answers take, and how well stations keep to the protocol."""

from pydantic import Field

from app.api.schemas.common import Instant, Output, StrictInput
from app.domain.legacy import LegacyKind


class Frame(Output):
    """One frame as it passed, its secrets hidden."""

    id: int
    at: Instant
    station_id: str
    direction: str = Field(description="in: from the station; out: from the CSMS.")
    message_type: int = Field(description="2 call, 3 result, 4 error, 0 unreadable.")
    message_id: str | None
    action: str | None
    frame: str
    latency_ms: float | None = Field(description="On answers: how long it took.")
    outcome: str | None = Field(description="On answers: a status, Answered, or an error code.")
    exchange: int | None = Field(description="The same on a call and its answer.")
    transaction_id: str | None = Field(description="The station's id of the transaction.")


class FramePage(Output):
    """Some frames, newest first."""

    items: list[Frame]
    next: str | None = Field(description="Ask for the rest with `before`; null: that was all.")


class Exchange(Output):
    """A call and its answer; null: there was none."""

    id: int
    at: Instant
    station_id: str
    direction: str = Field(description="Who called; in: the station.")
    message_id: str | None
    action: str | None
    exchange: int | None
    transaction_id: str | None
    call: str
    answer: str | None
    answered_at: Instant | None
    latency_ms: float | None
    outcome: str | None


class ExchangePage(Output):
    """Some exchanges, newest first."""

    items: list[Exchange]
    next: str | None = Field(description="Ask for the rest with `before`; null: that was all.")


class Timing(Output):
    """How long answers to one action took."""

    action: str
    answered_by: str = Field(description="csms or station.")
    count: int
    errors: int
    mean_ms: float
    p50_ms: float
    p99_ms: float
    max_ms: float


class Finding(Output):
    """One kind of deviation, counted."""

    action: str
    quirk: str = Field(description="A key of /conformance/quirks, or the rule that was broken.")
    outcome: str = Field(description="mended, or the error code that the station was told.")
    example: str
    count: int
    first_seen_at: Instant
    last_seen_at: Instant


class Habit(Output):
    """How a station keeps to the protocol, and how its mistakes are met."""

    station_id: str
    strict: bool = Field(description="Nothing is mended.")
    quirks: list[str] = Field(description="What no payload shows and a person said.")
    traits: list[str] = Field(
        description="What it was seen to do that tells a home-made dialect; commands go out accordingly."
    )
    dialect: LegacyKind | None = Field(
        description="Which home-made dialect it speaks, as far as can be told; null: OCPP as written."
    )
    mended: int
    refused: int
    last_seen_at: Instant | None


class Conformance(Habit):
    """One station's."""

    findings: list[Finding]


class HabitPage(Output):
    """Stations that deviate or are set apart, by id."""

    items: list[Habit]
    next: str | None = Field(description="Ask for the rest with `after`; null: that was all.")


class SetHabits(StrictInput):
    """What is left out stays as it is."""

    strict: bool | None = Field(default=None, description="Mend nothing of this station.")
    quirks: list[str] | None = Field(
        default=None, max_length=20, description="Chosen quirks, e.g. energy_in_kwh."
    )


class QuirkKind(Output):
    """A known deviation."""

    key: str
    does: str
    mended: str
    chosen: bool = Field(description="It cannot be seen in a payload: a person says who has it.")
