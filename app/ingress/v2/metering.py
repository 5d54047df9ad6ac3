"""Meter values of 2.x: MeterValues without a transaction (use case J01), and how sampled values are read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from app.domain.metering import MeterReading, SignedValue
from app.domain.reports import MeterValuesReported
from app.ingress.block import Receives, ReceivesTable, empty
from app.ingress.readings import ENERGY, Sample, reading
from app.ingress.wire import exact, utc


def readings(meter_values: Sequence[Any] | None) -> tuple[MeterReading, ...]:
    """One reading per MeterValueType, in the order they came."""
    return tuple(map(_reading, meter_values)) if meter_values else ()


def _reading(entry: Any) -> MeterReading:
    samples: list[Sample] = []
    signed: list[SignedValue] = []
    context: str | None = None
    for value in entry.sampledValue:
        measurand = value.measurand or ENERGY
        amount = exact(value.value) if measurand == ENERGY else value.value
        of, phase, location = value.unitOfMeasure, value.phase, value.location
        if of is None:
            samples.append(((measurand, None, 0, phase, location), amount))
        else:
            unit = of.unit
            if unit is None and measurand.startswith("Energy"):
                unit = "Wh"
            samples.append(((measurand, unit, of.multiplier or 0, phase, location), amount))
        if context is None:
            context = value.context
        if value.signedMeterValue is not None:
            signed.append(_signed(value.signedMeterValue, measurand, phase, location))
    return reading(utc(entry.timestamp), context, samples, signed=tuple(signed))


def _signed(value: Any, measurand: str, phase: str | None, location: str | None) -> SignedValue:
    return SignedValue(
        data=value.signedMeterData,
        measurand=measurand,
        phase=phase,
        location=location,
        method=value.signingMethod or None,
        encoding=value.encodingMethod or None,
        public_key=value.publicKey or None,
    )


def _meter_values(payload: Any, _at: datetime) -> tuple[MeterValuesReported, ...]:
    return (MeterValuesReported(evse_id=payload.evseId, readings=readings(payload.meterValue)),)


RECEIVES: ReceivesTable = {"MeterValues": Receives(_meter_values, empty)}
