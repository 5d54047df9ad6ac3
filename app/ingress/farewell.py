"""Closing the sockets of stations that were taken away: they are not let in again, but some are in already."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from app.csms.retirement import retired_among
from app.domain.changes import StationsRetired
from app.domain.errors import CsmsError
from app.ingress.switchboard import Switchboard

logger = logging.getLogger(__name__)

_GOING_AWAY = 1008
_REMOVED = "this station was removed; register it again"


@asynccontextmanager
async def farewell(board: Switchboard) -> AsyncIterator[None]:
    """Listen until the block ends."""
    task = asyncio.create_task(_listen(board), name="farewell")
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _listen(board: Switchboard) -> None:
    async with board.context.bus.listen() as changes:
        async for change in changes:
            if isinstance(change, StationsRetired):
                await send_away(board, set(change.stations))
            elif change is None:  # news were lost: ask who should not be here
                await send_away(board, await _retired(board))


async def send_away(board: Switchboard, station_ids: set[str]) -> None:
    """Close the connections of these stations, if they are here, in their own time."""
    for station_id in station_ids & board.sessions.keys():
        logger.info("%s: removed, so its connection is closed", station_id)
        connection = board.sessions[station_id].connection
        task = asyncio.create_task(connection.close(_GOING_AWAY, _REMOVED))
        board.closing.add(task)
        task.add_done_callback(board.closing.discard)


async def _retired(board: Switchboard) -> set[str]:
    try:
        return await retired_among(board.context, tuple(board.sessions))
    except CsmsError as error:
        logger.warning("which stations were removed could not be read: %s", error)
        return set()
