"""Messages on a station's display (block O): what is told of them, and what is asked for."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.domain.commands import Command
from app.domain.reports import Report


class MessagePriority(StrEnum):
    """How much a message pushes others aside."""

    ALWAYS_FRONT = "AlwaysFront"
    IN_FRONT = "InFront"
    NORMAL_CYCLE = "NormalCycle"


class MessageState(StrEnum):
    """In which state of the station a message is shown; none: in all. Not every version has the last two."""

    CHARGING = "Charging"
    FAULTED = "Faulted"
    IDLE = "Idle"
    UNAVAILABLE = "Unavailable"
    SUSPENDED = "Suspended"
    DISCHARGING = "Discharging"


class MessageFormat(StrEnum):
    """What the content is. Not every version has the last one."""

    ASCII = "ASCII"
    HTML = "HTML"
    URI = "URI"
    UTF8 = "UTF8"
    QR_CODE = "QRCODE"


@dataclass(frozen=True, slots=True, kw_only=True)
class ScreenMessage:
    """One message. `transaction`: shown only while it runs; `display`: the component of that name shows it."""

    id: int
    priority: MessagePriority
    content: str
    format: MessageFormat = MessageFormat.UTF8
    language: str | None = None
    state: MessageState | None = None
    start_at: datetime | None = None
    end_at: datetime | None = None
    transaction: str | None = None
    display: str | None = None
    display_evse: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageCriteria:
    """Which messages are meant; None or empty: any."""

    ids: tuple[int, ...] = ()
    priority: MessagePriority | None = None
    state: MessageState | None = None


# --- what stations tell


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageSet(Report):
    """The station accepted a message (O01, O02, O06)."""

    message: ScreenMessage
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MessagesCleared(Report):
    """The station has none of these (any more) (O05, O04)."""

    criteria: MessageCriteria


@dataclass(frozen=True, slots=True, kw_only=True)
class MessagesAsked(Report):
    """The station will report these (O03, O04)."""

    request_id: int
    criteria: MessageCriteria
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class MessagesReported(Report):
    """NotifyDisplayMessages (O03, O04)."""

    request_id: int
    messages: tuple[ScreenMessage, ...]
    more_follows: bool = False


# --- what is asked for


@dataclass(frozen=True, slots=True, kw_only=True)
class SetDisplayMessage(Command):
    """O01, O02, O06."""

    message: ScreenMessage


@dataclass(frozen=True, slots=True, kw_only=True)
class GetDisplayMessages(Command):
    """O03, O04."""

    request_id: int
    criteria: MessageCriteria


@dataclass(frozen=True, slots=True, kw_only=True)
class ClearDisplayMessage(Command):
    """O05."""

    message_id: int
