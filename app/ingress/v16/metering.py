"""Meter values of 1.6: MeterValues, and how its sampled values (strings, kWh or Wh) are read."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from app.domain.metering import MeterReading, SignedValue
from app.domain.reports import MeterValuesReported, Report, TransactionUpdated
from app.ingress.block import Receives, ReceivesTable, empty
from app.ingress.readings import ENERGY, Other, Sample, reading
from app.ingress.wire import utc


def readings(meter_values: Sequence[Any] | None) -> tuple[MeterReading, ...]:
    """One reading per MeterValue, in the order they came."""
    return tuple(map(_reading, meter_values)) if meter_values else ()


def _reading(entry: Any) -> MeterReading:
    samples: list[Sample] = []
    other: list[Other] = []
    signed: list[SignedValue] = []
    context = None
    for value in entry.sampledValue:
        measurand = value.measurand or ENERGY
        context = context or value.context
        if value.format == "SignedData":
            signed.append(
                SignedValue(
                    data=value.value,
                    measurand=measurand,
                    phase=value.phase,
                    location=value.location,
                )
            )
            continue
        amount = _number(value.value)
        if amount is None:
            other.append((measurand, value.phase, value.location, value.unit, value.value))
            continue
        number = amount if measurand == ENERGY else float(amount)
        samples.append(((measurand, value.unit, 0, value.phase, value.location), number))
    return reading(utc(entry.timestamp), context, samples, other, tuple(signed))


def _number(text: str) -> Decimal | None:
    """The number in `text`, exactly; None for what is none, and for NaN and infinity."""
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


_WITH_COMMA = re.compile(r"[+-]?[\d.,]*,[\d.,]*", re.ASCII)
_DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+", re.ASCII)


def has_comma(text: str) -> bool:
    """Whether `text` would be a number but for a comma; 1.6 says that a value is a decimal number, and leaves it so."""
    return "," in text and _WITH_COMMA.fullmatch(text.strip()) is not None


def with_dot(text: str) -> str | None:
    """`text`, a number with a comma, as 1.6 wants it; None where the comma may part thousands."""
    text = text.strip()
    if _DECIMAL_COMMA.fullmatch(text) is None or len(text.partition(",")[2]) == 3:
        return None
    return text.replace(",", ".")


def doubts(reports: tuple[Report, ...]) -> str | None:
    """What of readings no schema refuses, and nobody could count."""
    for report in reports:
        for row in report.readings:  # type: ignore[attr-defined]
            for other in row.other:
                if type(other[4]) is str and has_comma(other[4]):
                    return "a measured value is written with a comma"
    return None


def named(number: int) -> str | None:
    """The transaction's id; None for 0 and below, which we never issue.

    That is what a station says that never heard its id, since the answer to its StartTransaction was lost.
    """
    return str(number) if number > 0 else None


def _meter_values(payload: Any, _at: datetime) -> tuple[Report, ...]:
    rows = readings(payload.meterValue)
    transaction = None if payload.transactionId is None else named(payload.transactionId)
    if transaction is None:
        return (MeterValuesReported(evse_id=payload.connectorId, readings=rows),)
    return (
        TransactionUpdated(
            transaction=transaction,
            at=max((row.measured_at for row in rows), default=_at),
            evse_id=payload.connectorId or None,
            connector_id=1 if payload.connectorId else None,
            readings=rows,
            issued=True,
        ),
    )


RECEIVES: ReceivesTable = {"MeterValues": Receives(_meter_values, empty, doubts)}
