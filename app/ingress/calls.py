"""Calls to one station: one at a time, bounded, with a deadline, each ending in an Outcome.

The reading loop settles what comes back; nothing here is ever awaited by it.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime

import msgspec

from app.domain.commands import Command, Outcome, OutcomeStatus, RawCall
from app.domain.errors import CsmsError, Invalid, NotSupported
from app.domain.legacy import LONGEST_FRAME, OWN_VARIABLES, YES_TO_ALL
from app.domain.reports import CommandSent, Report
from app.ingress.block import Payload, Sends, outcome_of
from app.ingress.dialects import Dialect
from app.ingress.errors import Refusal, explain, step_fault
from app.ingress.frames import Failure, Result, call_frame
from app.ingress.legacy.answers import doubt, empty_yes, is_empty_yes, own_variables
from app.ingress.legacy.forms import forms_of
from app.ingress.legacy.recognition import Recognition, Told
from app.ingress.schemas import decoder_for

logger = logging.getLogger(__name__)

MOST_WAITING = 16
"""Commands that may wait behind the one that is out."""

DEADLINE_S = 30.0
"""How long a command may take, waiting included."""

_NOT_TAKEN = (OutcomeStatus.REJECTED, OutcomeStatus.ERROR, OutcomeStatus.NOT_SUPPORTED)
"""After these it is worth trying another form."""

_LOST = Outcome(
    status=OutcomeStatus.TIMED_OUT,
    description="The connection was lost before the station answered; it may have done what was asked.",
)
"""It is not offline: who reads that believes that nothing was sent."""

Send = Callable[[bytes, str, str], Awaitable[None]]
"""frame, message id, action -> sent; raises ConnectionError when the socket is gone, BrokenPipeError (which is one)
when it went while sending, so that the station may have it."""

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
        "legacy",
        "noted",
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
        self.noted: Callable[[str, Mapping[str, str]], None] | None = None
        self.legacy: Recognition | None = None

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
                return await self._in_its_form(command, sends, payload)
        except TimeoutError:
            return Outcome(
                status=OutcomeStatus.TIMED_OUT,
                description=f"The station did not answer within {self._deadline_s:.0f} s.",
            )
        except BrokenPipeError:
            return _LOST
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
        """The socket is gone: what is outstanding ends as without an answer."""
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(ConnectionError("the connection was lost"))

    async def _in_its_form(self, command: Command, sends: Sends, payload: Payload) -> Outcome:
        """The command as it is written; where the legacy dialect is spoken, in its forms too, until one is taken."""
        if not self._is_legacy or isinstance(command, RawCall):
            return await self._exchange(command, sends, payload, payload)
        legacy = self.legacy
        assert legacy is not None
        plain: Outcome | None = None
        for form in forms_of(sends.action, payload, legacy.traits):
            body = payload if form is None else form.build(payload)
            outcome = await self._exchange(command, sends, payload, body)
            if form is None:
                plain = outcome
            if outcome.status in _NOT_TAKEN:
                continue
            if form is not None and outcome.status is OutcomeStatus.ACCEPTED:
                told = self._note(
                    sends.action, f"{sends.action} is taken with {form.says}", form.key
                )
                if told is not None:  # known for good before its outcome is
                    await asyncio.wait((told,))
                said = (
                    f"The station took {form.says}, which is its own form.",
                    form.loses(payload),
                )
                return replace(outcome, description=" ".join(part for part in said if part))
            if outcome.status is OutcomeStatus.ACCEPTED and outcome.description is None:
                doubtful = doubt(sends.action, legacy.kind, legacy.traits)
                return replace(outcome, description=doubtful)
            return outcome
        assert plain is not None
        return plain

    async def _exchange(
        self, command: Command, sends: Sends, payload: Payload, body: Payload
    ) -> Outcome:
        """Send `body`, which means `payload`, and wait for what comes back."""
        loop = asyncio.get_running_loop()
        message_id = secrets.token_hex(8)
        frame = call_frame(message_id, sends.action, body)
        if self._is_legacy and len(frame) >= LONGEST_FRAME:
            return _too_long(sends.action, len(frame))
        self._id = message_id
        self._answer = loop.create_future()
        started = loop.time()
        try:
            await self._send(frame, message_id, sends.action)
            if command.number is not None:
                self._note_sent(command.number)
            try:
                answer = await self._answer
            except ConnectionError:
                return _LOST
        finally:
            self._answer = self._id = None
        outcome, answered = self._read(answer, command, sends, payload)
        latency_ms = round((loop.time() - started) * 1000, 1)
        if answered is not None:
            await self._learn(sends.action, payload, answered)
        return replace(outcome, latency_ms=latency_ms)

    @property
    def _is_legacy(self) -> bool:
        return self.legacy is not None and self.legacy.is_legacy

    def _note(self, action: str, sentence: str, quirk: str) -> Told | None:
        """An answer showed how this station understands us; done when that is stored, None: it was known."""
        if self.noted is not None:
            self.noted(action, {sentence: quirk})
        return None if self.legacy is None else self.legacy.saw((quirk,))

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
        self, answer: Result | Failure, command: Command, sends: Sends, asked: Payload
    ) -> tuple[Outcome, Payload | None]:
        """What came of it, and the answer's payload as the station gave it, if it is a valid result."""
        if isinstance(answer, Failure):
            if answer.details is None:
                self._note(sends.action, "an error without its details", "short_error")
            return _failed(answer), None
        raw = bytes(answer.payload)
        if self._is_legacy:
            mended = own_variables(sends.action, asked, raw)
            if mended is not None:
                self._note(sends.action, "variableData instead of getVariableResult", OWN_VARIABLES)
                raw = mended
        try:
            decoder_for(self._dialect.version, sends.action, request=False).decode(raw)
            payload: Payload = msgspec.json.decode(raw)
            return sends.read(payload, command), payload
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            if self._is_legacy and is_empty_yes(raw):
                self._note(sends.action, "Accepted is no answer to this call", YES_TO_ALL)
                return empty_yes(), None
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
        raise NotSupported(str(error.args[0])) from None
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


def _too_long(action: str, length: int) -> Outcome:
    return Outcome(
        status=OutcomeStatus.INVALID,
        description=f"{action} would be {length} bytes long, and this station reads {LONGEST_FRAME - 1} at most:"
        " ask for less at a time (fewer periods, entries or variables).",
    )


def _failed(failure: Failure) -> Outcome:
    unsupported = failure.code in ("NotImplemented", "NotSupported")
    return Outcome(
        status=OutcomeStatus.NOT_SUPPORTED if unsupported else OutcomeStatus.ERROR,
        detail=failure.code,
        description=failure.description or None,
        details=failure.details if isinstance(failure.details, dict) else {},
    )
