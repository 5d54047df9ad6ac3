"""By what a connection is told to be spoken in the legacy dialect, and what of it is news.

What was seen before is in the station's habits; what is seen here is added to them at once, and stored by the session.
"""

from __future__ import annotations

from asyncio import Future
from collections.abc import Callable, Iterable, Mapping, Set
from dataclasses import replace

from app.domain.conformance import Habits
from app.domain.legacy import (
    KNOWN_MAKE,
    MAKES,
    TRAITS,
    LegacyKind,
    forgets_limits,
    is_legacy,
    kind_of,
)
from app.domain.metering import latest
from app.domain.reports import Answer, Report, StationBooted, TransactionUpdated

HANDSHAKE = frozenset({"no_subprotocol", "no_identity"})
"""What a connection shows, or not, before its first message."""


Told = Future[Answer]


class Recognition:
    """What one connection's station was seen to do. `learned` is told all that is known, whenever that changes.

    Two programs may play the same station one after the other: what is remembered of the one is forgotten when
    another handshake, or another make, shows that it is not the one that speaks.
    """

    __slots__ = ("_habits", "_learned", "_seen")

    def __init__(
        self, habits: Callable[[], Habits], learned: Callable[[frozenset[str]], Told]
    ) -> None:
        self._habits = habits
        self._learned = learned
        self._seen: frozenset[str] = frozenset()

    @property
    def traits(self) -> frozenset[str]:
        """All that is known; nothing of a station that a person is strict with."""
        habits = self._habits()
        return frozenset() if habits.strict else habits.traits | self._seen

    @property
    def is_legacy(self) -> bool:
        """Whether it is spoken to as one that speaks the dialect."""
        return is_legacy(self.traits)

    @property
    def kind(self) -> LegacyKind | None:
        """Which one it is."""
        return kind_of(self.traits)

    def power_told(self, reports: Iterable[Report]) -> float | None:
        """What it takes now in W, if it is one that forgets its limit."""
        for report in reports:
            if type(report) is TransactionUpdated and forgets_limits(self.traits):
                told = latest(report.readings)
                if told is not None and told.power_w:
                    return told.power_w
        return None

    def came(self, oddities: Set[str]) -> None:
        """Look at the handshake."""
        self._meet(HANDSHAKE, oddities)

    def heard(self, findings: Mapping[str, str] | None, reports: Iterable[Report]) -> None:
        """Look at what a message showed: its deviations (sentence -> quirk), and what the station is."""
        for report in reports:
            if isinstance(report, StationBooted):
                make = (report.vendor.strip().lower(), report.model.strip().lower())
                self._meet(_MAKE, _MAKE if make in MAKES else frozenset())
        self.saw((findings or {}).values())

    def meant(self, reports: tuple[Report, ...]) -> tuple[Report, ...]:
        """What a BootNotification means of one that speaks the dialect: of its connectors nothing will be told."""
        if not self.is_legacy:
            return reports
        return tuple(
            replace(report, tells_connectors=False) if isinstance(report, StationBooted) else report
            for report in reports
        )

    def saw(self, traits: Iterable[str]) -> Told | None:
        """Take over what was seen, and tell it if it is new; what is returned is done when that is stored."""
        seen = frozenset(traits) & TRAITS
        if not seen or self._habits().strict:
            return None
        known = self.traits
        self._seen |= seen
        if seen <= known or not is_legacy(known | seen):
            return None
        return self._learned(known | seen)

    def _meet(self, asked: frozenset[str], found: Set[str]) -> None:
        """Of `asked` this connection shows `found` and no more: another program speaks if that is not as known."""
        habits = self._habits()
        if habits.strict:
            return
        if habits.traits and habits.traits & asked != found:
            self._seen |= found
            self._learned(self._seen)
        else:
            self.saw(found)


_MAKE = frozenset({KNOWN_MAKE})
