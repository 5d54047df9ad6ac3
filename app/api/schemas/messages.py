"""Messages on displays, vendors' own data, messages on request."""

from typing import Any, Literal

from pydantic import AwareDatetime, Field

from app.api.schemas.common import Instant, Output, StrictInput
from app.domain.display import MessageFormat, MessagePriority, MessageState


class PutMessage(StrictInput):
    """A message to show."""

    content: str = Field(min_length=1, max_length=512)
    priority: MessagePriority = MessagePriority.NORMAL_CYCLE
    format: MessageFormat = MessageFormat.UTF8
    language: str | None = Field(default=None, max_length=8, examples=["ko"])
    state: MessageState | None = Field(default=None, description="None: in every state.")
    start_at: AwareDatetime | None = None
    end_at: AwareDatetime | None = None
    transaction_id: str | None = Field(
        default=None, max_length=36, description="Shown only while this one runs."
    )


class ReadMessages(StrictInput):
    """Which messages the station shall report; nothing: all."""

    ids: list[int] = Field(default=[], max_length=1000)
    priority: MessagePriority | None = None
    state: MessageState | None = None


class Message(Output):
    """One message that the station shows."""

    station_id: str
    message_id: int
    priority: str
    state: str | None
    start_at: Instant | None
    end_at: Instant | None
    transaction_id: str | None
    format: str
    language: str | None
    content: str
    display: Any
    origin: Literal["installed", "reported"]
    set_at: Instant | None
    reported_at: Instant | None


class SendData(StrictInput):
    """A vendor's own data for a station."""

    vendor: str = Field(min_length=1, max_length=255)
    message: str | None = Field(default=None, max_length=50)
    data: Any = None


class VendorMessage(Output):
    """One DataTransfer, either way."""

    id: int
    station_id: str
    direction: Literal["received", "sent"]
    vendor: str
    message: str | None
    data: Any
    status: str
    answer: Any
    at: Instant


class VendorMessagePage(Output):
    """Some of them, newest first."""

    items: list[VendorMessage]
    next: int | None = Field(description="Ask for the rest with `before`; null: that was all.")


class VendorAnswer(Output):
    """What the station answered."""

    status: str
    data: Any = None
    command_id: int


class PutVendor(StrictInput):
    """Which messages of a vendor are taken; null: whatever they are called."""

    messages: list[str] | None = Field(default=None, max_length=1000)


class Vendor(Output):
    """A vendor whose data is taken."""

    vendor: str
    messages: list[str] | None


class TriggerIt(StrictInput):
    """A message to send now, in OCPP 2.0.1's word; no EVSE: for the whole station."""

    message: str = Field(pattern=r"^[A-Za-z0-9]{1,64}$", examples=["StatusNotification"])
    evse_id: int | None = Field(default=None, ge=1, le=2**31 - 1)
    connector_id: int | None = Field(default=None, ge=1, le=2**31 - 1)
