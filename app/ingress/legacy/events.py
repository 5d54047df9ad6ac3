"""Transaction events of the legacy dialect: `transactionData` with `chargingPeriods`, the EVSE at the root, no token.

Two families of simulators were written without a schema at hand. One sends `transactionData` with `chargingPeriods`,
whose `unitMultiplier` is a linear factor and no power of ten; the other `evseId` at the root and `sampledValue.unit`.
Both count energy from 0 in each transaction. The steps run in the order of `STEPS`' callers and mend in place.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from app.ingress.block import Payload
from app.ingress.quirks import Patch
from app.ingress.wire import exact

NO_TRANSACTION = "unknown"
"""What stands for the id of a transaction when there is none."""


def transaction_data(payload: Payload, patch: Patch) -> None:
    """`transactionData` -> `transactionInfo`, and what such a station leaves out or says without a meaning."""
    if "transactionInfo" in payload or not isinstance(payload.get("transactionData"), dict):
        return
    patch.note("transaction_data", "transactionData instead of transactionInfo")
    info = payload["transactionInfo"] = payload.pop("transactionData")
    info.pop(
        "timeSpentCharging", None
    )  # always 0 (and in 2.0.1 within transactionInfo, where it may stay away)
    if info.get("transactionId") == NO_TRANSACTION:
        patch.note("no_transaction", "an event of no transaction")
        patch.without_transaction = True
    _leftovers(payload, patch)


def _leftovers(payload: Payload, patch: Patch) -> None:
    """What a schema does not see."""
    started = payload.get("eventType") == "Started"
    if started and "evse" not in payload and "evseId" not in payload:
        patch.note("missing_evse", "Started names no EVSE")
    if started and "idToken" not in payload:
        patch.note("missing_token", "Started names no token")
    if payload.get("triggerReason") == "Authorized" and "idToken" not in payload:
        patch.note("wrong_trigger", "triggerReason is Authorized, and no token is there")
        patch.amendments["trigger"] = None
    if not started and payload.get("seqNo") == 0:
        patch.note("constant_seq_no", "seqNo is 0 in a later event")


def total_cost(info: Payload, patch: Patch) -> None:
    """`totalCost`, which belongs in an answer of ours, is the station's own figure."""
    cost = info.pop("totalCost", None)
    if cost is not None:
        patch.note("cost_in_request", "totalCost in a request")
        if type(cost) in (int, float):
            patch.amendments["station_cost"] = (
                Decimal(cost) if isinstance(cost, int) else exact(cost)
            )


def charging_periods(payload: Payload, patch: Patch) -> None:
    """`chargingPeriods[].dimensions[]` -> `meterValue[].sampledValue[]`.

    The newest period is what is measured now, whatever start it names (one simulator says: a minute ago).
    """
    info = payload.get("transactionInfo")
    periods = info.pop("chargingPeriods", None) if isinstance(info, dict) else None
    if periods is None:
        return
    patch.note("charging_periods", "chargingPeriods instead of meterValue")
    patch.amendments["from_zero"] = True
    entries = []
    for number, period in enumerate(periods if isinstance(periods, list) else (), start=1):
        if not isinstance(period, dict) or not isinstance(period.get("dimensions"), list):
            continue
        newest = number == len(periods)
        at = payload["timestamp"] if newest else period.get("startDateTime", payload["timestamp"])
        samples = [s for d in period["dimensions"] if (s := _sample(d, patch)) is not None]
        if samples:
            entries.append({"timestamp": at, "sampledValue": samples})
    if entries and "meterValue" not in payload:
        payload["meterValue"] = entries


def _sample(dimension: Any, patch: Patch) -> Payload | None:
    """A dimension as a sampled value. Its multiplier is linear: 100 with 1000 W is 100 kW."""
    if not isinstance(dimension, dict) or type(dimension.get("value")) not in (int, float):
        return None
    factor = dimension.get("unitMultiplier", 1)
    if type(factor) not in (int, float):
        return None
    if factor != 1:
        patch.note("linear_multiplier", "unitMultiplier is a linear factor")
    return {
        "value": dimension["value"] * factor,
        "measurand": dimension.get("name"),
        "unitOfMeasure": {"unit": str(dimension.get("unit", "Wh"))},
    }


def evse_at_root(payload: Payload, patch: Patch) -> None:
    """`evseId` and `connectorId` at the root -> `evse`."""
    if "evse" in payload or type(payload.get("evseId")) is not int:
        return
    patch.note("evse_at_root", "evseId and connectorId at the root instead of evse")
    payload["evse"] = {"id": payload.pop("evseId")}
    if type(payload.get("connectorId")) is int:
        payload["evse"]["connectorId"] = payload.pop("connectorId")
    if "triggerReason" not in payload and "seqNo" not in payload:
        patch.amendments["from_zero"] = True


def unit_beside_value(payload: Payload, patch: Patch) -> None:
    """`sampledValue.unit` -> `unitOfMeasure`."""
    entries = payload.get("meterValue")
    for entry in entries if isinstance(entries, list) else ():
        samples = entry.get("sampledValue") if isinstance(entry, dict) else None
        for sample in samples if isinstance(samples, list) else ():
            if isinstance(sample, dict) and isinstance(sample.get("unit"), str):
                patch.note("unit_beside_value", "sampledValue.unit instead of unitOfMeasure")
                sample.setdefault("unitOfMeasure", {"unit": sample.pop("unit")})
