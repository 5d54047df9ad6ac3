"""Calls to one station: one at a time, bounded, with a deadline, each ending in an Outcome.

The reading loop settles what comes back; nothing here is ever awaited by it.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime

import msgspec

from app.domain.commands import Command, Outcome, OutcomeStatus, RawCall
from app.domain.errors import CsmsError, Invalid, NotSupported
from app.domain.reports import CommandSent, Report
from app.ingress.block import Payload, Sends, outcome_of
from app.ingress.dialects import Dialect
from app.ingress.errors import Refusal, explain, step_fault
from app.ingress.frames import Failure, Result, call_frame
from app.ingress.schemas import decoder_for

logger = logging.getLogger(__name__)

MOST_WAITING = 16
"""Commands that may wait behind the one that is out."""

DEADLINE_S = 30.0
"""How long a command may take, waiting included."""

Send = Callable[[bytes, str, str], Awaitable[None]]
"""frame, message id, action -> sent; raises ConnectionError when the socket is gone."""

Tell = Callable[[Report], Awaitable[object]]
"""Makes durable what an answer taught; raises CsmsError."""


class Calls:
    """What is outstanding with one station, on one connection."""

    __slots__ = (
        "_answer",
        "_deadline_s",
        "_dialect",
        "_id",
        "_lock",
        "_send",
        "_tell",
        "_waiting",
        "complain",
        "station_id",
    )

    def __init__(
        self,
        station_id: str,
        dialect: Dialect,
        send: Send,
        tell: Tell,
        deadline_s: float = DEADLINE_S,
    ) -> None:
        self.station_id = station_id
        self._dialect = dialect
        self._send = send
        self._tell = tell
        self._deadline_s = deadline_s
        self._lock = asyncio.Lock()
        self._waiting = 0
        self._id: str | None = None
        self._answer: asyncio.Future[Result | Failure] | None = None
        self.complain: Callable[[str, Refusal], None] | None = None

    async def carry_out(self, command: Command) -> Outcome:
        """Send `command` and wait for its end. Never raises for anything that the station or the command did."""
        try:
            sends, payload = prepare(self._dialect, command)
        except NotSupported as error:
            return Outcome(status=OutcomeStatus.NOT_SUPPORTED, description=error.message)
        except Invalid as error:
            return Outcome(status=OutcomeStatus.INVALID, description=error.message)
        if self._waiting > MOST_WAITING:
            return Outcome(
                status=OutcomeStatus.ERROR,
                detail="busy",
                description="Too many commands wait for this station; try again shortly.",
            )
        self._waiting += 1
        try:
            async with asyncio.timeout(self._deadline_s), self._lock:
                return await self._exchange(command, sends, payload)
        except TimeoutError:
            return Outcome(
                status=OutcomeStatus.TIMED_OUT,
                description=f"The station did not answer within {self._deadline_s:.0f} s.",
            )
        except ConnectionError:
            return Outcome(status=OutcomeStatus.OFFLINE)
        finally:
            self._waiting -= 1

    def settle(self, message: Result | Failure) -> bool:
        """The station answered; False for an answer that nobody waits for."""
        if self._answer is None or message.id != self._id or self._answer.done():
            return False
        self._answer.set_result(message)
        return True

    def close(self) -> None:
        """The socket is gone: what is outstanding ends as offline."""
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(ConnectionError("the connection was lost"))

    async def _exchange(self, command: Command, sends: Sends, payload: Payload) -> Outcome:
        loop = asyncio.get_running_loop()
        self._id = secrets.token_hex(8)
        self._answer = loop.create_future()
        started = loop.time()
        try:
            frame = call_frame(self._id, sends.action, payload)
            await self._send(frame, self._id, sends.action)
            if command.number is not None:
                self._note_sent(command.number)
            answer = await self._answer
        finally:
            self._answer = self._id = None
        outcome, answered = self._read(answer, command, sends)
        latency_ms = round((loop.time() - started) * 1000, 1)
        if answered is not None:
            await self._learn(sends.action, payload, answered)
        return replace(outcome, latency_ms=latency_ms)

    def _note_sent(self, number: int) -> None:
        """Said in its own time: nobody waits for it, and its outcome says it again."""
        told = self._tell(CommandSent(number=number, at=datetime.now(UTC)))
        asyncio.ensure_future(told).add_done_callback(_heard)

    async def _learn(self, action: str, asked: Payload, answered: Payload) -> None:
        """What the exchange taught is durable before its outcome is known."""
        learns = self._dialect.learns.get(action)
        if learns is None:
            return
        try:
            for report in learns(asked, answered, datetime.now(UTC)):
                await self._tell(report)
        except CsmsError as error:
            logger.error("%s: what %s taught was not stored: %s", self.station_id, action, error)

    def _read(
        self, answer: Result | Failure, command: Command, sends: Sends
    ) -> tuple[Outcome, Payload | None]:
        """What came of it, and the answer's payload as the station gave it, if it is a valid result."""
        if isinstance(answer, Failure):
            return _failed(answer), None
        raw = bytes(answer.payload)
        try:
            decoder_for(self._dialect.version, sends.action, request=False).decode(raw)
            payload: Payload = msgspec.json.decode(raw)
            return sends.read(payload, command), payload
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            refusal = explain(self._dialect.version, sends.action, raw, error, request=False)
            logger.warning(
                "%s: its answer to %s is not valid: %s",
                self.station_id,
                sends.action,
                refusal.description,
            )
            if self.complain is not None:
                self.complain(sends.action, refusal)
            invalid = Outcome(
                status=OutcomeStatus.ERROR,
                detail=refusal.code,
                description=f"The station's answer is not valid: {refusal.description}",
            )
            return invalid, None


def prepare(dialect: Dialect, command: Command) -> tuple[Sends, Payload]:
    """The call that carries `command`, valid by its schema.

    Raises NotSupported when the dialect has no such call, Invalid when the values are not what its schema allows.
    """
    if isinstance(command, RawCall):
        sends = Sends(command.action, _raw, outcome_of)
    else:
        found = dialect.sends.get(type(command))
        if found is None:
            raise NotSupported(f"{dialect.subprotocol} has no {type(command).__name__}.")
        sends = found
    payload = sends.build(command)
    try:
        encoded = msgspec.json.encode(payload)
        decoder_for(dialect.version, sends.action).decode(encoded)
    except LookupError as error:
        raise NotSupported(f"{error.args[0]}.") from None
    except (TypeError, OverflowError, RecursionError) as error:
        raise Invalid(f"The payload cannot be written as JSON: {error}.") from None
    except msgspec.DecodeError as error:
        refusal = explain(dialect.version, sends.action, encoded, error)
        raise Invalid(f"{sends.action} is not valid: {refusal.description}.") from None
    step = step_fault(dialect.version, sends.action, encoded)
    if step is not None:
        raise Invalid(f"{sends.action} is not valid: {step.description}.")
    check = dialect.checks.get(sends.action)
    if check is not None:  # only now: it may rely on the schema
        check(payload)
    return sends, payload


def _raw(command: RawCall) -> Payload:
    return command.payload


def _heard(told: asyncio.Future[object]) -> None:
    if not told.cancelled() and told.exception() is not None:
        logger.info("that a command was sent is not stored: %s", told.exception())


def _failed(failure: Failure) -> Outcome:
    unsupported = failure.code in ("NotImplemented", "NotSupported")
    return Outcome(
        status=OutcomeStatus.NOT_SUPPORTED if unsupported else OutcomeStatus.ERROR,
        detail=failure.code,
        description=failure.description or None,
        details=failure.details if isinstance(failure.details, dict) else {},
    )
