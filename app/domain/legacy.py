"""The legacy dialect: a home-made kind of OCPP 2 that some simulators speak. By what it is told, and which one it is.

A *trait* is what a station was seen to do; most are quirks (`app.domain.quirks`). Traits are remembered per station, so
that the first command after a restart goes out in the form that the station understood the last time.
"""

from collections.abc import Set
from enum import StrEnum

KNOWN_MAKE = "known_make"
"""A trait that is no quirk: vendor and model of BootNotification are known to speak so."""

MAKES = frozenset({("ocpp.net", "csharpsimulator")})
"""(vendor, model) in small letters."""

OBJECT_SCHEDULE = "object_schedule"
ROOT_PROFILE = "root_profile"
TEXT_TOKEN = "text_token"
OWN_VARIABLES = "own_variables"
YES_TO_ALL = "yes_to_all"

TELLING = frozenset(
    {
        *("no_subprotocol", "no_identity", "double_z", "transaction_data", "charging_periods"),
        *(KNOWN_MAKE, OBJECT_SCHEDULE, ROOT_PROFILE, TEXT_TOKEN, OWN_VARIABLES, YES_TO_ALL),
    }
)
"""Each of these tells the dialect by itself."""

TOGETHER = frozenset({"evse_at_root", "unit_beside_value", "missing_trigger"})
"""Real stations have one or the other of these; all of them together tell the dialect."""

TRAITS = TELLING | TOGETHER
"""What is remembered of a station."""

LONGEST_FRAME = 4096
"""Bytes of UTF-8. One of them reads so much at once and takes it for the whole message; frames have to stay below."""


class LegacyKind(StrEnum):
    """Which one it is, named by what it does.

    PERIODS_TWO_Z: charging periods, times that end in ZZ; takes a schedule as an object, in W.
    PERIODS_NAMELESS: charging periods, no subprotocol, its id only in its serial number; takes a schedule at the
    payload's root, in kW, and a token as a text.
    PERIODS_AT_ROOT: charging periods, and the EVSE at the payload's root.
    SAMPLES_AT_ROOT: meter values with a unit beside each value, and the EVSE at the payload's root.
    PERIODS: charging periods, and otherwise right. OTHER: it is too early to tell.
    """

    PERIODS_TWO_Z = "periods_two_z"
    PERIODS_NAMELESS = "periods_nameless"
    PERIODS_AT_ROOT = "periods_at_root"
    SAMPLES_AT_ROOT = "samples_at_root"
    PERIODS = "periods"
    OTHER = "other"


def is_legacy(traits: Set[str]) -> bool:
    """Whether a station that was seen to do this speaks the dialect."""
    return not traits.isdisjoint(TELLING) or traits >= TOGETHER


def kind_of(traits: Set[str]) -> LegacyKind | None:
    """Which one it is, as far as can be told; None for a station that speaks OCPP as it is written."""
    if not is_legacy(traits):
        return None
    if traits & {"no_identity", ROOT_PROFILE, TEXT_TOKEN, OWN_VARIABLES}:
        return LegacyKind.PERIODS_NAMELESS
    if traits & {KNOWN_MAKE, OBJECT_SCHEDULE, "double_z", YES_TO_ALL}:
        return LegacyKind.PERIODS_TWO_Z
    if "evse_at_root" in traits:
        periods = "charging_periods" in traits
        return LegacyKind.PERIODS_AT_ROOT if periods else LegacyKind.SAMPLES_AT_ROOT
    return LegacyKind.PERIODS if "charging_periods" in traits else LegacyKind.OTHER


def forgets_limits(traits: Set[str]) -> bool:
    """Whether an accepted limit has to be said again: these hold it in one variable that a start sets back."""
    return bool(traits & {OBJECT_SCHEDULE, ROOT_PROFILE})
