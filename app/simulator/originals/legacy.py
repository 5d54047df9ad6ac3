"""A charger of the original programs: their states, their way to count energy, their habits on the wire.

One thing is put right: the tick that falls due with the stop is counted or lost by choice, not by accident, and no
loop lives on into the next transaction.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from uuid import uuid4

from ..plan import FrameLog, Payload
from .cast import STARTS_S, STOPS_S, TICK_S, Answers, Look, Part, Sent, Tell, ticks_in
from .clock import Line
from .habits import Habits, Reading, Wish
from .socket import LegacySocket, open_socket

__all__ = ["LegacyCharger"]

HEARTBEAT_S = 30.0
FOREVER_S = 86_400.0
TAPERS_AT_KWH, TAPER = 20.0, 0.7


class LegacyCharger:
    """See `cast.Charger`."""

    def __init__(
        self,
        habits: Habits,
        part: Part,
        line: Line,
        tell: Tell,
        *,
        url: str,
        password: str | None = None,
        lose_last: bool = False,
        log: FrameLog | None = None,
    ) -> None:
        self.part = part
        self.line = line
        self.look = Look()
        self.sent: list[Sent] = []
        self.answers = Answers()
        base = (part.url or url).rstrip("/")
        self._url = f"{base}/{part.station_id}" if habits.in_path else f"{base}/"
        self._habits = habits
        self._tell = tell
        self._password = password
        self._lose_last = lose_last
        self._log = log
        self._socket: LegacySocket | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self._beating: asyncio.Task[None] | None = None
        self._stopped = asyncio.Event()
        self._started_at = line.now

    async def connect(self) -> None:
        name = self.part.station_id
        self._socket = await open_socket(
            self._url,
            name,
            subprotocol=self._habits.subprotocol,
            password=self._password,
            answers=self.answers,
            log=self._log,
        )
        self._tell(name, "✓ WebSocket connected")
        self.look.state = "Available"
        before, after = self._habits.settles_s
        await self.line.wait(before)
        await self._call("BootNotification", self._habits.boot(name))
        self._tell(name, "BootNotification sent")
        self._spawn(self._socket.read(self._answer))
        self._spawn(self._socket.pong())
        self._beating = self._spawn(self._beat(self.line.second))
        await self.line.wait(after)

    async def start(self, token: str) -> None:
        if self.look.state != "Available":
            return
        self._stopped.clear()
        self._started_at = self.line.now
        self.look.transaction_id = uuid4().hex[:8]
        self.look.energy_kwh = 0.0
        self.look.state, self.look.power_kw = "Preparing", 0.0
        await self._event("Started")
        if not await self.line.wait(STARTS_S, self._stopped):
            return
        self.look.state, self.look.power_kw = "Charging", self.part.max_kw
        if not self._habits.adds_first:
            await self._event("Updated")

    async def charge(self, seconds: float) -> None:
        begun = self.line.second
        lose_last = self._lose_last
        if self._habits.adds_first:  # its loop begins with a tick, and waits after each
            await self._tick()
        for _ in range(ticks_in(seconds, lose_last=lose_last)):
            if self.look.state != "Charging" or not await self.line.wait(TICK_S, self._stopped):
                return
            await self._tick()
        await self.line.wait(begun + seconds - self.line.second, self._stopped)

    async def stop(self) -> None:
        if self.look.state not in ("Preparing", "Charging"):
            return
        self.look.state = "Finishing"
        self._stopped.set()
        await self._event("Updated")
        await self.line.wait(STOPS_S)
        await self._end()

    async def recite(self, transaction_id: str, kwh: Sequence[float], token: str) -> None:
        self._started_at = self.line.now
        self.look.transaction_id = transaction_id
        self.look.energy_kwh = 0.0
        self.look.state = "Preparing"
        await self._event("Started")
        self.look.state, self.look.power_kw = "Charging", self.part.max_kw
        for energy_kwh in kwh:
            await self.line.wait(1.0)
            self.look.energy_kwh = energy_kwh
            await self._event("Updated")
        await self.line.wait(1.0)
        self.look.state = "Finishing"
        await self._end()

    async def disconnect(self) -> None:
        if self._socket is None:
            return
        if self._beating is not None:
            self._beating.cancel()  # first, or it would go on asking while the rest is answered
        await self._socket.close()
        for task in self._tasks:
            task.cancel()
        failures = await asyncio.gather(*self._tasks, return_exceptions=True)
        self._socket = None
        self.look.state, self.look.power_kw = "Offline", 0.0
        for failure in failures:
            if isinstance(failure, Exception) and not isinstance(failure, ConnectionError):
                raise failure

    async def show_status(self) -> None:
        """StatusNotification, which the scenarios of A never send and B's run sends once."""
        await self._call("StatusNotification", self._habits.status(self.line.now, self.look.state))

    async def _tick(self) -> None:
        look, habits = self.look, self._habits
        look.energy_kwh += look.power_kw / 3600.0 * TICK_S * habits.tick_share
        if habits.tapers and look.energy_kwh > TAPERS_AT_KWH:
            look.power_kw = self.part.max_kw * TAPER
        await self._event("Updated")

    async def _end(self) -> None:
        await self._event("Ended")
        look = self.look
        self.sent.append(
            Sent(
                station_id=self.part.station_id,
                transaction_id=look.transaction_id or "unknown",
                started_at=self._started_at,
                energy_wh=look.energy_kwh * 1000.0,
                cost=self._habits.cost(look.energy_kwh),
            )
        )
        look.state, look.power_kw, look.transaction_id = "Available", 0.0, None

    async def _event(self, kind: str) -> None:
        await self._call("TransactionEvent", self._habits.event(kind, self.line.now, self._reading))
        energy = f"Energy: {self.look.energy_kwh:.2f} kWh"
        self._tell(self.part.station_id, f"TransactionEvent - {kind}, {energy}")

    @property
    def _reading(self) -> Reading:
        look = self.look
        return Reading(
            transaction_id=look.transaction_id or "unknown",
            state=look.state,
            energy_kwh=look.energy_kwh,
            power_kw=look.power_kw,
        )

    async def _call(self, action: str, payload: Payload) -> None:
        if self._socket is None:
            raise ConnectionError(f"{self.part.station_id} is not connected")
        await self._socket.call(self._habits.message_id(), action, payload)

    async def _beat(self, second: float) -> None:
        """Every 30 seconds, whatever interval was asked for."""
        while True:
            second += HEARTBEAT_S
            await self.line.clock.until(second)
            await self._call("Heartbeat", self._habits.heartbeat(self.line.clock.moment(second)))

    def _answer(self, action: str, payload: Payload) -> Payload:
        told, wish = self._habits.answer(action, payload, self._reading)
        self._tell(self.part.station_id, f"{action}: {told.get('status', 'answered')}")
        self._fulfil(wish)
        return told

    def _fulfil(self, wish: Wish) -> None:
        if wish.limit_kw is not None:
            self.look.power_kw = max(0.0, min(wish.limit_kw, self.part.max_kw))
        if wish.start and self.look.state == "Available":
            self._catch_up()
            self._spawn(self._charge_until_told())
        if wish.stop and self.look.state in ("Preparing", "Charging"):
            self._catch_up()
            self._spawn(self.stop())

    async def _charge_until_told(self) -> None:
        await self.start("remote")
        await self.charge(FOREVER_S)

    def _catch_up(self) -> None:
        """What the CSMS asks for happens now, wherever the scenario is."""
        self.line.second = max(self.line.second, self.line.clock.second)

    def _spawn(self, work: object) -> asyncio.Task[None]:
        task: asyncio.Task[None] = asyncio.ensure_future(work)  # type: ignore[call-overload]
        self._tasks.add(task)
        return task
