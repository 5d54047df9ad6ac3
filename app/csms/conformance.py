"""What stations get wrong, counted; and what a person says of one: strict, or with quirks that no payload shows.

What a station was seen to do that tells the legacy dialect is remembered with it."""

from collections.abc import Collection, Mapping

from psycopg.rows import tuple_row
from sqlalchemy import text

from app.csms import audit
from app.csms.actors import Actor
from app.csms.batch import Batch
from app.csms.context import Context
from app.csms.work import work
from app.domain.conformance import DeviationsFound, Habits
from app.domain.errors import Invalid, StationNotFound
from app.domain.quirks import QUIRKS
from app.domain.reports import Answer, Received
from app.store.conformance import save_deviations, save_traits

CHOSEN_QUIRKS = frozenset(quirk.key for quirk in QUIRKS.values() if quirk.chosen)
"""Quirks that cannot be seen in a payload, so that a person has to say which station has them."""

_SET = """
UPDATE station SET strict = coalesce(CAST(:strict AS boolean), strict),
                   quirks = coalesce(CAST(:quirks AS text[]), quirks), updated_at = now()
WHERE id = :id RETURNING strict, quirks, traits
"""
_HABITS = """
SELECT id, strict, quirks, traits FROM station WHERE strict OR quirks <> '{}' OR traits <> '{}'
"""
_FORGET = "DELETE FROM conformance_finding WHERE station_id = :id"
_FORGET_TRAITS = "UPDATE station SET traits = '{}' WHERE id = :id"


def on_deviations(batch: Batch, received: Received) -> Answer:
    """Count them."""
    report = received.report
    assert isinstance(report, DeviationsFound)
    batch.station(received.station_id)
    for deviation in report.deviations:
        batch.add(save_deviations, (received.station_id, deviation, received.at))
    if report.traits is not None:
        batch.add(save_traits, (received.station_id, report.traits))
    return Answer()


async def set_habits(
    context: Context,
    actor: Actor,
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
    async with work(context) as w:
        wanted = None if quirks is None else sorted(set(quirks))
        changed = await (await w.session.connection()).execute(
            text(_SET), {"id": station_id, "strict": strict, "quirks": wanted}
        )
        row = changed.one_or_none()
        if row is None:
            raise StationNotFound(f"There is no charging station {station_id}.")
        subject = f"station:{station_id}"
        audit.note(w, actor, "station.set_habits", subject, strict=row[0], quirks=list(row[1]))
    return Habits(strict=row[0], quirks=frozenset(row[1]), traits=frozenset(row[2]))


async def forget_findings(context: Context, actor: Actor, station_id: str) -> None:
    """Begin to count anew, after a firmware update for instance; how it was spoken to is forgotten as well."""
    async with work(context) as w:
        connection = await w.session.connection()
        for statement in (_FORGET, _FORGET_TRAITS):
            await connection.execute(text(statement), {"id": station_id})
        audit.note(w, actor, "station.forget_findings", f"station:{station_id}")


async def habits(context: Context) -> Mapping[str, Habits]:
    """The stations of which something was said. Raises Unavailable."""
    async with context.database.read() as connection:
        cursor = await connection.cursor(row_factory=tuple_row).execute(_HABITS)
        rows = await cursor.fetchall()
    return {
        row[0]: Habits(strict=row[1], quirks=frozenset(row[2]), traits=frozenset(row[3]))
        for row in rows
    }
