"""Time in a story: it can run faster than real time, and what happens has the times that it would have had."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta

__all__ = ["Clock", "Line"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """`begins`: the moment that second 0 of the story stands for; `speed`: its seconds in a real one."""

    begins: datetime
    speed: float = 1.0
    _real: float = field(default_factory=time.monotonic)

    def moment(self, second: float) -> datetime:
        """The story's second as a moment."""
        return self.begins + timedelta(seconds=second)

    @property
    def second(self) -> float:
        """Where the story is by now."""
        return (time.monotonic() - self._real) * self.speed

    async def until(self, second: float, unless: asyncio.Event | None = None) -> bool:
        """Wait for that second of the story; False if `unless` was set before."""
        left_s = max(0.0, second / self.speed - (time.monotonic() - self._real))
        if unless is None:
            await asyncio.sleep(left_s)
            return True
        try:
            await asyncio.wait_for(unless.wait(), left_s or 0.001)
        except TimeoutError:
            return True
        return False


@dataclass(slots=True, kw_only=True)
class Line:
    """One charger's way through the story: its own second, that nothing but the story moves on.

    A slow network does not change what the story says, so the same scenario always has the same times and energies.
    """

    clock: Clock
    second: float = 0.0

    @property
    def now(self) -> datetime:
        """The moment that is written on what happens now."""
        return self.clock.moment(self.second)

    async def wait(self, seconds: float, unless: asyncio.Event | None = None) -> bool:
        """Let time pass; False if `unless` was set before, and the second is the one in which it was."""
        until = self.second + seconds
        if await self.clock.until(until, unless):
            self.second = until
            return True
        self.second = min(until, max(self.second, self.clock.second))
        return False
