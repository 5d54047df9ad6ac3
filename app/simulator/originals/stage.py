"""Where a scenario is played: its chargers, and the time that passes for all of them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from .cast import Charger, Part

__all__ = ["Dialect", "Scenario", "Stage", "parts"]

Dialect = Literal["standard", "legacy-a", "legacy-b"]


@dataclass(slots=True, kw_only=True)
class Stage:
    """The chargers of a running scenario. `say`: a line for whoever watches. `failures`: what should not have been."""

    chargers: Sequence[Charger]
    say: Callable[[str], None]
    seed: int = 1
    failures: list[str] = field(default_factory=list)

    @property
    def first(self) -> Charger:
        """The only one, mostly."""
        return self.chargers[0]

    @property
    def second(self) -> float:
        """Where the scenario is."""
        return max(one.line.second for one in self.chargers)

    async def wait(self, seconds: float) -> None:
        """Time passes for all."""
        await self.meet(
            *(one.line.wait(self.second + seconds - one.line.second) for one in self.chargers)
        )

    async def meet(self, *acts: Awaitable[object]) -> None:
        """They act at the same time; who is done earlier waits for the others."""
        outcomes = await asyncio.gather(*acts, return_exceptions=True)
        for outcome in outcomes:
            if isinstance(outcome, BaseException):
                raise outcome
        latest = self.second
        for one in self.chargers:
            one.line.second = latest

    async def all_connect(self) -> None:
        """Together."""
        await self.meet(*(one.connect() for one in self.chargers))

    async def all_leave(self) -> None:
        """Together."""
        await self.meet(*(one.disconnect() for one in self.chargers))


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """`lasts_s`: in its own time. `dialect`: the one that it is written for."""

    name: str
    title: str
    lasts_s: float
    parts: tuple[Part, ...]
    act: Callable[[Stage], Awaitable[None]]
    dialect: Dialect = "standard"


def parts(*station_ids: str, max_kw: float = 100.0) -> tuple[Part, ...]:
    """Chargers of the same power."""
    return tuple(Part(station_id=one, max_kw=max_kw) for one in station_ids)
