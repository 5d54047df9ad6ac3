"""Commands to stations: each is a row before it leaves, and again when it has ended; no transaction is open between."""

import secrets
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import msgspec
from sqlmodel import select

from app.csms.actors import Actor
from app.csms.context import Context
from app.csms.work import work
from app.domain import masks
from app.domain.changes import CommandChanged
from app.domain.commands import Command, Outcome, OutcomeStatus, RawCall
from app.domain.errors import StationNotFound
from app.store.tables.commands import StationCommand
from app.store.tables.stations import Station, StationAlias

MOST_NUMBER = 2**31 - 1
"""The greatest integer of OCPP."""

ANSWER_S = 35.0
"""How long a station may take; the door's own deadline is a little shorter, so its word is heard."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandResult:
    """A command that has ended. `transaction_no` is our number of the transaction that it began or was to end.

    `effect`: what was seen to come of an accepted start or stop, in the words of `app.csms.effects`; empty: nothing was
    waited for.
    """

    command_id: int
    outcome: Outcome
    transaction_id: str | None = None
    transaction_no: int | None = None
    effect: str = ""


async def carry_out(
    context: Context, actor: Actor, station_id: str, command: Command, *, evse_id: int | None = None
) -> CommandResult:
    """Have a station carry out `command` and keep what came of it. `station_id`: an identity, not an alias.

    The outcome says what happened; offline and silent stations are outcomes too, not errors.
    """
    async with work(context) as unit:
        row = StationCommand(
            station_id=station_id,
            evse_id=evse_id,
            action=command.action if isinstance(command, RawCall) else type(command).__name__,
            request=_request(command),
            requested_by=actor.name,
            requested_at=context.clock(),
        )
        unit.session.add(row)
        await unit.session.flush()
        assert row.id is not None
        command_id = row.id
        unit.announce(CommandChanged(station_id=station_id, command_id=command_id))
    began = context.clock()
    outcome = await context.bus.ask(station_id, replace(command, number=command_id), ANSWER_S)
    ended = context.clock()
    answered = outcome.latency_ms is not None  # measured by the door, from the wire to the answer
    if not answered and outcome.status is not OutcomeStatus.OFFLINE:
        outcome = replace(outcome, latency_ms=(ended - began).total_seconds() * 1000)
    async with work(context) as unit:
        settled = await unit.session.get_one(StationCommand, command_id)
        settled.status = outcome.status.value
        settled.detail = outcome.detail
        settled.description = outcome.description
        settled.answer = outcome.payload if outcome.details is None else outcome.details
        settled.answered_at = ended
        settled.latency_ms = outcome.latency_ms
        if settled.sent_at is None and answered:  # the word that it left may still be on its way
            settled.sent_at = ended - timedelta(milliseconds=outcome.latency_ms or 0)
        unit.announce(CommandChanged(station_id=station_id, command_id=command_id))
    return CommandResult(command_id=command_id, outcome=outcome)


def request_number() -> int:
    """A number by which the station's reports are known again."""
    return secrets.randbelow(MOST_NUMBER) + 1


async def resolve(context: Context, identity: str) -> Station:
    """The station of this id or alias. Raises StationNotFound."""
    async with work(context) as unit:
        station = await unit.session.get(Station, identity)
        if station is None or station.retired_at is not None:
            named = select(Station).join(StationAlias).where(StationAlias.alias == identity)
            station = (await unit.session.exec(named)).one_or_none()
    if station is None:
        raise StationNotFound
    return station


def _request(command: Command) -> dict[str, Any]:
    """What is asked, as JSON; passwords and keys are hidden."""
    body: dict[str, Any] = msgspec.to_builtins(command)
    body.pop("number", None)
    kept: dict[str, Any] = masks.hidden(body)
    return kept
