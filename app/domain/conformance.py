"""How well a station keeps to the protocol: what it got wrong, and what was done about it."""

from dataclasses import dataclass

from app.domain.reports import Report

MENDED = "mended"
"""The outcome of a deviation that was put right; else it is the error code that the station was answered with."""

UNKNOWN_ACTION = "(unknown)"
"""Stands for every action that the station's version does not have, so that nobody can invent names without end."""


HANDSHAKE = "(handshake)"
"""Stands for the action of what is odd about how a station came in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deviation:
    """One kind of deviation, seen `count` times. `example`: the newest case, as a sentence without values."""

    action: str
    quirk: str
    outcome: str
    example: str
    count: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviationsFound(Report):
    """What was noticed on a connection since the last time (a word of the door's, not of the station's).

    `traits`: all that it was seen to do that tells the legacy dialect; None: as before.
    """

    deviations: tuple[Deviation, ...] = ()
    traits: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """What a person said of a station. `strict`: nothing is mended. `quirks`: keys of what no payload shows.

    `traits` nobody said: it was seen to do this (`app.domain.legacy`).
    """

    strict: bool = False
    quirks: frozenset[str] = frozenset()
    traits: frozenset[str] = frozenset()


PLAIN = Habits()
