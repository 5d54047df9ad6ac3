"""Local authorization lists and the authorization cache of stations (block D, C11)."""

from collections.abc import Callable, Sequence
from typing import Any

from app.csms.actors import Actor
from app.csms.batch import Batch
from app.csms.commands import CommandResult, carry_out, resolve
from app.csms.context import Context
from app.domain.authorization import TokenStatus
from app.domain.commands import OutcomeStatus
from app.domain.errors import Invalid
from app.domain.local_lists import (
    ClearCache,
    GetLocalListVersion,
    ListEntry,
    LocalListSeen,
    LocalListTaken,
    SendLocalList,
)
from app.domain.reports import Answer, Received, Report
from app.store.local_lists import ListRow, save_lists

ENTRIES_PER_MESSAGE = 20
"""Where the station does not say how many it takes: so many fit into the 4,096 bytes that one firmware reads."""

MOST_ENTRIES = 10_000

_KNOWN = """
SELECT coalesce((SELECT version FROM local_list WHERE station_id = %(station)s), 0),
       (SELECT min(value::int) FROM station_variable
        WHERE station_id = %(station)s AND value ~ '^[1-9][0-9]{0,5}$'
          AND ((component, name) = ('LocalAuthListCtrlr', 'ItemsPerMessage')
               OR name = 'SendLocalListMaxLength'))
"""
_ENTRIES = """
SELECT token, type, status, group_id, expires_at FROM local_list_entry WHERE station_id = %s ORDER BY token
"""
_TOKENS = """
SELECT token, type, CASE WHEN blocked THEN 'Blocked' ELSE status END, group_id, expires_at
FROM id_token ORDER BY token LIMIT %s
"""


def on_list_taken(batch: Batch, received: Received) -> Answer:
    """D01: the station has this list now."""
    report = received.report
    assert isinstance(report, LocalListTaken)
    row = ListRow(
        received.station_id, report.version, received.at, full=report.full, entries=report.entries
    )
    batch.add(save_lists, row)
    return Answer()


def on_list_seen(batch: Batch, received: Received) -> Answer:
    """D02: the station said which version it has."""
    report = received.report
    assert isinstance(report, LocalListSeen)
    batch.add(save_lists, ListRow(received.station_id, report.version, received.at))
    return Answer()


HANDLES: dict[type[Report], Callable[[Batch, Received], Answer]] = {
    LocalListTaken: on_list_taken,
    LocalListSeen: on_list_seen,
}
"""For `app.csms.receive`."""


async def send_local_list(
    context: Context,
    actor: Actor,
    station_id: str,
    *,
    entries: Sequence[ListEntry] | None = None,
    full: bool = True,
) -> tuple[CommandResult, ...]:
    """Send a station its list (D01), in as many calls as it takes; ends with the first that is not accepted.

    `full` with `entries` None: all tokens that are known; else a change needs its entries. A change of a list that is
    not the one we know becomes the whole list. Raises Invalid, also where there are more tokens than a list may have: a
    part of them would turn the others away while the station is offline.
    """
    station = await resolve(context, station_id)
    if entries is None and not full:
        raise Invalid("Say which tokens to change; only a full list can be made of all tokens.")
    async with context.database.read() as connection:
        cursor = await connection.execute(_KNOWN, {"station": station.id})
        version, per_message = await cursor.fetchone() or (0, None)
        if entries is None:
            cursor = await connection.execute(_TOKENS, (MOST_ENTRIES + 1,))
            entries = [_read(row) for row in await cursor.fetchall()]
    if len(entries) > MOST_ENTRIES:
        raise Invalid(f"A list has at most {MOST_ENTRIES} entries.")
    results: list[CommandResult] = []
    parts = _parts(entries, per_message or ENTRIES_PER_MESSAGE)
    for number, part in enumerate(parts, start=1):
        command = SendLocalList(
            version=max(version, 0) + number, full=full and number == 1, entries=part
        )
        results.append(await carry_out(context, actor, station.id, command))
        if results[-1].outcome.status is not OutcomeStatus.ACCEPTED:
            break
    if not full and results[-1].outcome.detail == "VersionMismatch":
        whole = await _changed(context, station.id, entries)
        return (*results, *await _start_anew(context, actor, station.id, whole))
    return tuple(results)


async def _start_anew(
    context: Context, actor: Actor, station_id: str, whole: Sequence[ListEntry]
) -> tuple[CommandResult, ...]:
    """The station's list is not the one that we know (D01): ask for its number, and send all of it."""
    asked = await ask_version(context, actor, station_id)
    if asked.outcome.status is not OutcomeStatus.ACCEPTED:
        return (asked,)
    return await send_local_list(context, actor, station_id, entries=whole)


async def _changed(
    context: Context, station_id: str, changes: Sequence[ListEntry]
) -> list[ListEntry]:
    """The list as we know it, after these changes."""
    async with context.database.read() as connection:
        rows = await (await connection.execute(_ENTRIES, (station_id,))).fetchall()
    whole = {row[0]: _read(row) for row in rows}
    whole.update((entry.token.lower(), entry) for entry in changes)
    return [entry for entry in whole.values() if entry.status is not None]


def _read(row: Sequence[Any]) -> ListEntry:
    return ListEntry(
        token=row[0], type=row[1], status=TokenStatus(row[2]), group=row[3], expires_at=row[4]
    )


async def ask_version(context: Context, actor: Actor, station_id: str) -> CommandResult:
    """Ask a station which list it has (D02)."""
    station = await resolve(context, station_id)
    return await carry_out(context, actor, station.id, GetLocalListVersion())


async def clear_cache(context: Context, actor: Actor, station_id: str) -> CommandResult:
    """Have a station forget its authorization cache (C11)."""
    station = await resolve(context, station_id)
    return await carry_out(context, actor, station.id, ClearCache())


def _parts(entries: Sequence[ListEntry], size: int) -> Sequence[tuple[ListEntry, ...]]:
    """At least one part: an empty list is a list."""
    parts = [tuple(entries[start : start + size]) for start in range(0, len(entries), size)]
    return parts or [()]
