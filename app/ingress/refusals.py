"""Who was refused at the door and why: gathered for a moment, then stored. Knocking must cost strangers most."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from app.csms.context import Context
from app.csms.security import Refusal, record_refusals
from app.domain.errors import CsmsError

logger = logging.getLogger(__name__)

MOST_GATHERED = 1000
"""Different refusals between two saves; more are only logged."""

SAVE_EVERY_S = 1.0


class Refusals:
    """Gathers refusals; the same one again is counted."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._gathered: dict[tuple[str, str, str], Refusal] = {}

    def note(self, identity: str, remote_address: str, code: str, reason: str) -> None:
        """Somebody who calls itself `identity` ("": not known) was refused."""
        logger.warning(
            "refused %s from %s: %s", identity[:100] or "somebody", remote_address, reason
        )
        now = self._context.clock()
        key = (identity[:100].replace("\x00", "?"), remote_address, code)
        before = self._gathered.get(key)
        if before is None and len(self._gathered) >= MOST_GATHERED:
            return
        self._gathered[key] = Refusal(
            identity=key[0],
            remote_address=remote_address,
            code=code,
            reason=reason[:500].replace("\x00", "?"),
            times=1 if before is None else before.times + 1,
            first_at=now if before is None else before.first_at,
            last_at=now,
        )

    async def save(self) -> None:
        """Store what was gathered; what cannot be stored now is kept for the next time."""
        if not self._gathered:
            return
        gathered, self._gathered = self._gathered, {}
        try:
            await record_refusals(self._context, list(gathered.values()))
        except CsmsError as error:
            logger.warning("refusals are not stored: %s", error)
            self._gathered = {**gathered, **self._gathered}

    @asynccontextmanager
    async def run(self) -> AsyncIterator[Refusals]:
        """Save again and again, and at the end."""
        task = asyncio.create_task(self._repeat())
        try:
            yield self
        finally:
            task.cancel()
            await asyncio.wait({task})
            await self.save()

    async def _repeat(self) -> None:
        while True:
            await asyncio.sleep(SAVE_EVERY_S)
            await self.save()
