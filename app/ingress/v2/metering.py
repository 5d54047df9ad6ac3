"""Meter values of 2.x: MeterValues without a transaction (use case J01), and how sampled values are read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from app.domain.metering import MeterReading
from app.domain.reports import MeterValuesReported
from app.ingress.block import Receives, ReceivesTable, empty
from app.ingress.readings import ENERGY, Other, Sample, reading
from app.ingress.wire import exact, utc


def readings(meter_values: Sequence[Any] | None) -> tuple[MeterReading, ...]:
    """One reading per MeterValueType, in the order they came."""
    return tuple(map(_reading, meter_values)) if meter_values else ()


def _reading(entry: Any) -> MeterReading:
    values = entry.sampledValue
    signed: list[Other] = [
        (v.measurand or ENERGY, v.phase, v.location, "Signed", v.signedMeterValue.signedMeterData)
        for v in values
        if v.signedMeterValue is not None
    ]
    context = next((v.context for v in values if v.context is not None), None)
    return reading(utc(entry.timestamp), context, _samples(values), signed)


def _samples(values: Sequence[Any]) -> Iterator[Sample]:
    for value in values:
        measurand = value.measurand or ENERGY
        amount = exact(value.value) if measurand == ENERGY else value.value
        of = value.unitOfMeasure
        if of is None:
            yield Sample(measurand, amount, None, 0, value.phase, value.location)
        else:
            unit = of.unit
            if unit is None and measurand.startswith("Energy"):
                unit = "Wh"
            yield Sample(measurand, amount, unit, of.multiplier or 0, value.phase, value.location)


def _meter_values(payload: Any, _at: datetime) -> tuple[MeterValuesReported, ...]:
    return (MeterValuesReported(evse_id=payload.evseId, readings=readings(payload.meterValue)),)


RECEIVES: ReceivesTable = {"MeterValues": Receives(_meter_values, empty)}
