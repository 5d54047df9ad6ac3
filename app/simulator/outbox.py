"""Messages a station still has to send, in order, also while it has no connection.

Messages about transactions are kept until they are answered (OCPP 2.0.1 E04, E13; OCPP 1.6
section 3.7); everything else is forgotten when the connection goes. The outbox is bounded: when
full, the oldest periodic sample gives way. Sending is the business of `connection`.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from .plan import Payload

__all__ = ["Outbox", "Outgoing"]

MAX_WAITING = 2_000


@dataclass(slots=True, eq=False, kw_only=True)
class Outgoing:
    """One CALL to be sent. `build` runs when its turn comes, because a 1.6 message may need the
    transaction id that the answer before it brings.

    `keep`: survives a lost connection. `sample`: may give way when the outbox is full.
    `early`: may be sent while registration is Pending (an answer to the CSMS's own request).
    """

    action: str
    build: Callable[[], Payload]
    keep: bool = False
    sample: bool = False
    early: bool = False
    on_answer: Callable[[Payload], None] | None = None
    on_refusal: Callable[[], None] | None = None
    attempts: int = 0


class Outbox:
    """A bounded first-in first-out list with a bell."""

    def __init__(self, max_waiting: int = MAX_WAITING) -> None:
        self.waiting: deque[Outgoing] = deque()
        self.changed = asyncio.Event()
        self.emptied = asyncio.Event()
        self.emptied.set()
        self.dropped = 0
        self._max_waiting = max_waiting

    def put(self, outgoing: Outgoing) -> None:
        """Queue a message; when full, drop the oldest sample (never the one being sent)."""
        if len(self.waiting) >= self._max_waiting:
            self._make_room()
        self.waiting.append(outgoing)
        self.emptied.clear()
        self.changed.set()

    def done(self, outgoing: Outgoing) -> None:
        """Answered or given up: take it off the list."""
        if outgoing in self.waiting:
            self.waiting.remove(outgoing)
        if not self.waiting:
            self.emptied.set()

    def first(self, *, early: bool = False) -> Outgoing | None:
        """The next message; with `early` the next that may go before registration."""
        for outgoing in self.waiting:
            if outgoing.early or not early:
                return outgoing
        return None

    def forget_passing(self) -> None:
        """The connection is gone: keep what must arrive, refuse the rest."""
        passing = [one for one in self.waiting if not one.keep]
        self.waiting = deque(one for one in self.waiting if one.keep)
        if not self.waiting:
            self.emptied.set()
        for one in passing:
            if one.on_refusal is not None:
                one.on_refusal()

    async def wait_for_change(self, timeout_s: float) -> bool:
        """True when something was put within `timeout_s` real seconds."""
        try:
            await asyncio.wait_for(self.changed.wait(), timeout_s)
        except TimeoutError:
            return False
        finally:
            self.changed.clear()
        return True

    def _make_room(self) -> None:
        for outgoing in list(self.waiting)[1:]:
            if outgoing.sample:
                self.waiting.remove(outgoing)
                self.dropped += 1
                return
        for outgoing in list(self.waiting)[1:]:
            if not outgoing.keep:
                self.waiting.remove(outgoing)
                self.dropped += 1
                return
