"""The device model: what stations tell of it (B07), and its variables got and set (B05, B06).

A call holds no more variables than the station takes; what does not fit goes in another one.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from app.csms.actors import Actor
from app.csms.batch import Batch
from app.csms.commands import CommandResult, carry_out, resolve
from app.csms.context import Context
from app.csms.effects import REPORTED, note_fulfilled
from app.domain.commands import GetVariables, OutcomeStatus, SetVariables
from app.domain.errors import Invalid
from app.domain.reports import Answer, Received, Variable, VariablesReported
from app.store.variables import save_variables

T = TypeVar("T")

MOST_ITEMS = 20
"""Of a station that has not told how many it takes in one call: these fit into the 4,096 bytes that one reads."""

_ITEMS = """
SELECT value FROM station_variable
WHERE station_id = %(station)s AND attribute = 'Actual' AND value ~ '^[0-9]{1,6}$'
  AND (component IN ('DeviceDataCtrlr', 'MonitoringCtrlr') AND name = 'ItemsPerMessage'
           AND variable_instance = %(of)s
       OR component = '' AND name = 'GetConfigurationMaxKeys' AND %(of)s = 'GetVariables')
"""


async def get_variables(
    context: Context, actor: Actor, station_id: str, variables: Sequence[Variable]
) -> CommandResult:
    """Ask a station for variables (B06); none: for all it has, where its protocol answers that in one go.

    The outcome holds all results, and is accepted only if each was.
    """
    station = await resolve(context, station_id)
    if not variables:
        return await carry_out(context, actor, station.id, GetVariables(variables=()))
    most = await items_per_message(context, station.id, "GetVariables")
    results = [
        await carry_out(context, actor, station.id, GetVariables(variables=tuple(part)))
        for part in parted(variables, most)
    ]
    return merged(results, "getVariableResult")


async def set_variables(
    context: Context, actor: Actor, station_id: str, variables: Sequence[Variable]
) -> CommandResult:
    """Set variables (B05). Configuration keys (component "") go one by one. Raises Invalid for none."""
    if not variables:
        raise Invalid("Name at least one variable.")
    station = await resolve(context, station_id)
    keys = any(not variable.component for variable in variables)
    most = 1 if keys else await items_per_message(context, station.id, "SetVariables")
    results = [
        await carry_out(context, actor, station.id, SetVariables(variables=tuple(part)))
        for part in parted(variables, most)
    ]
    return merged(results, "setVariableResult")


async def items_per_message(context: Context, station_id: str, of: str) -> int:
    """How many items a station takes in one call of this kind, as far as it has said so."""
    async with context.database.read() as connection:
        cursor = await connection.execute(_ITEMS, {"station": station_id, "of": of})
        said = [int(row[0]) for row in await cursor.fetchall()]
    return max(1, min(said, default=MOST_ITEMS))


def parted(items: Sequence[T], most: int) -> Iterator[Sequence[T]]:
    """`items` in parts of `most` at most."""
    for start in range(0, len(items), most):
        yield items[start : start + most]


def merged(results: Sequence[CommandResult], name: str) -> CommandResult:
    """Several commands' outcomes as one: all results under `name`, the status of the first that was not accepted."""
    if len(results) == 1:
        return results[0]
    first = next(
        (one for one in results if one.outcome.status is not OutcomeStatus.ACCEPTED), results[-1]
    )
    found: list[Any] = []
    for one in results:
        part = (one.outcome.payload or {}).get(name)
        found += part if isinstance(part, list) else []
    payload: dict[str, object] | None = {name: found} if found else first.outcome.payload
    return replace(first, outcome=replace(first.outcome, payload=payload))


def on_variables(batch: Batch, received: Received) -> Answer:
    """B07: keep each part as it comes; series may arrive incomplete. Passwords are not kept."""
    report = received.report
    assert isinstance(report, VariablesReported)
    batch.station(received.station_id)
    for variable in report.variables:
        if _is_secret(variable.name):
            variable = replace(variable, value=None)
        batch.add(save_variables, (received.station_id, variable, received.at))
    if report.request_id is not None and not report.more_follows:
        note_fulfilled(batch, received, report.request_id, REPORTED)
    return Answer()


def _is_secret(name: str) -> bool:
    lower = name.lower()
    return "password" in lower or lower == "authorizationkey"
