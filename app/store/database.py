"""Connections to PostGIS: one pool for set-based SQL (lanes, windows), one engine for ordinary works.

Reading needs no transaction of its own: `read` lends an autocommit connection. Who writes goes through `app.csms.work`.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from psycopg import AsyncConnection, OperationalError
from psycopg.errors import DeadlockDetected, LockNotAvailable, ReadOnlySqlTransaction
from psycopg_pool import AsyncConnectionPool, PoolTimeout
from sqlalchemy.ext.asyncio import create_async_engine
from sqlmodel.ext.asyncio.session import AsyncSession

from app.domain.errors import Locked, Unavailable

POOL_SIZE = 12
LANES_POOL_SIZE = 6
"""Lanes have connections of their own: nobody makes them wait, and none is tested before its use, since they retry."""
WAIT_S = 10.0
"""How long one waits for a connection before the caller is told that the database is away."""
CHECK_S = 3.0
"""How long a database may take to say that it is there, before each use; to give it up takes the driver 10 s more."""
LOCK_S = 3
"""How long a statement waits for rows that another transaction holds; who waits holds a connection, and there are few.

It bounds nothing else: a statement that works may take as long as it needs."""

AWAY = (OperationalError, ReadOnlySqlTransaction, PoolTimeout)
"""What says that the database is away. A standby is too, and one that may only be read since its disk is full: what
is to be stored waits, or is refused, as if nobody answered."""
HELD = (LockNotAvailable, DeadlockDetected)
"""What says that somebody else holds the rows: for too long, or two waited for each other and this one was given up."""


class Database:
    """Opened once per process; `async with open_database(url)`."""

    def __init__(self, url: str) -> None:
        self.url = url
        url = in_our_way(url)
        self.pool: AsyncConnectionPool[AsyncConnection[Any]] = AsyncConnectionPool(
            url,
            min_size=1,
            max_size=POOL_SIZE,
            open=False,
            timeout=WAIT_S,
            kwargs={"autocommit": True, "application_name": "halla"},
            check=_check,
            configure=_configure,
        )
        self.lanes: AsyncConnectionPool[AsyncConnection[Any]] = AsyncConnectionPool(
            url,
            min_size=0,
            max_size=LANES_POOL_SIZE,
            open=False,
            timeout=WAIT_S,
            kwargs={"autocommit": True, "application_name": "halla lanes"},
            configure=_configure_lane,
        )
        self._engine = create_async_engine(
            sqlalchemy_url(url),
            pool_size=5,
            max_overflow=5,
            pool_timeout=WAIT_S,
            pool_pre_ping=True,
        )

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection[Any]]:
        """An autocommit connection for SELECTs.

        Raises Unavailable when the database cannot be reached, Locked when it makes us wait for a whole table.
        """
        try:
            async with self.pool.connection() as connection:
                yield connection
        except HELD as error:
            raise Locked from error
        except AWAY as error:
            raise Unavailable from error

    @asynccontextmanager
    async def session(self) -> AsyncIterator[AsyncSession]:
        """A session of an ordinary work, with its connection; only `app.csms.work` asks for one.

        Raises Unavailable when the database says nothing.
        """
        async with AsyncSession(self._engine, expire_on_commit=False) as session:
            try:
                async with asyncio.timeout(WAIT_S + CHECK_S):
                    await session.connection()
            except TimeoutError as error:
                raise Unavailable from error
            yield session

    async def close(self) -> None:
        """Let go of all connections."""
        await self.pool.close(timeout=5)
        await self.lanes.close(timeout=5)
        await self._engine.dispose()


@asynccontextmanager
async def open_database(url: str) -> AsyncIterator[Database]:
    """`url`: postgresql://... as libpq understands it, or its key=value form."""
    database = Database(url)
    await database.pool.open(wait=False)
    await database.lanes.open(wait=False)
    try:
        yield database
    finally:
        await database.close()


async def _check(connection: AsyncConnection[Any]) -> None:
    """Raises OperationalError for a connection that is broken, or silent."""
    try:
        async with asyncio.timeout(CHECK_S):
            await AsyncConnectionPool.check_connection(connection)
    except TimeoutError:
        raise OperationalError("the database says nothing") from None


async def _configure(connection: AsyncConnection[Any]) -> None:
    """Prepare every statement at its second use: the hot path has few of them."""
    connection.prepare_threshold = 1


_BY_KEY = """
SET lock_timeout = '2s';
SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off; SET enable_hashjoin = off;
SET enable_mergejoin = off
"""


async def _configure_lane(connection: AsyncConnection[Any]) -> None:
    """Lanes look up and change few rows of big tables, each by its key: there is nothing to plan.

    Left alone, the planner reads the small hot tables whole, with all the dead rows that their updates leave.
    Who holds a row for long keeps its station waiting, not all the others of the lane.
    """
    await connection.execute(_BY_KEY)
    connection.prepare_threshold = 0


def in_our_way(url: str) -> str:
    """The same database for sessions that never wait for a lock for long, and whose zone is UTC, whatever is set there
    for people with psql.
    """
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query))
    theirs = query.get("options", "")
    query["options"] = f"-c lock_timeout={LOCK_S}s {theirs} -c timezone=UTC"
    return urlunsplit(parts._replace(query=urlencode(query, quote_via=quote)))


def sqlalchemy_url(url: str) -> str:
    """The same database, in the words of SQLAlchemy: psycopg 3 as the driver."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(scheme="postgresql+psycopg"))
