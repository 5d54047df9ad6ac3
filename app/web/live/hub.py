"""From the bus to the ring: news are gathered for a tenth of a second, looked up once and encoded once for everybody.

The bus says only which stations changed; the windows say how they are now. So a burst of reports of one station is
one marker, and what a browser hears is what a reload would show.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from app.csms.context import Context
from app.domain.changes import (
    AlertsChanged,
    Change,
    CommandChanged,
    LocationsChanged,
    StationsChanged,
)
from app.queries.map import markers
from app.web.live.render import command_json, markers_json, resync_json, tick_json
from app.web.live.ring import Ring

log = logging.getLogger(__name__)

TICK_S = 0.1
SERVER_TIME_S = 5.0
RETRY_S = 2.0
MAX_STATIONS = 5_000
"""More at once are not sent one by one: browsers ask for the snapshot."""
MAX_COMMANDS = 500


@dataclass(slots=True)
class _Gathered:
    """What came in since the last flush."""

    stations: set[str] = field(default_factory=set)
    status: set[str] = field(default_factory=set)
    commands: dict[int, CommandChanged] = field(default_factory=dict)
    resync: str | None = None
    alerts: bool = False

    def add(self, change: Change | None) -> None:
        if change is None:
            self.resync = "missed"
        elif isinstance(change, StationsChanged):
            self.stations.update(change.stations, change.status)
            self.status.update(change.status)
        elif isinstance(change, CommandChanged):
            self.commands[change.command_id] = change
        elif isinstance(change, AlertsChanged):
            self.alerts = True
        elif isinstance(change, LocationsChanged):
            self.resync = "changed"
        if len(self.stations) > MAX_STATIONS or len(self.commands) > MAX_COMMANDS:
            self.resync = "missed"
        if self.resync:
            self.stations.clear()
            self.status.clear()
            self.commands.clear()

    def take_back(self, failed: "_Gathered") -> None:
        """Keep what could not be looked up for the next try."""
        self.stations |= failed.stations
        self.status |= failed.status
        self.commands = {**failed.commands, **self.commands}
        self.resync = self.resync or failed.resync
        self.alerts = self.alerts or failed.alerts


class Hub:
    """One per web process. `run` is its whole life."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.ring = Ring()
        self.readers = 0
        self._gathered = _Gathered()
        self._dirty = asyncio.Event()

    @asynccontextmanager
    async def run(self) -> AsyncIterator["Hub"]:
        """Listen and flush until the block ends; then every reader's stream ends too."""
        tasks = [
            asyncio.create_task(self._listen(), name="live-listen"),
            asyncio.create_task(self._flush_often(), name="live-flush"),
            asyncio.create_task(self._tell_time(), name="live-time"),
        ]
        try:
            yield self
        finally:
            self.ring.close()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def close(self) -> None:
        """End all streams now, before the server waits for its open answers."""
        self.ring.close()

    def note(self, change: Change | None) -> None:
        """Gather one piece of news; None: the bus lost some."""
        self._gathered.add(change)
        self._dirty.set()

    async def flush(self) -> None:
        """Look up what was gathered and append it to the ring as one chunk."""
        taken, self._gathered = self._gathered, _Gathered()
        self._dirty.clear()
        try:
            events = await self._events(taken)
        except Exception:
            self._gathered.take_back(taken)
            self._dirty.set()
            raise
        if events:
            self.ring.append(events)

    async def _events(self, taken: _Gathered) -> tuple[tuple[str, bytes], ...]:
        events: list[tuple[str, bytes]] = []
        if taken.resync:
            events.append(("resync", resync_json(taken.resync)))
        if taken.alerts:
            events.append(("alert", b"{}"))
        if taken.stations:
            found = await markers(self.context.database, sorted(taken.stations))
            status = [each for each in found if each.station_id in taken.status]
            meter = [each for each in found if each.station_id not in taken.status]
            if status:
                events.append(("status", markers_json(status)))
            if meter:
                events.append(("meter", markers_json(meter)))
        events += [("command", command_json(change)) for change in taken.commands.values()]
        return tuple(events)

    async def _listen(self) -> None:
        async with self.context.bus.listen() as changes:
            async for change in changes:
                self.note(change)

    async def _flush_often(self) -> None:
        while True:
            await self._dirty.wait()
            await asyncio.sleep(TICK_S)
            try:
                await self.flush()
            except Exception:
                # The one guard of the hub: no failed look-up may silence the map for good.
                log.exception("The live stream could not look up changed stations; trying again.")
                await asyncio.sleep(RETRY_S)

    async def _tell_time(self) -> None:
        while True:
            self.ring.append((("tick", tick_json(self.context.clock())),))
            await asyncio.sleep(SERVER_TIME_S)
