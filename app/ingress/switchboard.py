"""What all sessions of one server share, and which of them is each station's newest connection."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from app.csms.context import Context
from app.csms.lanes import Lanes
from app.csms.reactions import react, react_to_power
from app.domain.reports import Answer, Received
from app.ingress.habits import HabitTable
from app.ingress.journal import Recorder
from app.ingress.refusals import Refusals

if TYPE_CHECKING:
    from app.ingress.session import Session

_NORMAL = 1000
_TAKEN_OVER = "a newer connection of this station took over"


@dataclass(slots=True)
class Switchboard:
    """One per server."""

    context: Context
    lanes: Lanes
    journal: Recorder | None
    refusals: Refusals
    habits: HabitTable
    sessions: dict[str, Session] = field(default_factory=dict)
    closing: set[asyncio.Task[None]] = field(default_factory=set)
    reacting: set[asyncio.Task[None]] = field(default_factory=set)
    followed: set[str] = field(default_factory=set)
    last_epoch: int = 0

    def react(self, received: Received, answer: Answer) -> None:
        """Do what follows of a report, in its own time: the station has its answer already."""
        self._in_its_own_time(react(self.context, received, answer))

    def follow_power(self, station_id: str, at: datetime, power_w: float) -> None:
        """A station that forgets its limit takes so much now: it is reminded if that is too much.

        One at a time for each station: while that lasts, what it says next is left out, and the one after looks again.
        """
        if station_id in self.followed:
            return
        self.followed.add(station_id)
        task = self._in_its_own_time(react_to_power(self.context, station_id, at, power_w))
        task.add_done_callback(lambda _: self.followed.discard(station_id))

    def _in_its_own_time(self, what: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(what)
        self.reacting.add(task)
        task.add_done_callback(self.reacting.discard)
        return task

    def next_epoch(self) -> int:
        """Strictly increasing, across restarts too, even if the clock was set back: newer ones fence older ones."""
        self.last_epoch = max(self.last_epoch + 1, time.time_ns())
        return self.last_epoch

    def join(self, station_id: str, session: Session) -> None:
        """`session` is the station's newest; the one before is closed, in its own time."""
        old = self.sessions.get(station_id)
        self.sessions[station_id] = session
        if old is not None and old is not session:
            self._close(old)

    def give_way(self, station_id: str, session: Session) -> None:
        """The station has a newer connection at another process: this one is closed, in its own time."""
        self.leave(station_id, session)
        self._close(session)

    def _close(self, session: Session) -> None:
        session.connection.replaced = True
        task = asyncio.create_task(session.connection.close(_NORMAL, _TAKEN_OVER))
        self.closing.add(task)
        task.add_done_callback(self.closing.discard)

    def leave(self, station_id: str, session: Session) -> None:
        """`session` is over; of no effect when a newer one took over."""
        if self.sessions.get(station_id) is session:
            del self.sessions[station_id]
