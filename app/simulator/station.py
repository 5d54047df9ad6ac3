"""A virtual charging station: what it has, what happens to it, what it does.

Free of versions: the dialect given by the plan puts everything into words, `connection` carries
it. A driver (a scenario or a test) plugs in, starts, stops and drives away; the CSMS does the
same through the dialect's `answer`. Both end in the methods below, which only change state and
queue messages, so nothing here waits for the network except where it says `async`. How it
lives is `life`'s.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from datetime import datetime
from random import Random

from . import metering, monitors, profiles, reservations, transactions
from .authorization import authorized
from .connection import Wiring
from .dialect import Dialect
from .equipment import Evse, Token, Vehicle, any_vehicle, evses_of
from .life import Life
from .memory import Memory
from .plan import EventListener, FrameLog, StationPlan, Tally
from .retry import BackOff
from .v2 import V21, V201
from .v16 import V16
from .variables import Variable, equip

__all__ = ["DIALECTS", "VirtualStation"]

DIALECTS: dict[str, Dialect] = {one.version: one for one in (V16, V201, V21)}

TICK_S = 1.0


class VirtualStation(Life):
    """One station on one socket.

    `ticking=False` leaves time to the caller: nothing charges until `tick(dt_s)` is called.
    `retry_wait_s`, `reboot_s`, `job_s` (each step of an update or an upload) and `back_off` are real seconds.
    """

    def __init__(
        self,
        plan: StationPlan,
        url: str,
        *,
        seed: int = 1,
        speed: float = 1.0,
        sample_interval_s: float = 10.0,
        strict: bool = True,
        ticking: bool = True,
        ramp_s: float = 5.0,
        call_timeout_s: float = 30.0,
        retry_wait_s: float = 5.0,
        reboot_s: float = 2.0,
        job_s: float = 2.0,
        back_off: BackOff | None = None,
        on_event: EventListener | None = None,
        tally: Tally | None = None,
        log: FrameLog | None = None,
        clock: Callable[[], datetime] | None = None,
    ) -> None:
        self.plan = plan
        self.dialect = DIALECTS[plan.version]
        self.speed = speed
        self.sample_interval_s = sample_interval_s
        self.installed: list[profiles.Installed] = []
        self.variables: list[Variable] = equip(plan, sample_interval_s=sample_interval_s)
        self.evses = evses_of(plan)
        self.memory = Memory()
        self.job_s = job_s
        self.reset_when_idle = False
        self._ramp_w_per_s = plan.max_power_w / ramp_s if ramp_s > 0 else float("inf")
        self._reboot_s = reboot_s
        self._ticking = ticking
        wiring = Wiring(
            url=f"{url.rstrip('/')}/{plan.station_id}",
            station_id=plan.station_id,
            version=plan.version,
            subprotocol=self.dialect.subprotocol,
            boot=lambda reason: self.dialect.boot(self, reason),
            answer=lambda action, payload: self.dialect.answer(self, action, payload),
            on_registered=self._on_registered,
            tell=self.tell,
            strict=strict,
            call_timeout_s=call_timeout_s,
            retry_wait_s=retry_wait_s,
            reboot_s=reboot_s,
            back_off=back_off or BackOff(),
            lacks=plan.lacks,
            log=log,
        )
        super().__init__(
            wiring,
            password=plan.password,
            rng=Random(f"{seed}:{plan.station_id}"),
            tally=tally or Tally(),
            on_event=on_event,
            clock=clock,
        )

    def live(self) -> None:
        """Start connecting in the background and, unless told otherwise, let time pass."""
        super().live()
        if self._ticking:
            self.spawn(self._tick_forever())

    # -- the driver ------------------------------------------------------------------------

    def evse(self, number: int) -> Evse:
        """EVSE by its number (from 1). LookupError when there is none."""
        if not 1 <= number <= len(self.evses):
            raise LookupError(f"{self.plan.station_id} has no EVSE {number}")
        return self.evses[number - 1]

    def plug_in(self, evse: int = 1, vehicle: Vehicle | None = None, plug: int = 1) -> Vehicle:
        """A vehicle is connected; without one given, some vehicle."""
        place = self.evse(evse)
        place.vehicle = vehicle or any_vehicle(self.rng, place.supply)
        place.plug = plug
        place.finished = False
        self.report_status(place)
        return place.vehicle

    async def start(self, evse: int = 1, token: str = "", timeout_s: float = 30.0) -> bool:
        """The driver shows a token: authorize, then begin. False when it is not accepted.

        Without a connection the transaction begins unasked (AllowOfflineTxForUnknownId).
        """
        place = self.evse(evse)
        shown = Token(value=token or self.any_token())
        if self.online and not await authorized(self, shown, timeout_s):
            self.tell("denied", f"{shown.value} is not accepted", evse)
            return False
        if not self.open_to(place, shown.value):
            return False
        transactions.begin(self, place, shown)
        return True

    def open_to(self, place: Evse, token: str) -> bool:
        """May this token begin a transaction here? A reserved EVSE waits for its own."""
        reservation = reservations.of(self, place)
        return place.free and (reservation is None or reservation.allows(token))

    def stop(self, evse: int = 1, reason: str = "Local", trigger: str = "StopAuthorized") -> bool:
        """End the running transaction; False when there is none. The vehicle stays plugged."""
        place = self.evse(evse)
        if place.transaction is None:
            return False
        transactions.end(self, place, reason, trigger)
        return True

    def unplug(self, evse: int = 1) -> None:
        """The vehicle leaves; a transaction still running ends with it."""
        place = self.evse(evse)
        if place.transaction is not None:
            transactions.end(self, place, "EVDisconnected", "EVDeparted")
        place.vehicle = None
        place.finished = False
        self.report_status(place)

    def break_down(self, evse: int = 1, fault: str = "ConnectorLockFailure") -> None:
        """The EVSE fails; `fault` is a 1.6 error code (2.x only shows Faulted)."""
        place = self.evse(evse)
        if place.transaction is not None:
            transactions.end(self, place, "Other", "AbnormalCondition")
        place.fault = fault
        reservations.take_back(self, place, "Removed")
        self.report_status(place)

    def repair(self, evse: int = 1) -> None:
        """The fault is gone."""
        place = self.evse(evse)
        place.fault = None
        self.report_status(place)

    async def go_offline(self, away_s: float) -> None:
        """Lose the network for `away_s` real seconds; everything else goes on."""
        await self.connection.drop(away_s=away_s)

    def any_token(self) -> str:
        """One of the tokens this station's drivers own."""
        return self.rng.choice(self.plan.id_tokens) if self.plan.id_tokens else "CARD-0001"

    # -- charging --------------------------------------------------------------------------

    @property
    def busy(self) -> bool:
        """Is any transaction running?"""
        return any(one.transaction is not None for one in self.evses)

    def tick(self, dt_s: float, *, sampling: bool = True) -> None:
        """Let `dt_s` seconds of charging pass on every EVSE."""
        for place in self.evses:
            if place.transaction is not None:
                metering.charge(
                    self, place, dt_s, ramp_w_per_s=self._ramp_w_per_s, sampling=sampling
                )

    def sample(self, evse: int = 1) -> None:
        """Send a meter sample of the running transaction now."""
        transactions.sample(self, self.evse(evse))

    def read_meters(self, places: list[Evse]) -> None:
        """The CSMS asks for a reading of each of these EVSEs."""
        for place in places:
            self.send(self.dialect.meter(self, place, place.sample(self.now, "Trigger")))

    def keep_profiles(self, kept: list[profiles.Installed]) -> None:
        """From now on these are the charging profiles; they are obeyed at once."""
        self.installed = kept
        self.tick(0.0)

    # -- the station as a whole ------------------------------------------------------------

    async def reboot(self, boot_reason: str, stop_reason: str) -> None:
        """End everything, disconnect, come back with a BootNotification."""
        for place in self.evses:
            transactions.end(self, place, stop_reason, "ResetCommand")
        await self.flush(5.0)
        for place in self.evses:
            place.reported.clear()
        await self.connection.drop(away_s=self._reboot_s, boot_reason=boot_reason)

    def reset_once_idle(self) -> None:
        """Reboot when the last transaction has ended."""
        self.reset_when_idle = True

    def switch(self, places: list[Evse], *, operative: bool) -> None:
        """Change availability; becoming inoperative waits for a running transaction."""
        for place in places:
            place.scheduled_inoperative = not operative and place.transaction is not None
            if not place.scheduled_inoperative:
                place.operative = operative
            self.report_status(place)

    def set_variable(self, variable: Variable, value: str) -> None:
        """Change a setting and let it take effect."""
        before, variable.value = variable.value, value
        if self.memory.monitors:
            monitors.changed(self, variable, before)
        if variable.name == "HeartbeatInterval":
            self.connection.beat_every(float(value))
        elif variable.name == "TxUpdatedInterval" and float(value) > 0:
            self.sample_interval_s = float(value)
        elif variable.name == "BasicAuthPassword":
            self.connection.password = value
            self.spawn(self.connection.drop())

    def report_status(self, place: Evse, *, anyway: bool = False) -> None:
        """Tell the CSMS what each connector of this EVSE shows, where it changed."""
        for connector in range(1, place.connectors + 1):
            word = self.dialect.status_word(place)
            if word == "Available" and reservations.of(self, place) is not None:
                word = "Reserved"
            if place.vehicle is not None and connector != place.plug and word == "Occupied":
                word = "Available"
            if place.reported.get(connector) == word and not anyway:
                continue
            place.reported[connector] = word
            self.tell("status", word, place.id)
            if self.online or anyway:
                self.send([self.dialect.status(self, place, connector, word)])

    def report_all(self, places: list[Evse]) -> None:
        """Report these EVSEs whether or not anything changed."""
        for place in places:
            self.report_status(place, anyway=True)

    def _on_registered(self, booted: bool) -> None:
        """Accepted (again): report every connector."""
        self.send(self.dialect.station_status(self))
        for place in self.evses:
            self.report_status(place, anyway=True)

    async def _tick_forever(self) -> None:
        last = time.monotonic()
        while True:
            await asyncio.sleep(TICK_S / max(1.0, self.speed))
            now = time.monotonic()
            self.tick((now - last) * self.speed)
            last = now
