"""The known, harmless ways in which stations break their schema, as data: where each is looked for, what is done.

What people read of each, and what findings are counted by, is in `app.domain.quirks`; a step (`Word`, `Missing`,
`Renamed`, ...) is a line of a table that says where in which message it is looked for. The tables stand in
`v16.repairs` and `v2.repairs`; what can happen anywhere in a message is mended while `mending` walks it beside its
schema.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from app.ingress.block import Payload
from app.ingress.wire import wire_time


@dataclass(slots=True)
class Patch:
    """What was put right. `findings`: sentence -> the quirk's key. `amendments`: fields of the report that the
    repaired payload cannot carry. `without_transaction`: its readings are the EVSE's, whatever it is called."""

    at: datetime
    findings: dict[str, str] = field(default_factory=dict)
    amendments: dict[str, Any] = field(default_factory=dict)
    without_transaction: bool = False

    def note(self, quirk: str, finding: str) -> None:
        """Remember a deviation, once."""
        self.findings.setdefault(finding, quirk)


Step = Callable[[Payload, Patch], None]
"""Looks for one quirk in a message (or a part of it) and mends it in place."""

Repairs = Mapping[str, tuple[Step, ...]]


@dataclass(frozen=True, slots=True)
class Word:
    """A member with a word that is not `allowed`: its translation in `known`, else `otherwise` (None: left out).

    `says`: the finding, `{}` being the word. `amends`: the report keeps the station's own word in this field.
    """

    member: str
    allowed: frozenset[str]
    says: str
    known: Mapping[str, str] = field(default_factory=dict)
    otherwise: str | None = None
    amends: str | None = None

    def __call__(self, part: Payload, patch: Patch) -> None:
        word = part.get(self.member)
        if not isinstance(word, str) or word in self.allowed:
            return
        patch.note("unknown_word", self.says.format(word[:50]))
        right = self.known.get(word, self.otherwise)
        if right is None:
            del part[self.member]
        else:
            part[self.member] = right
        if self.amends is not None:
            patch.amendments[self.amends] = word[:50] or None


@dataclass(frozen=True, slots=True)
class Missing:
    """A member that has to be there: `value`, or the moment of receipt. `forgets`: what the report shall not claim."""

    member: str
    value: Any = None
    forgets: str | None = None

    def __call__(self, part: Payload, patch: Patch) -> None:
        if self.member in part:
            return
        patch.note("missing_member", f"{self.member} is missing")
        part[self.member] = wire_time(patch.at) if self.value is None else self.value
        if self.forgets is not None:
            patch.amendments[self.forgets] = None


@dataclass(frozen=True, slots=True)
class Renamed:
    """A member of type `kind` that is called otherwise here."""

    wrong: str
    right: str
    kind: type
    says: str

    def __call__(self, part: Payload, patch: Patch) -> None:
        if self.right not in part and isinstance(part.get(self.wrong), self.kind):
            patch.note("renamed_member", self.says)
            part[self.right] = part.pop(self.wrong)


@dataclass(frozen=True, slots=True)
class Within:
    """Steps for the object in a member."""

    member: str
    steps: tuple[Step, ...]

    def __call__(self, part: Payload, patch: Patch) -> None:
        inner = part.get(self.member)
        if isinstance(inner, dict):
            for step in self.steps:
                step(inner, patch)


@dataclass(frozen=True, slots=True)
class Nothing:
    """A message that has no members, and yet comes with some."""

    action: str

    def __call__(self, part: Payload, patch: Patch) -> None:
        for name in list(part):
            patch.note("unknown_member", f"{self.action} has no {name[:50]}")
            del part[name]


def chosen(keys: frozenset[str], action: str, payload: Payload, patch: Patch) -> None:
    """Mend what a person said of this station: units that are not what they are called, tags with a suffix."""
    if "tag_suffix" in keys:
        _cut_tag(payload, "idTag", patch)
        if isinstance(payload.get("idToken"), dict):
            _cut_tag(payload["idToken"], "idToken", patch)
    for entries in (payload.get("meterValue"), payload.get("transactionData")):
        for entry in entries if isinstance(entries, list) else ():
            samples = entry.get("sampledValue") if isinstance(entry, dict) else None
            for sample in samples if isinstance(samples, list) else ():
                if isinstance(sample, dict):
                    _rename_unit(keys, sample, patch)
    if "energy_in_kwh" in keys:
        for member in ("meterStart", "meterStop"):
            if type(payload.get(member)) in (int, float):
                patch.note("energy_in_kwh", f"{member} is in kWh")
                payload[member] = round(payload[member] * 1000)


def _cut_tag(part: Payload, member: str, patch: Patch) -> None:
    tag = part.get(member)
    if isinstance(tag, str) and (cut := tag.partition("_")[0]) not in ("", tag):
        patch.note("tag_suffix", f"{member} carries a suffix")
        part[member] = cut


_ENERGY = "Energy."
_POWER = "Power."


def _rename_unit(keys: frozenset[str], sample: Payload, patch: Patch) -> None:
    measurand = sample.get("measurand", "Energy.Active.Import.Register")
    if not isinstance(measurand, str):
        return
    for key, kind, wrong, right in (
        ("energy_in_kwh", _ENERGY, "Wh", "kWh"),
        ("power_in_kw", _POWER, "W", "kW"),
    ):
        if key not in keys or not measurand.startswith(kind) or measurand.endswith("Factor"):
            continue
        unit = sample.get("unitOfMeasure")
        if isinstance(unit, dict):
            if unit.get("unit", "Wh") == wrong:
                unit["unit"] = right
                patch.note(key, f"{measurand} is in {right}")
        elif sample.get("unit", wrong) == wrong:
            # 2.x has `unitOfMeasure`; a value that is a number tells that this is 2.x
            if isinstance(sample.get("value"), str):
                sample["unit"] = right
            else:
                sample["unitOfMeasure"] = {"unit": right}
            patch.note(key, f"{measurand} is in {right}")
