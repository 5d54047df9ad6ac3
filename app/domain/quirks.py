"""The known, harmless ways in which stations break the protocol: what each is, and what is done about it.

How they are found in a payload is the stations' door's business.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Quirk:
    """One kind of deviation. `chosen`: it cannot be seen in a payload, so a person says which station has it."""

    key: str
    does: str
    mended: str
    chosen: bool = False


QUIRKS: Mapping[str, Quirk] = {
    quirk.key: quirk
    for quirk in (
        Quirk("null", "a member is null instead of absent", "it is left out"),
        Quirk("time", "a time is not RFC 3339", "read as far as it can be; else the moment of receipt"),
        Quirk("too_long", "a text for people is too long", "it is cut"),
        Quirk("fraction", "a whole number is written as a fraction", "it is written whole"),
        Quirk("number_as_text", "a number is written as a text", "it is read as a number"),
        Quirk("text_as_number", "a text is written as a number", "it is read as a text"),
        Quirk("unknown_member", "a member that the message does not have", "it is left out"),
        Quirk("missing_member", "a member that must be there is absent", "its neutral value is taken"),
        Quirk("renamed_member", "a member has another name or stands elsewhere", "it is moved"),
        Quirk("unknown_word", "a word that is in no list", "the nearest word, or none"),
        Quirk("unit", "a unit has another name (Hz, C, %)", "its right name is taken"),
        Quirk("unreadable_sample", "a sample of which nobody knows what it measures", "it is left out"),
        Quirk("linear_multiplier", "unitMultiplier is a factor, not a power of ten", "it is multiplied"),
        Quirk("cost_in_request", "a cost in a request", "kept as the station's own figure"),
        Quirk("energy_in_kwh", "kWh are called Wh", "energy without a unit or in Wh is read as kWh", chosen=True),
        Quirk("power_in_kw", "kW are called W", "power without a unit or in W is read as kW", chosen=True),
    )
}  # fmt: skip
"""By key. A key is what the findings of a station are counted by."""
