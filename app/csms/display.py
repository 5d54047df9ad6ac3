"""Messages on stations' displays: what is known of them, and the verbs that set, read and clear them (block O)."""

from collections.abc import Callable
from datetime import datetime

from psycopg.types.json import Jsonb

from app.csms.actors import Actor
from app.csms.batch import Batch
from app.csms.commands import CommandResult, carry_out, request_number, resolve
from app.csms.context import Context
from app.csms.effects import REPORTED, note_fulfilled
from app.domain.display import (
    ClearDisplayMessage,
    GetDisplayMessages,
    MessageCriteria,
    MessagesAsked,
    MessagesCleared,
    MessageSet,
    MessagesReported,
    ScreenMessage,
    SetDisplayMessage,
)
from app.domain.errors import Invalid
from app.domain.reports import Answer, Received, Report
from app.store.charging_profiles import ask_series
from app.store.display import forget_messages, save_messages, settle_messages

LONGEST_MESSAGE = 512


def on_message_set(batch: Batch, received: Received) -> Answer:
    """O01, O02; a message of the same id is replaced (O06)."""
    report = received.report
    assert isinstance(report, MessageSet)
    station_id = batch.station(received.station_id).station_id
    batch.add(save_messages, _row(station_id, report.message, "installed", None, report.at))
    return Answer()


def on_messages_reported(batch: Batch, received: Received) -> Answer:
    """O03, O04: each part as it comes; with the last one, what was asked for and not named is gone."""
    report = received.report
    assert isinstance(report, MessagesReported)
    station_id = batch.station(received.station_id).station_id
    for message in report.messages:
        row = _row(station_id, message, "reported", report.request_id, received.at)
        batch.add(save_messages, row)
    if not report.more_follows:
        batch.add(settle_messages, (station_id, report.request_id))
        note_fulfilled(batch, received, report.request_id, REPORTED)
    return Answer()


def on_messages_asked(batch: Batch, received: Received) -> Answer:
    """Remember what the series that comes is about."""
    report = received.report
    assert isinstance(report, MessagesAsked)
    station_id = batch.station(received.station_id).station_id
    of = report.criteria
    criteria = Jsonb({"ids": list(of.ids), "priority": of.priority, "state": of.state})
    batch.add(ask_series, (station_id, "messages", report.request_id, criteria, report.at))
    return Answer()


def on_messages_cleared(batch: Batch, received: Received) -> Answer:
    """O05; and O04, where the station knows of none."""
    report = received.report
    assert isinstance(report, MessagesCleared)
    of = report.criteria
    station_id = batch.station(received.station_id).station_id
    batch.add(forget_messages, (station_id, list(of.ids), of.priority, of.state))
    return Answer()


def _row(
    station_id: str, said: ScreenMessage, origin: str, request_id: int | None, at: datetime
) -> tuple[object, ...]:
    display = None
    if said.display is not None:
        display = Jsonb({"name": said.display, "evse_id": said.display_evse})
    return (
        station_id,
        said.id,
        said.priority.value,
        said.state,
        said.start_at,
        said.end_at,
        said.transaction,
        said.format.value,
        said.language,
        said.content,
        display,
        origin,
        request_id,
        at,
    )


HANDLES: dict[type[Report], Callable[[Batch, Received], Answer]] = {
    MessageSet: on_message_set,
    MessagesReported: on_messages_reported,
    MessagesAsked: on_messages_asked,
    MessagesCleared: on_messages_cleared,
}


async def set_message(
    context: Context, actor: Actor, station_id: str, message: ScreenMessage
) -> CommandResult:
    """Show `message`; one with the same id is replaced. Raises Invalid for one that cannot be shown."""
    station = await resolve(context, station_id)
    if not 1 <= len(message.content) <= LONGEST_MESSAGE:
        raise Invalid(f"A message has 1 to {LONGEST_MESSAGE} characters.", field="content")
    if message.start_at and message.end_at and message.end_at <= message.start_at:
        raise Invalid("A message ends after it has started.", field="end_at")
    return await carry_out(context, actor, station.id, SetDisplayMessage(message=message))


async def get_messages(
    context: Context, actor: Actor, station_id: str, criteria: MessageCriteria | None = None
) -> CommandResult:
    """Have the station report its messages; they are in `queries.display` when the series ends."""
    station = await resolve(context, station_id)
    command = GetDisplayMessages(
        request_id=request_number(), criteria=criteria or MessageCriteria()
    )
    return await carry_out(context, actor, station.id, command)


async def clear_message(
    context: Context, actor: Actor, station_id: str, message_id: int
) -> CommandResult:
    """Take a message away."""
    station = await resolve(context, station_id)
    return await carry_out(context, actor, station.id, ClearDisplayMessage(message_id=message_id))
