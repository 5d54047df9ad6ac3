"""A charger that plays the same scenarios by the book: a virtual station, so it obeys whatever the CSMS asks.

It shows its token first, tells the state of its connector, numbers its events, and loses no sample.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence

from ..equipment import Evse, Transaction, Vehicle
from ..physics import Battery
from ..plan import FrameLog, StationEvent, StationPlan, Version
from ..station import VirtualStation
from .cast import STARTS_S, STOPS_S, TICK_S, Answers, Look, Part, Sent, Tell, ticks_in
from .clock import Line

__all__ = ["StandardCharger"]

CONNECT_S = 10.0
ANSWER_S = 15.0
BATTERY_WH = 200_000.0
LONGEST_SERIAL = 25
TOLD = frozenset({"denied", "violation", "error", "refused"})


class StandardCharger:
    """See `cast.Charger`."""

    def __init__(
        self,
        part: Part,
        line: Line,
        tell: Tell,
        *,
        url: str,
        version: Version,
        password: str | None = None,
        log: FrameLog | None = None,
    ) -> None:
        self.part = part
        self.line = line
        self.look = Look()
        self.sent: list[Sent] = []
        self.answers = Answers()
        self._tell = tell
        self._url = part.url or url
        self._why = ""
        self._running: Transaction | None = None
        plan = StationPlan(
            station_id=part.station_id,
            version=version,
            max_power_w=part.max_kw * 1000.0,
            model=f"Virtual DC {part.max_kw:g}",
            serial_number=f"SN-{part.station_id}"[:LONGEST_SERIAL],
            password=password,
        )
        self._station = VirtualStation(
            plan,
            self._url,
            seed=secrets.randbits(64),  # its transactions get ids that no run had before
            ticking=False,
            ramp_s=0.0,
            call_timeout_s=ANSWER_S,
            on_event=self._hear,
            log=log,
            clock=lambda: self.line.now,
        )

    async def connect(self) -> None:
        name = self.part.station_id
        try:
            await self._station.connect(CONNECT_S)
        except TimeoutError:
            await self._station.close(0.0)
            raise ConnectionError(
                self._why or f"{name} was not accepted by {self._url} within {CONNECT_S:g} s"
            ) from None
        self.look.state = "Available"
        self._tell(name, "✓ WebSocket connected")
        self._tell(name, "BootNotification accepted")

    async def start(self, token: str) -> None:
        if not await self._begin(token):
            return
        await self.line.wait(STARTS_S)
        self._station.tick(0.0)
        self._sample()

    async def charge(self, seconds: float) -> None:
        begun = self.line.second
        for _ in range(ticks_in(seconds, lose_last=False)):
            if not self._charging:
                break
            await self.line.wait(TICK_S)
            self._station.tick(TICK_S, sampling=False)
            self._sample()
        await self.line.wait(begun + seconds - self.line.second)

    async def stop(self) -> None:
        if self._charging:
            await self.line.wait(STOPS_S)
        await self._end()

    async def recite(self, transaction_id: str, kwh: Sequence[float], token: str) -> None:
        """The id is the station's own: by the book, none comes twice."""
        if not await self._begin(token):
            return
        self._station.tick(0.0)
        for energy_kwh in kwh:
            await self.line.wait(1.0)
            if self._charging and self._running is not None:
                self._place.register_wh = self._running.register_start_wh + energy_kwh * 1000.0
                self._sample()
        await self.line.wait(1.0)
        await self._end()

    async def disconnect(self) -> None:
        station = self._station
        await station.close(ANSWER_S)
        tally, name = station.tally, self.part.station_id
        self.answers.calls, self.answers.answered = tally.sent, tally.answered
        self.answers.errors += [f"{name}: {text}" for text in tally.error_texts]
        self.answers.errors += [f"{name}: {one.text}" for one in tally.violations]
        if unanswered := tally.unanswered + tally.undelivered:
            self.answers.errors.append(
                f"{name}: {unanswered} messages were not answered; does another one connect in its name,"
                " such as `halla demo`?"
            )
        self.look.state, self.look.power_kw = "Offline", 0.0

    @property
    def _place(self) -> Evse:
        return self._station.evse(1)

    @property
    def _charging(self) -> bool:
        """Does the transaction still run? The CSMS may have ended it."""
        return self._running is not None and self._place.transaction is self._running

    async def _begin(self, token: str) -> bool:
        station, place = self._station, self._place
        if place.transaction is None:
            station.plug_in(1, _vehicle(self.part.max_kw))
            if not await station.start(1, token):
                station.unplug(1)
                self.answers.errors.append(
                    f"{self.part.station_id}: the CSMS does not accept the id token {token}"
                )
                return False
        self._running = place.transaction
        self._show("Preparing")
        self._say("Started")
        return True

    async def _end(self) -> None:
        transaction, place = self._running, self._place
        if transaction is None:
            return
        self._station.stop(1)
        energy_wh = place.register_wh - transaction.register_start_wh
        self._show("Finishing")
        self._say("Ended")
        self._station.unplug(1)
        await self._station.flush(ANSWER_S)
        named = transaction.id if transaction.number is None else str(transaction.number)
        sent = Sent(
            station_id=self.part.station_id,
            transaction_id=named,
            started_at=transaction.started_at,
            energy_wh=energy_wh,
            cost=None,
        )
        self.sent.append(sent)
        self._running = None
        self.look.state, self.look.power_kw, self.look.transaction_id = "Available", 0.0, None

    def _sample(self) -> None:
        if self._charging:
            self._station.sample(1)
            self._show("Charging")
            self._say("Updated")

    def _show(self, state: str) -> None:
        """Bring what can be seen up to date."""
        running = self._running
        self.look.state = state
        self.look.power_kw = self._place.power_w / 1000.0
        if running is not None:
            self.look.transaction_id = running.id
            energy_wh = self._place.register_wh - running.register_start_wh
            self.look.energy_kwh = energy_wh / 1000.0

    def _say(self, kind: str) -> None:
        energy = f"Energy: {self.look.energy_kwh:.2f} kWh"
        self._tell(self.part.station_id, f"TransactionEvent - {kind}, {energy}")

    def _hear(self, event: StationEvent) -> None:
        if event.kind == "booted" and not event.text.startswith("Accepted"):
            self._why = (
                f"{event.station_id}: its BootNotification was answered with {event.text};"
                " a CSMS may have to be told first that it exists"
            )
        if event.kind in TOLD:
            self._why = event.text
            self._tell(event.station_id, f"{event.kind}: {event.text}")


def _vehicle(max_kw: float) -> Vehicle:
    """Takes all that it is given, for longer than any scenario lasts."""
    battery = Battery(
        capacity_wh=BATTERY_WH,
        max_power_w=max_kw * 1000.0,
        taper_from=1.0,
        target_soc=1.0,
        efficiency=1.0,
    )
    return Vehicle(battery=battery, soc=0.2, name="measured")
