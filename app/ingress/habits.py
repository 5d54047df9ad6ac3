"""How each station's mistakes are met, and how they are counted: the part of a session that conformant stations skip.

What a person said of stations is read every few seconds into one small table for all sessions, so that neither a
message nor a thousand connections at once ask the database.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace

from app.csms import conformance
from app.csms.context import Context
from app.domain.conformance import MENDED, PLAIN, UNKNOWN_ACTION, Deviation, DeviationsFound, Habits
from app.domain.errors import CsmsError
from app.domain.reports import Answer, Report
from app.ingress.dialects import Dialect
from app.ingress.errors import Refusal
from app.ingress.schemas import actions_of

logger = logging.getLogger(__name__)

READ_EVERY_S = 5.0
TELL_AFTER_S = 10.0
"""How long deviations are gathered before they are stored: a station that errs, errs with every message."""
MOST_KINDS = 100

STRICT = Habits(strict=True)


class HabitTable:
    """What was said of stations; `of` is asked for every call."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._said: Mapping[str, Habits] = {}
        self._rest = STRICT if context.settings.strict == "on" else PLAIN

    def of(self, station_id: str) -> Habits:
        """How this station's mistakes are met."""
        if self._rest is STRICT or not self._said:
            return self._rest
        return self._said.get(station_id, PLAIN)

    def learn(self, station_id: str, traits: frozenset[str]) -> None:
        """This is all that a station was seen to do: known here at once, before it is stored and read again."""
        known = self._said.get(station_id, PLAIN)
        self._said = {**self._said, station_id: replace(known, traits=traits)}

    async def read(self) -> None:
        """Look again; what was known stays when the database is away."""
        try:
            self._said = await conformance.habits(self._context)
        except CsmsError as error:
            logger.warning("what was said of stations could not be read: %s", error)

    @asynccontextmanager
    async def run(self) -> AsyncIterator[HabitTable]:
        """Known from the start, and looked at again and again until the block ends."""
        await self.read()
        task = asyncio.create_task(self._repeat())
        try:
            yield self
        finally:
            task.cancel()
            await asyncio.wait({task})

    async def _repeat(self) -> None:
        while True:
            await asyncio.sleep(READ_EVERY_S)
            await self.read()


class Deviations:
    """What one connection's station got wrong and was not yet stored."""

    __slots__ = ("_dialect", "_submit", "_timer", "_waiting", "station_id")

    def __init__(
        self,
        station_id: str,
        dialect: Dialect,
        submit: Callable[[Report], asyncio.Future[Answer]],
    ) -> None:
        self.station_id = station_id
        self._dialect = dialect
        self._submit = submit
        self._waiting: dict[tuple[str, str, str], Deviation] = {}
        self._timer: asyncio.TimerHandle | None = None

    def mended(self, action: str, findings: Mapping[str, str]) -> None:
        """Count what was put right: sentence -> quirk."""
        for sentence, quirk in findings.items():
            self._note(action, quirk, MENDED, sentence)

    def learned(self, traits: frozenset[str]) -> asyncio.Future[Answer]:
        """Have remembered what tells the legacy dialect, at once: what follows may need it."""
        told = self._submit(DeviationsFound(traits=tuple(sorted(traits))))
        told.add_done_callback(_heard)
        return told

    def refused(self, action: str | None, refusal: Refusal, code: str) -> None:
        """Count what could not be understood; `code` is what the station was told."""
        known = action is not None and self._knows(action)
        if refusal.code == "NotImplemented" and known:
            return  # our own gap, not the station's mistake
        name = action if known and action else UNKNOWN_ACTION
        self._note(name, refusal.code, code, refusal.description[:200])

    def answered_wrongly(self, action: str, refusal: Refusal) -> None:
        """Count an answer of the station that broke its schema."""
        self._note(action, refusal.code, "answer refused", refusal.description[:200])

    def tell(self) -> asyncio.Future[Answer] | None:
        """Have what waits stored; None when nothing does."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if not self._waiting:
            return None
        told = self._submit(DeviationsFound(deviations=tuple(self._waiting.values())))
        self._waiting.clear()
        told.add_done_callback(_heard)
        return told

    def _note(self, action: str, quirk: str, outcome: str, example: str) -> None:
        key = (action, quirk, outcome)
        seen = self._waiting.get(key)
        if seen is None and len(self._waiting) >= MOST_KINDS:
            return
        if seen is None:
            logger.info("%s: %s: %s (%s)", self.station_id, action, example, outcome)
        self._waiting[key] = Deviation(
            action=action,
            quirk=quirk,
            outcome=outcome,
            example=example,
            count=1 if seen is None else seen.count + 1,
        )
        if self._timer is None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(TELL_AFTER_S, self.tell)

    def _knows(self, action: str) -> bool:
        return action in actions_of(self._dialect.version)


def _heard(told: asyncio.Future[Answer]) -> None:
    if not told.cancelled() and told.exception() is not None:
        logger.warning("deviations were not stored: %s", told.exception())
