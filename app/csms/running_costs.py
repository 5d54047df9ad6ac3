"""What running transactions cost so far, told to stations that show it to their drivers (I02).

A worker's job and not a reaction to each sample: a display needs a new number now and then, and the way of a sample
stays as short as it is. A station is told that says of itself that it shows costs (TariffCostCtrlr, instance Cost).
"""

from decimal import Decimal

from app.csms.actors import SYSTEM, Actor
from app.csms.commands import CommandResult, carry_out, resolve
from app.csms.context import Context
from app.csms.side_by_side import side_by_side
from app.domain.errors import Conflict
from app.domain.session_checks import CostUpdated

TELL_EVERY_S = 30.0
"""How often the job runs; a cost that has not changed is not told again."""

MOST_AT_ONCE = 1_000
SIDE_BY_SIDE = 20

_DUE = """
SELECT t.station_id, t.transaction_id, t.cost, t.evse_id
FROM transaction t
JOIN station_state h ON h.station_id = t.station_id AND h.online
LEFT JOIN LATERAL (
    SELECT c.id, (c.request->>'total_cost')::numeric AS cost FROM station_command c
    WHERE c.station_id = t.station_id AND c.action = 'CostUpdated'
      AND c.requested_at >= t.started_at - interval '1 day' AND c.request->>'transaction' = t.transaction_id
    ORDER BY c.id DESC LIMIT 1) told ON true
WHERE t.ended_at IS NULL AND t.cost IS NOT NULL
  AND t.station_id IN (
    SELECT station_id FROM station_variable
    WHERE component = 'TariffCostCtrlr' AND variable_instance = 'Cost' AND name IN ('Available', 'Enabled')
      AND attribute = 'Actual'
    GROUP BY station_id HAVING bool_and(lower(value) = 'true'))
  AND t.cost IS DISTINCT FROM told.cost
ORDER BY told.id NULLS FIRST, t.id LIMIT %s
"""
_COST = """
SELECT cost, evse_id FROM transaction
WHERE station_id = %s AND transaction_id = %s AND ended_at IS NULL ORDER BY id DESC LIMIT 1
"""


async def tell_running_costs(context: Context) -> None:
    """Tell every cost that has changed since it was last told, first those that were not told for longest: silent
    stations take time, and who was not reached this time is the next one."""
    async with context.database.read() as connection:
        due = await (await connection.execute(_DUE, (MOST_AT_ONCE,))).fetchall()

    async def tell(row: tuple[str, str, Decimal, int]) -> None:
        station_id, transaction, cost, evse_id = row
        command = CostUpdated(transaction=transaction, total_cost=cost)
        await carry_out(context, SYSTEM, station_id, command, evse_id=evse_id)

    await side_by_side(tell, due, SIDE_BY_SIDE)


async def tell_cost(
    context: Context, actor: Actor, station_id: str, transaction_id: str
) -> CommandResult:
    """Tell a station now what its running transaction costs. Raises Conflict if nobody knows."""
    station = await resolve(context, station_id)
    async with context.database.read() as connection:
        row = await (await connection.execute(_COST, (station.id, transaction_id))).fetchone()
    if row is None or row[0] is None:
        raise Conflict("This transaction does not run, or has no tariff.")
    command = CostUpdated(transaction=transaction_id, total_cost=row[0])
    return await carry_out(context, actor, station.id, command, evse_id=row[1])
