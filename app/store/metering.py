"""Meter samples, added for a whole batch. A sample that is there already stays as it is."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from psycopg import AsyncConnection
from psycopg.types.json import Jsonb

from app.domain.metering import MeterReading

_INSERT = """
INSERT INTO meter_sample (station_id, evse_id, transaction_id, measured_at, context, energy_wh, power_w, current_a,
                          voltage_v, soc_percent, temperature_c, offered_w, other)
SELECT * FROM unnest(%b::text[], %b::int[], %b::bigint[], %b::timestamptz[], %b::text[], %b::numeric[], %b::float8[],
                     %b::float8[], %b::float8[], %b::float8[], %b::float8[], %b::float8[], %b::jsonb[])
ON CONFLICT DO NOTHING
"""


@dataclass(slots=True)
class SampleRow:
    """A reading and whose it is."""

    station_id: str
    evse_id: int
    transaction_id: int | None
    reading: MeterReading


async def insert_samples(connection: AsyncConnection[Any], rows: Sequence[SampleRow]) -> None:
    """Add `rows`."""
    values = (
        (
            row.station_id,
            row.evse_id,
            row.transaction_id,
            reading.measured_at,
            reading.context,
            reading.energy_wh,
            reading.power_w,
            reading.current_a,
            reading.voltage_v,
            reading.soc_percent,
            reading.temperature_c,
            reading.offered_w,
            Jsonb(reading.other) if reading.other else None,
        )
        for row in rows
        for reading in (row.reading,)
    )
    await connection.execute(_INSERT, [list(column) for column in zip(*values, strict=True)])
