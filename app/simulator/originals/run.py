"""Scenarios on stage, one after the other: chargers are made, they play, and what was told is collected."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, cast, get_args

from ..fleet import VERSIONS
from ..plan import FrameLog, Version
from .cast import Answers, Charger, Part, Sent
from .clock import Clock, Line
from .legacy import LegacyCharger
from .scenarios import GAP_S
from .stage import Dialect, Scenario, Stage
from .standard import StandardCharger
from .words_a import A
from .words_b import B

__all__ = ["Casting", "Outcome", "Watch", "length_s", "play", "spoken"]

HABITS = {one.name: one for one in (A, B)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Casting:
    """How scenarios are played. `dialect` None: each in the one that it is written for.

    `version`: what `standard` speaks. `lose_last`: the originals' last tick comes too late, as theirs mostly does.
    """

    url: str
    dialect: Dialect | None = None
    version: Version = "2.0.1"
    password: str | None = None
    lose_last: bool = False
    speed: float = 1.0
    seed: int = 1
    log: FrameLog | None = None


def spoken(dialect: str, version: str) -> tuple[Dialect | None, Version]:
    """What a person wrote, checked; an empty dialect is left to the scenarios. LookupError with a sentence."""
    known = ", ".join(get_args(Dialect))
    if dialect and dialect not in get_args(Dialect):
        raise LookupError(f"There is no dialect {dialect!r}; choose one of {known}.")
    if version not in VERSIONS:
        raise LookupError(
            f"There is no OCPP version {version!r}; choose one of {', '.join(VERSIONS)}."
        )
    return cast(Dialect | None, dialect or None), version


class Watch(Protocol):
    """Whoever looks on."""

    def opens(self, scenario: Scenario, chargers: Sequence[Charger], clock: Clock) -> None:
        """A scenario begins."""

    def hears(self, station_id: str, text: str) -> None:
        """Something happens; without a station it is said of all."""

    def closes(
        self, scenario: Scenario, took_s: float, sent: Sequence[Sent], *, completed: bool
    ) -> None:
        """It is over. `took_s`: in its own time; `completed`: without a failure."""


@dataclass(slots=True, kw_only=True)
class Outcome:
    """What the CSMS was told, and what went wrong on the way, a sentence each."""

    sent: list[Sent] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    calls: int = 0
    answered: int = 0


def length_s(scenarios: Sequence[Scenario]) -> float:
    """How long they take in their own time."""
    return sum(one.lasts_s for one in scenarios) + GAP_S * (len(scenarios) - 1)


async def play(
    scenarios: Sequence[Scenario], casting: Casting, begins: datetime, watch: Watch
) -> Outcome:
    """Play them, three seconds apart. A CSMS that cannot be reached ends it."""
    clock = Clock(begins=begins, speed=casting.speed)
    outcome = Outcome()
    second = 0.0
    for number, scenario in enumerate(scenarios):
        if number:
            second += GAP_S
            await clock.until(second)
        chargers = [
            _charger(part, Line(clock=clock, second=second), scenario, casting, watch)
            for part in scenario.parts
        ]
        watch.opens(scenario, chargers, clock)
        stage = Stage(chargers=chargers, say=lambda text: watch.hears("", text), seed=casting.seed)
        before = len(outcome.failures)
        going_on = await _act(scenario, stage)
        _collect(outcome, stage)
        right = len(outcome.failures) == before
        sent = [one for charger in chargers for one in charger.sent]
        watch.closes(scenario, stage.second - second, sent, completed=right)
        second = stage.second
        if not going_on:
            break
    return outcome


async def _act(scenario: Scenario, stage: Stage) -> bool:
    """False when the CSMS was lost."""
    try:
        await scenario.act(stage)
    except ConnectionError as error:
        stage.failures.append(str(error))
        return False
    finally:
        for charger in stage.chargers:
            await charger.disconnect()
    return True


def _collect(outcome: Outcome, stage: Stage) -> None:
    outcome.failures += stage.failures
    for charger in stage.chargers:
        answers: Answers = charger.answers
        outcome.sent += charger.sent
        outcome.failures += answers.errors
        outcome.calls += answers.calls
        outcome.answered += answers.answered


def _charger(part: Part, line: Line, scenario: Scenario, casting: Casting, watch: Watch) -> Charger:
    dialect = casting.dialect or scenario.dialect
    if dialect == "standard":
        return StandardCharger(
            part,
            line,
            watch.hears,
            url=casting.url,
            version=casting.version,
            password=casting.password,
            log=casting.log,
        )
    return LegacyCharger(
        HABITS[dialect],
        part,
        line,
        watch.hears,
        url=casting.url,
        password=casting.password,
        lose_last=casting.lose_last,
        log=casting.log,
    )
