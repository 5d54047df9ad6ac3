"""By what a connection is told to be spoken in the legacy dialect, and what of it is news.

What was seen before is in the station's habits; what is seen here is added to them at once, and stored by the session.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from app.domain.conformance import Habits
from app.domain.legacy import (
    KNOWN_MAKE,
    MAKES,
    TRAITS,
    LegacyKind,
    PowerTold,
    forgets_limits,
    is_legacy,
    kind_of,
)
from app.domain.metering import latest
from app.domain.reports import Report, StationBooted, TransactionUpdated


class Recognition:
    """What one connection's station was seen to do. `learned` is told what is new, for all that comes after."""

    __slots__ = ("_habits", "_learned", "_seen")

    def __init__(
        self, habits: Callable[[], Habits], learned: Callable[[frozenset[str]], None]
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

    def power_told(self, reports: Iterable[Report]) -> PowerTold | None:
        """What it takes now, if it is one that forgets its limit."""
        for report in reports:
            if type(report) is TransactionUpdated and forgets_limits(self.traits):
                told = latest(report.readings)
                if told is not None and told.power_w:
                    return PowerTold(power_w=told.power_w)
        return None

    def heard(self, findings: Mapping[str, str] | None, reports: Iterable[Report]) -> None:
        """Look at what a message showed: its deviations (sentence -> quirk), and what the station is."""
        seen = set((findings or {}).values())
        for report in reports:
            if isinstance(report, StationBooted):
                make = (report.vendor.strip().lower(), report.model.strip().lower())
                if make in MAKES:
                    seen.add(KNOWN_MAKE)
        self.saw(seen)

    def saw(self, traits: Iterable[str]) -> None:
        """Take over what was seen, and tell what is new."""
        seen = frozenset(traits) & TRAITS
        if not seen or self._habits().strict:
            return
        known = self.traits
        if not seen - known:
            return
        self._seen |= seen
        if is_legacy(known | seen):
            self._learned((known | seen) - self._habits().traits)
