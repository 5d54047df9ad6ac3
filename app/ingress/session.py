"""One station's socket, whatever its version: read, translate, report, answer; and a way for commands to go out.

Frames are taken one after the other, so a station's order is kept and a slow database slows the station, not the
process. Nothing that a frame contains ends the loop; only the socket does.

Longer than other files: from the handshake to the goodbye it is one life, and each step leans on the one before.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from datetime import datetime

from websockets.exceptions import ConnectionClosed
from websockets.protocol import State

from app.csms.journal_entries import JournalEntry
from app.csms.reactions import REACTIONS
from app.domain.conformance import HANDSHAKE
from app.domain.errors import CsmsError, Locked, NotRegistered
from app.domain.legacy import LONGEST_FRAME
from app.domain.masks import without_secrets
from app.domain.reports import (
    Answer,
    Received,
    Report,
    StationBooted,
    StationConnected,
    StationDisconnected,
)
from app.ingress.admission import Admitted, Proven, authenticate, identity_in, refused_with
from app.ingress.calls import Calls
from app.ingress.connection import StationConnection
from app.ingress.errors import Refusal, refusal_of
from app.ingress.frames import (
    Call,
    Failure,
    Result,
    Unreadable,
    error_frame,
    read_frame,
    result_frame,
)
from app.ingress.habits import Deviations
from app.ingress.journal import Recording
from app.ingress.legacy import answers
from app.ingress.legacy.recognition import Recognition
from app.ingress.switchboard import Switchboard
from app.ingress.translate import Understood, understand

logger = logging.getLogger(__name__)

LONGEST_LOGGED = 500
"""Bytes of a frame that are logged with an error."""

LARGEST_TYPE = 99
"""Message types that the journal tells apart; OCPP has six, and a station may write any number there."""

GOODBYE_S = 25.0
"""How long the end of a connection may take to become durable."""

_TRY_AGAIN_LATER = 1013


class Session:
    """A station that is connected; `run` is its whole life."""

    __slots__ = (
        "_admitted",
        "_board",
        "_calls",
        "_deviations",
        "_let_go",
        "_recording",
        "connection",
        "dialect",
        "epoch",
        "legacy",
        "station_id",
    )

    def __init__(self, board: Switchboard, connection: StationConnection, admitted: Admitted):
        self.connection = connection
        self.dialect = admitted.dialect
        self.station_id = ""
        self.epoch = 0
        self._admitted = admitted
        self._board = board
        self._calls: Calls | None = None
        self._let_go: Callable[[], Awaitable[None]] | None = None
        self._deviations: Deviations | None = None
        self._recording = Recording(board.journal)
        self.legacy: Recognition | None = None

    async def run(self) -> None:
        """From the opened socket to its end."""
        try:
            if self._admitted.proven is not None:
                await self._join(self._admitted.proven)
            receive = self.connection.receive
            while True:
                await self._on_frame(await receive())
        except ConnectionClosed:
            pass
        except CsmsError as error:  # it could not be stored that the station is here
            logger.error("%s: not connected: %s", self.station_id, error)
            await self.connection.close(_TRY_AGAIN_LATER, error.message[:120])
        finally:
            await self._leave()

    async def _join(self, proven: Proven) -> None:
        """Become the station's connection: in the registry, in the database, on the bus. Raises Unavailable."""
        board = self._board
        self.station_id = self._recording.station_id = station_id = proven.station_id
        self.epoch = board.next_epoch()
        board.join(station_id, self)
        self._deviations = Deviations(station_id, self.dialect, self._submit)
        self._calls = Calls(station_id, self.dialect, self._send_call, self._submit)
        self._calls.complain = self._deviations.answered_wrongly
        self._calls.noted = self._deviations.mended
        if self.dialect.has_legacy:
            self._calls.legacy = self.legacy = Recognition(
                lambda: board.habits.of(station_id), self._learned
            )
        knock = self._admitted.knock
        connected = StationConnected(
            connection=self.epoch,
            protocol=self.dialect.subprotocol,
            remote_address=knock.remote_address,
            profile=proven.profile,
            new_password_hash=proven.new_password_hash,
            certificate_serial=knock.shown.serial if knock.shown else None,
            certificate_expires_at=knock.shown.expires_at if knock.shown else None,
        )
        await self._submit(connected)
        logger.info("%s: connected with %s", station_id, self.dialect.subprotocol)
        self._look_at_the_handshake()
        if board.sessions.get(station_id) is self:
            self._let_go = await board.context.bus.serve(
                station_id, self._calls.carry_out, self.epoch, self._give_way
            )

    def _give_way(self) -> None:
        logger.info("%s: a newer connection took over", self.station_id)
        self._board.give_way(self.station_id, self)

    def _look_at_the_handshake(self) -> None:
        """What is odd about how it came in."""
        findings = {}
        if self._admitted.subprotocol is None:
            findings["no subprotocol was offered"] = "no_subprotocol"
        if self._admitted.proven is None:
            findings["its path does not name it"] = "no_identity"
        if findings and self._deviations is not None:
            self._deviations.mended(HANDSHAKE, findings)
        if self.legacy is not None:
            self.legacy.came(set(findings.values()))

    def _learned(self, traits: frozenset[str]) -> asyncio.Future[Answer]:
        """The station speaks the legacy dialect: known to all its sessions, now and, once that is stored, later."""
        assert self._deviations is not None
        self._board.habits.learn(self.station_id, traits)
        kind = self.legacy.kind if self.legacy is not None else None
        logger.info("%s: speaks the legacy dialect (%s)", self.station_id, kind)
        return self._deviations.learned(traits)

    async def _leave(self) -> None:
        """The socket is gone. A newer connection of the station is fenced from this by the epoch."""
        if not self.epoch:
            return
        self._board.leave(self.station_id, self)
        if self._calls is not None:
            self._calls.close()
        try:
            if self._let_go is not None:
                await self._let_go()
        finally:
            await self._say_goodbye()

    async def _say_goodbye(self) -> None:
        logger.info("%s: disconnected (%s)", self.station_id, self.connection.close_code)
        try:
            async with asyncio.timeout(GOODBYE_S):
                if self._deviations is not None and (told := self._deviations.tell()) is not None:
                    await asyncio.wait((told,))
                while True:
                    if await self._is_stored(StationDisconnected(connection=self.epoch)):
                        return
                    await asyncio.sleep(1)
        except (CsmsError, TimeoutError) as error:
            logger.error("%s: its disconnection was not stored: %s", self.station_id, error)

    async def _is_stored(self, report: Report) -> bool:
        """Whether `report` could be stored, because nobody else holds the station's rows."""
        try:
            await self._submit(report)
        except Locked:
            return False
        return True

    def _submit(self, report: Report) -> asyncio.Future[Answer]:
        at = self._board.context.clock()
        return self._board.lanes.submit(Received(station_id=self.station_id, at=at, report=report))

    async def _on_frame(self, frame: bytes) -> None:
        """The guard: whatever happens in here, every call is answered and the loop goes on."""
        message = read_frame(frame)
        entry = None
        try:
            if type(message) is Call:
                at = self._board.context.clock()
                entry = self._recording.heard(at, 2, message.id, message.action, frame)
                await self._on_call(message, at, entry)
            elif type(message) is Unreadable:
                await self._on_unreadable(message, frame)
            elif isinstance(message, Result | Failure):
                self._on_answer(message, frame)
        except ConnectionClosed:
            raise
        except Exception:
            logger.exception("%s: failed at %r", self.station_id, _shown(frame))
            if type(message) is Call:
                refusal = Refusal("InternalError", "This message could not be processed.")
                await self._refuse(message.id, refusal, entry, time.perf_counter())

    async def _on_call(self, call: Call, at: datetime, entry: JournalEntry | None) -> None:
        started = time.perf_counter()
        board = self._board
        understood = understand(self.dialect, call, at, board.habits.of(self.station_id))
        if type(understood) is not Understood:
            assert isinstance(understood, Refusal)
            logger.warning("%s: %s: %s", self.station_id, call.action, understood.description)
            self._count_refused(call.action, understood)
            await self._refuse(call.id, understood, entry, started)
            return
        try:
            if not self.epoch:
                await self._introduce(understood)
                self._recording.named(entry)
            if understood.findings is not None and self._deviations is not None:
                self._deviations.mended(call.action, understood.findings)
                if self.legacy is not None:
                    self.legacy.heard(understood.findings, understood.reports)
            elif call.action == "BootNotification" and self.legacy is not None:
                self.legacy.heard(None, understood.reports)
            if call.action == "BootNotification" and self.legacy is not None:
                understood.reports = self.legacy.meant(understood.reports)
            answer = Answer()
            for report in understood.reports:
                answer = await board.lanes.submit(
                    Received(station_id=self.station_id, at=at, report=report)
                )
        except CsmsError as error:
            await self._refuse(call.id, refusal_of(error), entry, started)
            return
        frame = result_frame(call.id, understood.receives.answer(answer))
        if len(frame) >= LONGEST_FRAME and self.legacy is not None and self.legacy.is_legacy:
            refusal = Refusal("InternalError", "The answer is longer than this station reads")
            await self._refuse(call.id, refusal, entry, started)
            return
        await self._send(3, frame, entry, started)
        for report in understood.reports:
            if type(report) in REACTIONS:
                received = Received(station_id=self.station_id, at=at, report=report)
                board.react(received, answer)
        if understood.findings is not None:
            self._compare(call.action, understood.reports, answer, at)

    def _compare(
        self, action: str, reports: tuple[Report, ...], answer: Answer, at: datetime
    ) -> None:
        """Hold what a station of the legacy dialect tells against what it was told: its limit, its cost."""
        if self.legacy is None or self._deviations is None:
            return
        self._deviations.mended(action, answers.cost(reports, answer))
        power_w = self.legacy.power_told(reports)
        if power_w is not None:
            self._board.follow_power(self.station_id, at, power_w)

    async def _on_unreadable(self, message: Unreadable, frame: bytes) -> None:
        at = self._board.context.clock()
        kind = message.message_type or 0
        kept = kind if 0 < kind <= LARGEST_TYPE else 0
        entry = self._recording.heard(at, kept, message.id, None, frame)
        logger.warning("%s: %s: %r", self.station_id, message.refusal.description, _shown(frame))
        self._count_refused(None, message.refusal)
        if message.message_type not in self.dialect.silent_types:
            await self._refuse(message.id, message.refusal, entry, time.perf_counter())

    def _on_answer(self, message: Result | Failure, frame: bytes) -> None:
        at = self._board.context.clock()
        kind = 3 if isinstance(message, Result) else 4
        self._recording.told(at, kind, message.id, frame)
        if self._calls is None or not self._calls.settle(message):
            logger.info("%s: an answer to nothing: %r", self.station_id, message.id)

    async def _introduce(self, understood: Understood) -> None:
        """A station without an identity in its path says who it is with its first BootNotification.

        Raises NotRegistered if it does not, or may not come in; NotSignedIn without its password.
        """
        report = understood.reports[0] if understood.reports else None
        serial = report.serial_number if isinstance(report, StationBooted) else None
        identity = identity_in(serial)
        if identity is None:
            raise NotRegistered(
                "Who are you? Connect to /<station id>, or send a BootNotification with the"
                " serial number SN-<station id>-<number> first."
            )
        knock = self._admitted.knock
        try:
            proven = await authenticate(self._board.context, identity, knock)
        except CsmsError as error:
            _, code = refused_with(error)
            self._board.refusals.note(identity, knock.remote_address, code, error.message)
            raise
        await self._join(proven)

    async def _refuse(
        self, message_id: str, refusal: Refusal, call: JournalEntry | None, started: float
    ) -> None:
        code = self.dialect.spell(refusal.code)
        if code is None:
            return
        frame = error_frame(message_id, code, refusal.description)
        await self._send(4, frame, call, started, code)

    async def _send(
        self,
        kind: int,
        frame: bytes,
        call: JournalEntry | None,
        started: float,
        outcome: str | None = None,
    ) -> None:
        """The answer to `call`, which is written down with it."""
        await self.connection.send_text(frame)
        latency_ms = (time.perf_counter() - started) * 1000
        self._recording.answered(call, kind, frame, latency_ms, outcome)

    async def _send_call(self, frame: bytes, message_id: str, action: str) -> None:
        """A call of ours. Raises ConnectionError when the socket is gone, BrokenPipeError if it went while sending."""
        self._recording.asked(self._board.context.clock(), message_id, action, frame)
        was_open = self.connection.state is State.OPEN
        try:
            await self.connection.send(frame, text=True)
        except ConnectionClosed as error:
            gone = BrokenPipeError if was_open else ConnectionError
            raise gone("the connection was lost") from error

    def _count_refused(self, action: str | None, refusal: Refusal) -> None:
        code = self.dialect.spell(refusal.code)
        if self._deviations is not None and code is not None:
            self._deviations.refused(action, refusal, code)


def _shown(frame: bytes) -> str:
    """The beginning of a frame as a log may hold it."""
    return without_secrets(frame[:LONGEST_LOGGED].decode("utf-8", "replace"))
