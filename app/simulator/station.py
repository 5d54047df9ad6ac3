"""A virtual charging station: what it has, what happens to it, what it does.

Free of versions: the dialect given by the plan puts everything into words, `connection` carries
it. A driver (a scenario or a test) plugs in, starts, stops and drives away; the CSMS does the
same through the dialect's `answer`. Both end in the methods below, which only change state and
queue messages, so nothing here waits for the network except where it says `async`.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine
from datetime import UTC, datetime
from random import Random
from typing import Any, Self
from uuid import UUID

from . import metering, profiles
from .connection import BackOff, Connection, Wiring
from .dialect import Dialect
from .equipment import Evse, Token, Transaction, Vehicle, any_vehicle
from .outbox import Outbox, Outgoing
from .physics import Supply
from .plan import EventListener, Payload, StationEvent, StationPlan, Tally
from .v2 import V21, V201
from .v16 import V16
from .variables import Variable, equip

__all__ = ["DIALECTS", "VirtualStation"]

DIALECTS: dict[str, Dialect] = {one.version: one for one in (V16, V201, V21)}

TICK_S = 1.0


class VirtualStation:
    """One station on one socket.

    `ticking=False` leaves time to the caller: nothing charges until `tick(dt_s)` is called.
    `retry_wait_s`, `reboot_s` and `back_off` are real seconds.
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
        back_off: BackOff | None = None,
        on_event: EventListener | None = None,
        tally: Tally | None = None,
    ) -> None:
        self.plan = plan
        self.dialect = DIALECTS[plan.version]
        self.rng = Random(f"{seed}:{plan.station_id}")
        self.speed = speed
        self.sample_interval_s = sample_interval_s
        self.tally = tally or Tally()
        self.installed: list[profiles.Installed] = []
        self.variables: list[Variable] = equip(plan, sample_interval_s=sample_interval_s)
        self.evses = _evses(plan)
        self.reset_when_idle = False
        self._ramp_w_per_s = plan.max_power_w / ramp_s if ramp_s > 0 else float("inf")
        self._reboot_s = reboot_s
        self._ticking = ticking
        self._on_event = on_event
        self._tasks: set[asyncio.Task[None]] = set()
        self._failure: BaseException | None = None
        self.outbox = Outbox()
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
        )
        self.connection = Connection(wiring, self.outbox, self.tally, self.rng)
        self.connection.password = plan.password

    # -- life ------------------------------------------------------------------------------

    async def connect(self, timeout_s: float = 30.0) -> None:
        """Start living; returns once the CSMS has accepted the station. TimeoutError if not."""
        self.live()
        await asyncio.wait_for(self.connection.registered.wait(), timeout_s)

    def live(self) -> None:
        """Start connecting in the background and, unless told otherwise, let time pass."""
        self.spawn(self.connection.run())
        if self._ticking:
            self.spawn(self._tick_forever())

    async def close(self, flush_s: float = 5.0) -> None:
        """Send what waits for up to `flush_s` seconds, then go. Raises what broke the station."""
        if self.online:
            await self.flush(flush_s)
        self.tally.undelivered += sum(1 for one in self.outbox.waiting if one.keep)
        await self.connection.close()
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._failure is not None:
            raise self._failure

    async def flush(self, timeout_s: float = 10.0) -> bool:
        """Wait until everything queued so far was answered; False after `timeout_s`."""
        try:
            await asyncio.wait_for(self.outbox.emptied.wait(), timeout_s)
        except TimeoutError:
            return False
        return True

    async def __aenter__(self) -> Self:
        await self.connect()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    @property
    def online(self) -> bool:
        """Connected and accepted."""
        return self.connection.online

    @property
    def now(self) -> datetime:
        """The station's clock."""
        return datetime.now(UTC)

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Run something beside; it is held, and its failure is raised by `close`."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._settled)

    def tell(self, kind: str, text: str, evse: int = 0) -> None:
        """Let whoever watches know."""
        if self._on_event is not None:
            self._on_event(
                StationEvent(
                    station_id=self.plan.station_id, at=self.now, kind=kind, text=text, evse=evse
                )
            )

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
        if self.online and not await self._authorized(shown, timeout_s):
            return False
        if not place.free:
            return False
        self.begin(place, shown)
        return True

    def stop(self, evse: int = 1, reason: str = "Local", trigger: str = "StopAuthorized") -> bool:
        """End the running transaction; False when there is none. The vehicle stays plugged."""
        place = self.evse(evse)
        if place.transaction is None:
            return False
        self.end(place, reason, trigger)
        return True

    def unplug(self, evse: int = 1) -> None:
        """The vehicle leaves; a transaction still running ends with it."""
        place = self.evse(evse)
        if place.transaction is not None:
            self.end(place, "EVDisconnected", "EVDeparted")
        place.vehicle = None
        place.finished = False
        self.report_status(place)

    def break_down(self, evse: int = 1, fault: str = "ConnectorLockFailure") -> None:
        """The EVSE fails; `fault` is a 1.6 error code (2.x only shows Faulted)."""
        place = self.evse(evse)
        if place.transaction is not None:
            self.end(place, "Other", "AbnormalCondition")
        place.fault = fault
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

    # -- transactions ----------------------------------------------------------------------

    def begin(
        self,
        place: Evse,
        token: Token,
        *,
        trigger: str = "Authorized",
        remote_start_id: int | None = None,
    ) -> Transaction:
        """Start a transaction on a free EVSE (the caller checks `place.free`)."""
        transaction = Transaction(
            id=str(UUID(int=self.rng.getrandbits(128), version=4)),
            token=token,
            started_at=self.now,
            register_start_wh=place.register_wh,
            remote_start_id=remote_start_id,
        )
        place.transaction = transaction
        place.finished = False
        sample = place.sample(transaction.started_at, "Transaction.Begin")
        transaction.first_sample = sample
        self.report_status(place)
        self.send(self.dialect.started(self, place, transaction, trigger, sample))
        self.tally.transactions_started += 1
        self.tell("started", f"{token.value}, {trigger}", place.id)
        return transaction

    def end(self, place: Evse, reason: str, trigger: str) -> None:
        """End the running transaction of this EVSE, if any."""
        transaction = place.transaction
        if transaction is None:
            return
        place.power_w = 0.0
        transaction.charging_state = "EVConnected"
        sample = place.sample(self.now, "Transaction.End")
        self.send(self.dialect.ended(self, place, transaction, trigger, sample, reason))
        place.transaction = None
        place.finished = True
        self.installed = [
            one
            for one in self.installed
            if one.profile.purpose != profiles.TX or one.evse != place.id
        ]
        energy_wh = place.register_wh - transaction.register_start_wh
        self.tally.transactions_ended += 1
        self.tally.energy_wh += energy_wh
        self.tell("ended", f"{energy_wh / 1000.0:.3f} kWh, {reason}", place.id)
        if place.scheduled_inoperative:
            place.scheduled_inoperative = False
            place.operative = False
        self.report_status(place)
        if self.reset_when_idle and not self.busy:
            self.reset_when_idle = False
            self.spawn(self.reboot("ScheduledReset", "Reboot"))

    def take_profile(self, evse: int, profile: profiles.Profile) -> None:
        """Install a charging profile and obey it at once."""
        self.installed = profiles.install(
            self.installed, profiles.Installed(evse=evse, profile=profile)
        )
        self.tick(0.0)

    def keep_profiles(self, left: list[profiles.Installed]) -> None:
        """Keep only these charging profiles."""
        self.installed = left
        self.tick(0.0)

    def composite(self, evse: int, duration_s: int, unit: str) -> list[tuple[int, float]]:
        """(seconds from now, limit in W or A); EVSE 0 is the station's grid connection."""
        return metering.composite(self, evse, duration_s, unit)

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

    def sample(
        self, evse: int, trigger: str = "MeterValuePeriodic", context: str = "Sample.Periodic"
    ) -> None:
        """Send a meter sample of the running transaction now."""
        place = self.evse(evse)
        transaction = place.transaction
        if transaction is None:
            return
        reading = place.sample(self.now, context)
        self.send(self.dialect.updated(self, place, transaction, trigger, reading))
        self.tell("sample", f"{reading.power_w / 1000.0:.1f} kW", place.id)

    def read_meters(self, places: list[Evse]) -> None:
        """The CSMS asks for a reading of each of these EVSEs."""
        for place in places:
            self.send(self.dialect.meter(self, place, place.sample(self.now, "Trigger")))

    def tell_transactions(self, places: list[Evse]) -> None:
        """The CSMS asks how the transactions of these EVSEs are going."""
        for place in places:
            self.sample(place.id, "Trigger", "Trigger")

    # -- the station as a whole ------------------------------------------------------------

    async def reboot(self, boot_reason: str, stop_reason: str) -> None:
        """End everything, disconnect, come back with a BootNotification."""
        for place in self.evses:
            self.end(place, stop_reason, "ResetCommand")
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
        variable.value = value
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

    def send(self, messages: list[Outgoing]) -> None:
        """Queue messages in order."""
        for outgoing in messages:
            self.outbox.put(outgoing)

    def _on_registered(self, booted: bool) -> None:
        """Accepted (again): report every connector."""
        self.send(self.dialect.station_status(self))
        for place in self.evses:
            self.report_status(place, anyway=True)

    async def _authorized(self, token: Token, timeout_s: float) -> bool:
        verdict: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

        def settle(accepted: bool) -> None:
            if not verdict.done():
                verdict.set_result(accepted)

        def take(answer: Payload) -> None:
            settle(self.dialect.accepted(answer))

        action, payload = self.dialect.authorize(self, token)
        self.outbox.put(
            Outgoing(
                action=action,
                build=lambda: payload,
                on_answer=take,
                on_refusal=lambda: settle(False),
            )
        )
        try:
            return await asyncio.wait_for(verdict, timeout_s)
        except TimeoutError:
            return False

    async def _tick_forever(self) -> None:
        last = time.monotonic()
        while True:
            await asyncio.sleep(TICK_S / max(1.0, self.speed))
            now = time.monotonic()
            self.tick((now - last) * self.speed)
            last = now

    def _settled(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._failure = self._failure or error
            self.tell("error", f"the station broke: {error}")


def _evses(plan: StationPlan) -> list[Evse]:
    """In 1.6 there are no EVSEs: every connector counts as one."""
    flat = plan.version == "1.6"
    count = plan.evses * plan.connectors if flat else plan.evses
    supply = Supply.rated(plan.max_power_w)
    return [
        Evse(id=number + 1, supply=supply, connectors=1 if flat else plan.connectors)
        for number in range(count)
    ]
