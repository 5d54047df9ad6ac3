"""The audit log: what people and programs changed, and what they had stations do, as one list.

A change is a row of `audit_entry`; a command to a station is one of `station_command` (action `command.` and its name),
which also tells what came of it.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.queries.rows import fetch, fetch_dicts, pattern_of
from app.store.database import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which entries. `action`: its beginning; `actor`, `subject`: part of it; from `since` to before `until`."""

    actor: str | None = None
    action: str | None = None
    subject: str | None = None
    since: datetime | None = None
    until: datetime | None = None


ALL = Wanted()


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRow:
    """One entry. `id`: `a` or `c` (a command) and a number. `role`: as it was then; of commands it is not kept.

    `outcome`: `done` of a change; how far a command has come, or how it ended.
    """

    id: str
    at: datetime
    actor: str
    role: str | None
    action: str
    subject: str
    detail: Any
    outcome: str


async def listing(
    database: Database, wanted: Wanted = ALL, *, limit: int = 50, before: str | None = None
) -> list[AuditRow]:
    """Newest first; the next page is `before` the id of the last entry of this one."""
    values = _values(wanted) | {"limit": limit, "source": "", "number": 0}
    conditions = _conditions(wanted)
    if before is not None:
        values |= {"source": before[:1], "number": int(before[1:])}
        conditions.append(_BEFORE)
    where = " AND ".join(conditions)
    return await fetch(database, AuditRow, _LISTING.format(where=where), values)


async def actions(database: Database) -> list[str]:
    """Every action that somebody has taken, for choosing one."""
    return [row["action"] for row in await fetch_dicts(database, _ACTIONS, {})]


def is_entry(text: str) -> bool:
    """Whether `text` is the id of an entry."""
    return text[:1] in ("a", "c") and text[1:].isascii() and text[1:].isdigit() and len(text) < 19


def _conditions(wanted: Wanted) -> list[str]:
    there = (
        (wanted.actor, "actor ILIKE %(actor)s"),
        (wanted.action, "starts_with(action, %(action)s)"),
        (wanted.subject, "subject ILIKE %(subject)s"),
        (wanted.since, "at >= %(since)s"),
        (wanted.until, "at < %(until)s"),
    )
    return ["true"] + [condition for value, condition in there if value is not None]


def _values(wanted: Wanted) -> dict[str, Any]:
    return {
        "actor": pattern_of(wanted.actor or ""),
        "action": wanted.action,
        "subject": pattern_of(wanted.subject or ""),
        "since": wanted.since,
        "until": wanted.until,
    }


_BEFORE = """(at, source, number) < (
    SELECT at, source, number FROM entry WHERE source = %(source)s AND number = %(number)s)"""

_ENTRIES = """
SELECT 'a' AS source, id AS number, at, actor, role, action, subject, detail, 'done' AS outcome
FROM audit_entry
UNION ALL
SELECT 'c', id, requested_at, requested_by, NULL, 'command.' || action, 'station:' || station_id, request, status
FROM station_command
"""

_LISTING = f"""
WITH entry AS NOT MATERIALIZED ({_ENTRIES})
SELECT source || number AS id, at, actor, role, action, subject, detail, outcome
FROM entry WHERE {{where}}
ORDER BY at DESC, source DESC, number DESC LIMIT %(limit)s
"""

_ACTIONS = """
SELECT action FROM audit_entry UNION SELECT 'command.' || action FROM station_command ORDER BY 1 LIMIT 500
"""
