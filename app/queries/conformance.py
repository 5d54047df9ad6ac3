"""How well stations keep to the protocol: what they got wrong, how often, and what was done about it."""

from dataclasses import dataclass
from datetime import datetime

from app.domain.legacy import LegacyKind, kind_of
from app.queries.rows import fetch
from app.store.database import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingRow:
    """One kind of deviation of one station. `outcome`: mended, or the error code that it was answered with."""

    station_id: str
    action: str
    quirk: str
    outcome: str
    example: str
    count: int
    first_seen_at: datetime
    last_seen_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class HabitRow:
    """What a person said of a station, what it was seen to do (`traits`), and how much it got wrong."""

    station_id: str
    strict: bool
    quirks: list[str]
    traits: list[str]
    mended: int
    refused: int
    last_seen_at: datetime | None

    @property
    def dialect(self) -> LegacyKind | None:
        """Which home-made dialect it speaks; None: OCPP as it is written."""
        return None if self.strict else kind_of(set(self.traits))


async def findings(database: Database, station_id: str) -> list[FindingRow]:
    """All deviations of one station, the newest first."""
    return await fetch(database, FindingRow, _FINDINGS, {"station_id": station_id})


async def habits(
    database: Database, station_id: str | None = None, *, limit: int = 100, after: str | None = None
) -> list[HabitRow]:
    """How stations keep to the protocol: one station, or all that deviate or are set apart, by id."""
    values = {"station_id": station_id, "limit": limit, "after": after}
    return await fetch(database, HabitRow, _HABITS, values)


_FINDINGS = """
SELECT station_id, action, quirk, outcome, example, count, first_seen_at, last_seen_at
FROM conformance_finding WHERE station_id = %(station_id)s ORDER BY last_seen_at DESC, action, quirk
"""

_HABITS = """
SELECT s.id AS station_id, s.strict, s.quirks, s.traits, coalesce(f.mended, 0)::bigint AS mended,
       coalesce(f.refused, 0)::bigint AS refused, f.last_seen_at
FROM (SELECT * FROM station WHERE retired_at IS NULL) s
LEFT JOIN (
    SELECT station_id, sum(count) FILTER (WHERE outcome = 'mended') AS mended,
           sum(count) FILTER (WHERE outcome <> 'mended') AS refused, max(last_seen_at) AS last_seen_at
    FROM conformance_finding GROUP BY station_id
) f ON f.station_id = s.id
WHERE CASE WHEN %(station_id)s::text IS NULL
           THEN (s.strict OR s.quirks <> '{}' OR s.traits <> '{}' OR f.station_id IS NOT NULL)
                AND (%(after)s::text IS NULL OR s.id > %(after)s)
           ELSE s.id = %(station_id)s END
ORDER BY s.id LIMIT %(limit)s
"""
