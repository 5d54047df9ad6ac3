"""The life of a station's connection: connect, boot, beat, send, lose it, try again.

Registration follows OCPP (2.0.1 B01 to B04, 1.6 section 4.2): nothing but BootNotification before it is
accepted, except what the CSMS itself asks for while Pending. A mere loss of the connection is no
reboot: the station comes back without a BootNotification and sends what it kept.
"""

from __future__ import annotations

import asyncio
import base64
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidHandshake, InvalidURI
from websockets.typing import Subprotocol

from .link import CallRefused, ConnectionLost, Link, Reply, Unanswered
from .outbox import Outbox, Outgoing
from .plan import FrameLog, Payload, Tally, Violation
from .retry import BackOff, why

__all__ = ["Connection", "Wiring"]

OPEN_TIMEOUT_S = 15.0
CLOSE_TIMEOUT_S = 3.0
DEFAULT_INTERVAL_S = 300.0
MAX_ATTEMPTS = 5
TAKEN_OVER, YIELD_S = "took over", 180.0
"""Somebody else speaks for this station now, and says so: two who take over from each other help nobody."""

MAX_FRAME_BYTES = 1_048_576


@dataclass(frozen=True, slots=True, kw_only=True)
class Wiring:
    """What a connection needs from its station."""

    url: str
    station_id: str
    version: str
    subprotocol: str
    boot: Callable[[str], tuple[str, Payload]]
    answer: Callable[[str, Payload], Reply]
    on_registered: Callable[[bool], None]
    tell: Callable[[str, str], None]
    strict: bool = True
    call_timeout_s: float = 30.0
    retry_wait_s: float = 5.0
    reboot_s: float = 2.0
    back_off: BackOff = field(default_factory=BackOff)
    lacks: frozenset[str] = frozenset()
    log: FrameLog | None = None


class Connection:
    """Keeps one station connected until `close`."""

    def __init__(self, wiring: Wiring, outbox: Outbox, tally: Tally, rng: Random) -> None:
        self.registered = asyncio.Event()
        self.password: str | None = None
        self.heartbeat_s = DEFAULT_INTERVAL_S
        self.boot_reason: str | None = "PowerUp"
        self._wiring = wiring
        self._outbox = outbox
        self._tally = tally
        self._rng = rng
        self._socket: ClientConnection | None = None
        self._closing = False
        self._away_until = 0.0
        self._beat_changed = asyncio.Event()
        self._boot_now = asyncio.Event()
        self._rested = asyncio.Event()

    @property
    def online(self) -> bool:
        """Connected and accepted."""
        return self.registered.is_set()

    async def run(self) -> None:
        """Connect and reconnect until `close`; every failure is told and retried."""
        attempt = 0
        while not self._closing:
            await self._rest(self._away_until - time.monotonic())
            try:
                socket = await self._open()
            except (OSError, TimeoutError, InvalidHandshake, InvalidURI) as error:
                self._tally.refused_connections += 1
                self._wiring.tell("refused", why(error, self._wiring.url))
            else:
                attempt = 0 if await self._serve(socket) else attempt
                if socket.close_reason and TAKEN_OVER in socket.close_reason:
                    self._away_until = time.monotonic() + YIELD_S
            attempt += 1
            if not self._closing:
                await self._rest(self._wiring.back_off.wait_s(attempt, self._rng))

    async def drop(self, *, away_s: float = 0.0, boot_reason: str | None = None) -> None:
        """Close the socket and stay away; with `boot_reason` the station boots when it is back."""
        self._away_until = time.monotonic() + away_s
        if boot_reason is not None:
            self.boot_reason = boot_reason
        await self._hang_up()

    async def come_back(self, timeout_s: float) -> bool:
        """Cut short whatever keeps the station away; True once it is accepted again."""
        self._away_until = 0.0
        self._rested.set()
        try:
            await asyncio.wait_for(self.registered.wait(), timeout_s)
        except TimeoutError:
            return False
        return True

    async def close(self) -> None:
        """Close for good."""
        self._closing = True
        await self._hang_up()

    def beat_every(self, interval_s: float) -> None:
        """Change the heartbeat interval from now on."""
        self.heartbeat_s = interval_s if interval_s > 0 else DEFAULT_INTERVAL_S
        self._beat_changed.set()
        self._outbox.changed.set()

    def boot_again(self) -> None:
        """The CSMS triggers a BootNotification."""
        if not self.registered.is_set():
            self._boot_now.set()
            return
        action, payload = self._wiring.boot("Triggered")

        def take(answer: Payload) -> None:
            self._take_interval(answer)

        self._outbox.put(Outgoing(action=action, build=lambda: payload, on_answer=take))

    async def _rest(self, wait_s: float) -> None:
        """Wait before the next attempt, unless `come_back` is called meanwhile."""
        try:
            await asyncio.wait_for(self._rested.wait(), max(0.0, wait_s))
        except TimeoutError:
            return
        self._rested.clear()

    async def _hang_up(self) -> None:
        if self._socket is not None:
            try:
                await asyncio.wait_for(self._socket.close(), CLOSE_TIMEOUT_S)
            except TimeoutError:
                self._socket.transport.abort()

    async def _open(self) -> ClientConnection:
        wiring = self._wiring
        headers: dict[str, str] = {}
        if self.password is not None:
            pair = f"{wiring.station_id}:{self.password}".encode()
            headers["Authorization"] = "Basic " + base64.b64encode(pair).decode()
        socket = await connect(
            wiring.url,
            subprotocols=[Subprotocol(wiring.subprotocol)],
            additional_headers=headers,
            compression=None,
            open_timeout=OPEN_TIMEOUT_S,
            close_timeout=CLOSE_TIMEOUT_S,
            ping_interval=30.0,
            ping_timeout=30.0,
            max_size=MAX_FRAME_BYTES,
            proxy=None,
        )
        if socket.subprotocol != wiring.subprotocol:
            await socket.close()
            raise OSError(f"the server chose subprotocol {socket.subprotocol}")
        return socket

    async def _serve(self, socket: ClientConnection) -> bool:
        """Live on one socket until it ends. True when the station was registered on it."""
        wiring = self._wiring
        self._socket = socket
        self._tally.connections += 1
        wiring.tell("connected", wiring.url)
        link = Link(
            socket,
            station_id=wiring.station_id,
            version=wiring.version,
            answer=wiring.answer,
            tally=self._tally,
            strict=wiring.strict,
            on_violation=self._tell_violation,
            lacks=wiring.lacks,
            log=wiring.log,
        )
        reader = asyncio.create_task(link.read())
        speaker = asyncio.create_task(self._speak(link))
        try:
            await asyncio.wait((reader, speaker), return_when=asyncio.FIRST_COMPLETED)
        finally:
            was_registered = self.registered.is_set()
            self.registered.clear()
            speaker.cancel()
            await self._hang_up()
            ended, spoken = await asyncio.gather(reader, speaker, return_exceptions=True)
            self._socket = None
            self._outbox.forget_passing()
        for outcome in (ended, spoken):
            if isinstance(outcome, Exception) and not isinstance(outcome, ConnectionLost):
                raise outcome
        wiring.tell("disconnected", ended if isinstance(ended, str) else "closed")
        return was_registered

    def _tell_violation(self, violation: Violation) -> None:
        self._wiring.tell("violation", f"{violation.action}: {violation.text}")

    async def _speak(self, link: Link) -> None:
        """Boot if need be, then send whatever waits and beat in between."""
        booting = self.boot_reason is not None
        if self.boot_reason is not None:
            await self._boot(link, self.boot_reason)
            self.boot_reason = None
        self.registered.set()
        self._tally.booted.add(self._wiring.station_id)
        self._wiring.on_registered(booting)
        next_beat = time.monotonic() + self.heartbeat_s * self._rng.uniform(0.5, 1.0)
        while True:
            outgoing = self._outbox.first()
            if outgoing is not None:
                await self._deliver(link, outgoing)
            else:
                await self._outbox.wait_for_change(max(0.0, next_beat - time.monotonic()))
            if self._beat_changed.is_set():
                self._beat_changed.clear()
                next_beat = time.monotonic() + self.heartbeat_s
            if time.monotonic() >= next_beat:
                beat = Outgoing(action="Heartbeat", build=dict)
                await self._deliver(link, beat)
                next_beat = time.monotonic() + self.heartbeat_s

    async def _boot(self, link: Link, reason: str) -> None:
        """BootNotification until it is accepted; obeys Pending, Rejected and the interval."""
        while True:
            self._boot_now.clear()
            action, payload = self._wiring.boot(reason)
            status, wait_s = "Rejected", DEFAULT_INTERVAL_S
            try:
                answer = await link.call(action, payload, self._wiring.call_timeout_s)
            except (CallRefused, Unanswered) as error:
                self._wiring.tell("error", str(error))
                wait_s = self._wiring.retry_wait_s
            else:
                status = str(answer.get("status", "Rejected"))
                wait_s = self._take_interval(answer)
                self._wiring.tell("booted", f"{status}, interval {wait_s:g} s")
            if status == "Accepted":
                return
            await self._wait_to_boot(link, wait_s, speaking=status == "Pending")

    async def _wait_to_boot(self, link: Link, wait_s: float, *, speaking: bool) -> None:
        """Wait out the interval; while Pending, send what the CSMS asked for."""
        until = time.monotonic() + wait_s
        while (left_s := until - time.monotonic()) > 0 and not self._boot_now.is_set():
            early = self._outbox.first(early=True) if speaking else None
            if early is not None:
                await self._deliver(link, early)
            else:
                await self._outbox.wait_for_change(min(left_s, 0.5))

    def _take_interval(self, answer: Payload) -> float:
        interval = answer.get("interval")
        if isinstance(interval, int | float) and interval > 0:
            self.heartbeat_s = float(interval)
        else:
            self.heartbeat_s = DEFAULT_INTERVAL_S
        self._beat_changed.set()
        return self.heartbeat_s

    async def _deliver(self, link: Link, outgoing: Outgoing) -> None:
        """Send one message; those that must arrive are tried again in place, in order."""
        while True:
            try:
                answer = await link.call(
                    outgoing.action, outgoing.build(), self._wiring.call_timeout_s
                )
            except (CallRefused, Unanswered) as error:
                self._wiring.tell("error", str(error))
                outgoing.attempts += 1
                if outgoing.keep and outgoing.attempts < MAX_ATTEMPTS:
                    await asyncio.sleep(self._wiring.retry_wait_s * outgoing.attempts)
                    continue
                self._outbox.done(outgoing)
                if outgoing.on_refusal is not None:
                    outgoing.on_refusal()
                return
            self._outbox.done(outgoing)
            if outgoing.on_answer is not None:
                outgoing.on_answer(answer)
            return
