"""What every verb of the living room is given: the cellars, the settings and the time."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from app.bus.port import Bus
from app.config import Settings
from app.store.database import Database


def utc_now() -> datetime:
    """The time of day, aware."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """Made once per process by `app.main`; tests make their own."""

    database: Database
    bus: Bus
    settings: Settings
    clock: Callable[[], datetime] = utc_now
