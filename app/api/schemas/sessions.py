"""Reservations, local lists, and asking about a transaction."""

from pydantic import AwareDatetime, Field

from app.api.schemas.common import Instant, Output, StrictInput
from app.domain.authorization import TOKEN_TYPES, TokenStatus


class Reserve(StrictInput):
    """For whom, until when, and which place."""

    id_token: str = Field(min_length=1, max_length=36)
    expires_at: AwareDatetime
    evse_id: int | None = Field(default=None, ge=1, description="null: the station chooses.")
    connector_type: str | None = Field(
        default=None, max_length=20, description="Any EVSE with such a plug (not in OCPP 1.6)."
    )
    group_id: str | None = Field(
        default=None, max_length=36, description="Whose tokens may use it too; null: the token's."
    )


class Reserved(Output):
    """The station keeps a place free."""

    reservation_id: int
    command_id: int
    latency_ms: float | None


class Reservation(Output):
    """One reservation: active, used, cancelled, expired or removed (by the station)."""

    reservation_id: int
    evse_id: int | None = Field(description="null: any.")
    connector_type: str | None
    id_token: str
    status: str
    reserved_at: Instant
    expires_at: Instant
    ended_at: Instant | None
    transaction_id: int | None = Field(description="Our number of the one that used it.")


class Entry(Output):
    """One token of a list."""

    token: str
    type: str | None
    status: str
    group_id: str | None
    expires_at: Instant | None


class LocalList(Output):
    """The list that the station last accepted. Version 0: none; -1: it knows no lists; null: nobody asked."""

    version: int | None
    entries: int
    seen_at: Instant | None
    items: list[Entry]
    next: str | None = Field(description="Ask for the rest with `after`; null: that was all.")


class PutEntry(StrictInput):
    """A token and what the station shall decide about it."""

    token: str = Field(min_length=1, max_length=36)
    type: str | None = Field(
        default=None, max_length=20, description=f"One of {', '.join(TOKEN_TYPES)}."
    )
    status: TokenStatus = TokenStatus.ACCEPTED
    group_id: str | None = Field(default=None, max_length=36)
    expires_at: AwareDatetime | None = None


class PutList(StrictInput):
    """The whole list; null: all tokens that are known here."""

    entries: list[PutEntry] | None = Field(default=None, max_length=10_000)


class PatchList(StrictInput):
    """What comes on the list or changes there, and what leaves it."""

    entries: list[PutEntry] = Field(default=[], max_length=10_000)
    remove: list[str] = Field(default=[], max_length=10_000)


class ListSent(Output):
    """The station took it, in so many calls."""

    version: int | None
    calls: int


class ListVersion(Output):
    """What the station says."""

    version: int


class TransactionCheck(Output):
    """What the station says of a transaction ("": of all its messages)."""

    transaction_id: str
    ongoing: bool | None
    messages_in_queue: bool
    checked_at: Instant
