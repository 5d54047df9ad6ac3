"""Repairs of sampled values that the versions share: words that no list knows, and samples that mean nothing then."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.ingress.block import Payload
from app.ingress.quirks import Patch
from app.ingress.readings import has_column

_UNITS = {
    "Hz": "Hertz",
    "C": "Celsius",
    "%": "Percent",
    "percent": "Percent",
    "wh": "Wh",
    "kwh": "kWh",
}


def repair_entries(entries: Any, words: Mapping[str, frozenset[str]], patch: Patch) -> Any:
    """MeterValue entries without samples that cannot be understood; entries left empty go too.

    `words`: the member of a sampled value -> what its enum allows.
    """
    if not isinstance(entries, list):
        return entries
    kept = []
    for entry in entries:
        if isinstance(entry, dict) and isinstance(entry.get("sampledValue"), list):
            entry["sampledValue"] = [
                s
                for s in entry["sampledValue"]
                if not isinstance(s, dict) or _keep(s, words, patch)
            ]
            if not entry["sampledValue"]:
                patch.note("unreadable_sample", "a meter value without a readable sample")
                continue
        kept.append(entry)
    return kept


def _keep(sample: Payload, words: Mapping[str, frozenset[str]], patch: Patch) -> bool:
    """Whether `sample` still means something once the words that are in no list are gone."""
    for member, allowed in words.items():
        word = sample.get(member)
        if not isinstance(word, str) or word in allowed:
            continue
        finding = f"sampledValue.{member} {word[:30]!r} is none of the allowed words"
        if member == "unit" and _UNITS.get(word) in allowed:
            patch.note("unit", finding)
            sample[member] = _UNITS[word]
        elif member == "measurand" or (
            member == "unit" and has_column(sample.get("measurand"))
        ):  # of what, or in what unit, nobody knows: no number is better than a wrong one
            patch.note("unreadable_sample", finding)
            return False
        else:
            patch.note("unknown_word", finding)
            del sample[member]
    return True
