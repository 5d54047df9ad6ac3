"""Meter samples, added for a whole batch. A sample that is there already stays as it is."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from app.domain.metering import MeterReading
from app.store.arrays import bigints, documents, floats, instants, integers, numerics, words
from app.store.parts import Part

_INSERT = """
INSERT INTO meter_sample (station_id, evse_id, transaction_id, measured_at, context, energy_wh, power_w, current_a,
                          voltage_v, soc_percent, temperature_c, offered_w, other, suspect, signed)
SELECT * FROM {rows} AS n
ON CONFLICT DO NOTHING
"""


@dataclass(slots=True)
class SampleRow:
    """A reading and whose it is."""

    station_id: str
    evse_id: int
    transaction_id: int | None
    reading: MeterReading


def samples(rows: Sequence[SampleRow]) -> Part:
    """Readings to add."""
    return Part(_INSERT, _PACKS, _values, rows)


def _values(row: SampleRow) -> tuple[object, ...]:
    reading = row.reading
    return (
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
        reading.other or None,
        reading.suspect,
        [asdict(value) for value in reading.signed] if reading.signed else None,
    )


_PACKS = (
    *(words, integers, bigints, instants, words, numerics),
    *(floats, floats, floats, floats, floats, floats, documents, words, documents),
)
