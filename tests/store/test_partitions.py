"""Months of readings are made ahead, whatever wrong clocks have told of them already."""

from datetime import timedelta

from app.csms.context import Context
from app.csms.receive import receive
from app.domain.reports import MeterValuesReported
from app.store.partitions import make_partitions
from tests.factories import NOON, make_station, reading, received


async def test_a_clock_that_was_ahead_keeps_no_month_from_being_made(context: Context) -> None:
    await make_station(context)
    ahead = NOON + timedelta(days=365 * 3)
    for moment in (ahead, ahead + timedelta(minutes=1), ahead + timedelta(days=365)):
        report = MeterValuesReported(evse_id=1, readings=(reading(moment, "1000"),))
        await receive(context, [received(report)])
    places = "SELECT tableoid::regclass::text, count(*) FROM meter_sample GROUP BY 1 ORDER BY 1"
    async with context.database.read() as connection:
        cursor = await connection.execute(places)
        assert await cursor.fetchall() == [("meter_sample_rest", 3)]
        await make_partitions(connection, ahead)
        cursor = await connection.execute(places)
        assert await cursor.fetchall() == [
            ("meter_sample_rest", 1),
            (f"meter_sample_y{ahead:%Y}m{ahead:%m}", 2),
        ]
    # a replay finds them there, and they are no others
    report = MeterValuesReported(evse_id=1, readings=(reading(ahead, "1000"),))
    await receive(context, [received(report)])
    async with context.database.read() as connection:
        assert await (await connection.execute("SELECT count(*) FROM meter_sample")).fetchone() == (
            3,
        )
