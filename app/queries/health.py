"""Whether the database answers."""

from time import perf_counter

from app.queries.rows import fetch_dicts
from app.store.database import Database


async def ping(database: Database) -> float:
    """How long the database took to answer, in ms. Raises Unavailable."""
    began = perf_counter()
    await fetch_dicts(database, "SELECT 1 AS one", {})
    return (perf_counter() - began) * 1000
