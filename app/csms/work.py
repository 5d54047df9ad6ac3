"""The unit of work: load, decide, save, commit once, then announce. Nobody else commits, nobody else publishes."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from typing import Any

from psycopg import AsyncConnection
from psycopg.errors import LockNotAvailable, ReadOnlySqlTransaction, UniqueViolation
from sqlalchemy.exc import DataError, IntegrityError, InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolIsBusy
from sqlmodel.ext.asyncio.session import AsyncSession

from app.csms.context import Context
from app.domain.changes import Change
from app.domain.errors import Conflict, Invalid, Locked, Unavailable
from app.store.database import AWAY, HELD

TWICE = (
    "Somebody else has just written the same; nothing was changed. Look at it before you try again."
)


class Announcements:
    """Changes that are told once the commit has happened."""

    def __init__(self) -> None:
        self.changes: list[Change] = []

    def announce(self, change: Change) -> None:
        """Tell the world of `change` after the commit."""
        self.changes.append(change)


class Work(Announcements):
    """An ordinary work: SQLModel rows through a session."""

    def __init__(self, session: AsyncSession) -> None:
        super().__init__()
        self.session = session


class BatchWork(Announcements):
    """Set-based SQL through one driver connection, inside one transaction."""

    def __init__(self, connection: AsyncConnection[Any]) -> None:
        super().__init__()
        self.connection = connection


@asynccontextmanager
async def work(context: Context) -> AsyncIterator[Work]:
    """One ordinary work: commits at the end of the block, changes nothing if the block raises.

    Raises Unavailable when the database cannot be reached, Locked when it is there but somebody else holds a row for
    long, or waits for one of ours (a deadlock), Conflict when somebody else made the same row meanwhile, Invalid for
    what no column can hold (a NUL, a huge number).
    """
    try:
        async with context.database.session() as session:
            unit = Work(session)
            yield unit
            await session.commit()
    except OperationalError as error:
        raise (Locked if isinstance(error.orig, HELD) else Unavailable) from error
    except PoolIsBusy as error:
        raise Unavailable from error
    except InternalError as error:
        if isinstance(error.orig, ReadOnlySqlTransaction):
            raise Unavailable from error
        raise
    except IntegrityError as error:
        if isinstance(error.orig, UniqueViolation):  # two looked, found nothing, and wrote it
            raise Conflict(TWICE) from error
        raise
    except DataError as error:
        raise Invalid("This holds a character or a number that cannot be stored.") from error
    await _tell(context, unit)


@asynccontextmanager
async def lane_work(context: Context) -> AsyncIterator[BatchWork]:
    """One work of a lane: questions, then one statement that saves everything, and so is the transaction by itself.

    Raises Unavailable when the database cannot be reached, Locked when it is there but makes us wait for a row. A
    deadlock is Unavailable here: it is over, so the lane has all of the batch to try again, not one by one.
    """
    try:
        async with context.database.lanes.connection() as connection:
            unit = BatchWork(connection)
            yield unit
    except LockNotAvailable as error:
        raise Locked from error
    except AWAY as error:
        raise Unavailable from error
    await _tell(context, unit)


@asynccontextmanager
async def batch_work(
    context: Context, *, pipelined: bool = True, patient: bool = False
) -> AsyncIterator[BatchWork]:
    """One work of set-based SQL, its statements sent without waiting for each other (COPY wants `pipelined` False).

    `patient`: nobody sits before it, so it waits for others' rows as long as it takes. Raises Unavailable when the
    database cannot be reached, Locked when somebody else holds a row for long, or waits for one of ours (a deadlock).
    """
    try:
        async with (
            context.database.pool.connection() as connection,
            connection.pipeline() if pipelined else nullcontext(),
            connection.transaction(),
        ):
            if patient:
                await connection.execute("SET LOCAL lock_timeout = 0")
            unit = BatchWork(connection)
            yield unit
    except HELD as error:
        raise Locked from error
    except AWAY as error:
        raise Unavailable from error
    await _tell(context, unit)


async def _tell(context: Context, unit: Announcements) -> None:
    for change in unit.changes:
        await context.bus.publish(change)
