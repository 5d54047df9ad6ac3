"""How a running server hears of what another process registered.

`halla seed` is a process of its own, and without NATS its news reach nobody. So who registers
leaves a mark in the database, and the worker looks whether there is a newer one than it told.
"""

from psycopg.rows import tuple_row
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from app.csms.context import Context
from app.csms.work import work
from app.domain.changes import LocationsChanged

LOOK_EVERY_S = 2.0

_MARK = """
INSERT INTO watermark (job, reached_at) VALUES ('registered', clock_timestamp())
ON CONFLICT (job) DO UPDATE SET reached_at = excluded.reached_at
"""

_NEWS = """
SELECT registered.reached_at FROM watermark registered
LEFT JOIN watermark told ON told.job = 'registered-told'
WHERE registered.job = 'registered'
  AND (told.job IS NULL OR told.reached_at < registered.reached_at)
"""

_TOLD = """
INSERT INTO watermark (job, reached_at) VALUES ('registered-told', :reached_at)
ON CONFLICT (job) DO UPDATE SET reached_at = excluded.reached_at
"""


async def mark(connection: AsyncConnection) -> None:
    """Leave word, as a part of a work, that sites or stations were registered."""
    await connection.execute(text(_MARK))


async def tell_registrations(context: Context) -> None:
    """The worker's job: announce what was registered since it looked last."""
    async with context.database.read() as reading:
        row = await (await reading.cursor(row_factory=tuple_row).execute(_NEWS)).fetchone()
    if row is None:
        return
    async with work(context) as w:
        connection = await w.session.connection()
        await connection.execute(text(_TOLD), {"reached_at": row[0]})
        w.announce(LocationsChanged())
