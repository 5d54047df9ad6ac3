"""What the world is told after a commit. News, not state: who hears it asks the windows for the state."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What all changes are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StationsChanged(Change):
    """Something that a marker or a row shows of these stations is different now.

    `status`: the stations whose display status (or transaction) changed; the others only measured something new.
    """

    stations: tuple[str, ...]
    status: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandChanged(Change):
    """A command of this station was asked for, or ended."""

    station_id: str
    command_id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LocationsChanged(Change):
    """Sites or stations were added, moved or taken away: ask for the whole snapshot again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StationsRetired(Change):
    """These stations were taken away for good: their connections are to be closed."""

    stations: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertsChanged(Change):
    """Somebody acknowledged an alert, or took that back: bells are to be counted again."""


CHANGES: tuple[type[Change], ...] = (
    StationsChanged,
    CommandChanged,
    LocationsChanged,
    StationsRetired,
    AlertsChanged,
)
