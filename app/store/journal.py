"""The journal's rows."""

from collections.abc import Sequence
from operator import attrgetter
from typing import Any

from psycopg import AsyncConnection

from app.store.arrays import bigints, floats, instants, integers, texts, words
from app.store.parts import Part, save

_INSERT = """
INSERT INTO journal (at, station_id, direction, message_type, message_id, action, frame,
                     answer_type, answer, latency_ms, outcome, exchange, transaction_id)
SELECT * FROM {rows} AS n
"""
_PACKS = (
    *(instants, words, words, integers, texts, words, texts),
    *(integers, texts, floats, words, bigints, words),
)


_VALUES = attrgetter(
    *("at", "station_id", "direction", "message_type", "message_id", "action", "frame"),
    *("answer_type", "answer", "latency_ms", "outcome", "exchange", "transaction"),
)


async def append(connection: AsyncConnection[Any], rows: Sequence[Any]) -> None:
    """Add `rows` (each a sealed `csms.journal_entries.JournalEntry`).

    They are stored station by station: so their index entries come in neighbourhoods, as they will be read.
    """
    ordered = sorted(rows, key=attrgetter("station_id"))
    await save(connection, (Part(_INSERT, _PACKS, _VALUES, ordered),))
