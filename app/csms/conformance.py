"""What stations get wrong, counted; and what a person says of one: strict, or with quirks that no payload shows.

What a station was seen to do that tells the legacy dialect is remembered with it."""

from collections.abc import Collection, Mapping

from psycopg.rows import tuple_row

from app.csms.batch import Batch
from app.csms.context import Context
from app.csms.work import batch_work
from app.domain.conformance import DeviationsFound, Habits
from app.domain.errors import Invalid, StationNotFound
from app.domain.quirks import QUIRKS
from app.domain.reports import Answer, Received
from app.store.conformance import save_deviations, save_traits

CHOSEN_QUIRKS = frozenset(quirk.key for quirk in QUIRKS.values() if quirk.chosen)
"""Quirks that cannot be seen in a payload, so that a person has to say which station has them."""

_SET = """
UPDATE station SET strict = coalesce(%(strict)s::boolean, strict), quirks = coalesce(%(quirks)s::text[], quirks),
                   updated_at = now()
WHERE id = %(id)s RETURNING strict, quirks, traits
"""
_HABITS = """
SELECT id, strict, quirks, traits FROM station WHERE strict OR quirks <> '{}' OR traits <> '{}'
"""
_FORGET = "DELETE FROM conformance_finding WHERE station_id = %s"
_FORGET_TRAITS = "UPDATE station SET traits = '{}' WHERE id = %s"


def on_deviations(batch: Batch, received: Received) -> Answer:
    """Count them."""
    report = received.report
    assert isinstance(report, DeviationsFound)
    batch.station(received.station_id)
    for deviation in report.deviations:
        batch.add(save_deviations, (received.station_id, deviation, received.at))
    for trait in report.traits:
        batch.add(save_traits, (received.station_id, trait))
    return Answer()


async def set_habits(
    context: Context,
    station_id: str,
    *,
    strict: bool | None = None,
    quirks: Collection[str] | None = None,
) -> Habits:
    """Say how a station's mistakes are met; None leaves a thing as it is. Counts within seconds, connected or not.

    Raises StationNotFound, and Invalid for a quirk that nobody can choose.
    """
    unknown = sorted(set(quirks or ()) - CHOSEN_QUIRKS)
    if unknown:
        raise Invalid(
            f"{unknown[0]!r} cannot be chosen; there are {', '.join(sorted(CHOSEN_QUIRKS))}."
        )
    async with batch_work(context) as unit:
        wanted = None if quirks is None else sorted(set(quirks))
        cursor = await unit.connection.cursor(row_factory=tuple_row).execute(
            _SET, {"id": station_id, "strict": strict, "quirks": wanted}
        )
        row = await cursor.fetchone()
    if row is None:
        raise StationNotFound(f"There is no charging station {station_id}.")
    return Habits(strict=row[0], quirks=frozenset(row[1]), traits=frozenset(row[2]))


async def forget_findings(context: Context, station_id: str) -> None:
    """Begin to count anew, after a firmware update for instance; how it was spoken to is forgotten as well."""
    async with batch_work(context) as unit:
        await unit.connection.execute(_FORGET, (station_id,))
        await unit.connection.execute(_FORGET_TRAITS, (station_id,))


async def habits(context: Context) -> Mapping[str, Habits]:
    """The stations of which something was said. Raises Unavailable."""
    async with context.database.read() as connection:
        cursor = await connection.cursor(row_factory=tuple_row).execute(_HABITS)
        rows = await cursor.fetchall()
    return {
        row[0]: Habits(strict=row[1], quirks=frozenset(row[2]), traits=frozenset(row[3]))
        for row in rows
    }
