"""Local authorization lists: what a station may decide about tokens by itself (block D)."""

from dataclasses import dataclass
from datetime import datetime

from app.domain.authorization import TokenStatus
from app.domain.commands import Command
from app.domain.reports import Report


@dataclass(frozen=True, slots=True, kw_only=True)
class ListEntry:
    """One token of a list; `status` None takes it off the list."""

    token: str
    type: str | None = None
    status: TokenStatus | None = TokenStatus.ACCEPTED
    group: str | None = None
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SendLocalList(Command):
    """D01. `full`: the entries are the whole list; else they change or leave the one that is there."""

    version: int
    full: bool
    entries: tuple[ListEntry, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class GetLocalListVersion(Command):
    """D02."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClearCache(Command):
    """C11: forget what was decided about tokens that are on no list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalListTaken(Report):
    """The station accepted SendLocalList."""

    version: int
    full: bool
    entries: tuple[ListEntry, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalListSeen(Report):
    """The version that the station says it has; 0: no list, -1: it cannot have one (1.6)."""

    version: int
