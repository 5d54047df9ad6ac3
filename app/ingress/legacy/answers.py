"""What answers mean that a station of the legacy dialect gives, which no schema knows; and its cost beside ours."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from app.domain.commands import Outcome, OutcomeStatus
from app.domain.legacy import YES_TO_ALL, LegacyKind
from app.domain.reports import Answer, Report, TransactionAnswer, TransactionEnded
from app.ingress.block import Payload

OBEYED = frozenset({"RequestStartTransaction", "RequestStopTransaction", "SetChargingProfile"})
"""All that such a station does of what it says yes to."""

_EMPTY_YES = "This station says Accepted to every call and does nothing of this one."
_DOUBTFUL_YES = (
    "This station says Accepted to every call; whether it did this, only what follows will show."
)


def own_variables(action: str, asked: Payload, answered: bytes) -> bytes | None:
    """GetVariables' answer `{"variableData": [{"variableName", "value"}]}` as it is written; None for anything else.

    The station tells what it likes, whatever was asked: what it tells is its own, what it leaves out is unknown.
    """
    if action != "GetVariables":
        return None
    try:
        told = msgspec.json.decode(answered)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None
    rows = told.get("variableData") if isinstance(told, dict) else None
    if not isinstance(rows, list):
        return None
    values: dict[str, str] = {}
    for row in rows:
        if isinstance(row, dict) and isinstance(row.get("variableName"), str):
            values[row["variableName"][:50]] = str(row.get("value", ""))[:2500]
    results: list[dict[str, Any]] = []
    for each in asked.get("getVariableData", ()):
        value = values.pop(each["variable"]["name"], None)
        status = {"attributeStatus": "UnknownVariable" if value is None else "Accepted"}
        results.append(each | status | ({} if value is None else {"attributeValue": value}))
    results += [
        {
            "attributeStatus": "Accepted",
            "attributeValue": value,
            "component": {"name": "ChargingStation"},
            "variable": {"name": name},
        }
        for name, value in values.items()
    ]
    return msgspec.json.encode({"getVariableResult": results}) if results else None


def is_empty_yes(answered: bytes) -> bool:
    """Whether an answer that its schema refuses is nothing but `{"status":"Accepted"}`."""
    try:
        return bool(msgspec.json.decode(answered) == {"status": "Accepted"})
    except (msgspec.DecodeError, UnicodeDecodeError):
        return False


def empty_yes() -> Outcome:
    """What an Accepted means that the action's answer cannot be."""
    return Outcome(status=OutcomeStatus.NOT_SUPPORTED, detail="Accepted", description=_EMPTY_YES)


def doubt(action: str, kind: LegacyKind | None, traits: frozenset[str]) -> str | None:
    """What to say beside an Accepted that need not mean anything."""
    says_yes = kind is LegacyKind.PERIODS_TWO_Z or YES_TO_ALL in traits
    return _DOUBTFUL_YES if says_yes and action not in OBEYED else None


def cost(reports: Iterable[Report], answer: Answer) -> dict[str, str]:
    """What is to be found if the cost that a station told at the end is not the one that we answer: sentence -> quirk.

    The currency does not matter to a whole unit, which is more than any rounding makes.
    """
    if not isinstance(answer, TransactionAnswer) or answer.cost is None:
        return {}
    told = [r.station_cost for r in reports if isinstance(r, TransactionEnded)]
    if any(each is not None and abs(each - answer.cost) > 1 for each in told):
        return {"totalCost is not what the tariff makes": "cost_differs"}
    return {}
