"""The known, harmless ways in which stations break the protocol: what each is, and what is done about it.

How they are found in a payload is the stations' door's business.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Quirk:
    """One kind of deviation. `shown`: where it is seen (payload, connection, answer).

    `chosen`: it can be seen nowhere, so a person says which station has it.
    """

    key: str
    does: str
    mended: str
    chosen: bool = False
    shown: str = "payload"


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
        Quirk("decimal_comma", "a measured value has a comma instead of a dot (1,5)", "it is read as 1.5"),
        Quirk("unclear_comma", "a measured value has a comma that may part thousands (1,500)",
              "it is kept, and not counted"),
        Quirk("linear_multiplier", "unitMultiplier is a factor, not a power of ten", "it is multiplied"),
        Quirk("cost_in_request", "a cost in a request", "kept as the station's own figure"),
        Quirk("double_z", "a time ends in two Z", "one is taken"),
        Quirk("transaction_data", "transactionData stands for transactionInfo", "it is read as that"),
        Quirk("charging_periods", "chargingPeriods with dimensions stand for meterValue", "they are read as that"),
        Quirk("evse_at_root", "evseId and connectorId stand at the root, not in evse", "they are moved"),
        Quirk("unit_beside_value", "a sampled value has unit, not unitOfMeasure", "it is moved"),
        Quirk("missing_trigger", "a transaction event has no triggerReason", "nothing is taken for it"),
        Quirk("wrong_trigger", "triggerReason is Authorized where no token was presented", "it is not believed"),
        Quirk("missing_evse", "a transaction starts without its EVSE", "the only one, or the first, is taken"),
        Quirk("missing_token", "a transaction starts without its token", "the one of a remote start is taken, or none"),
        Quirk("constant_seq_no", "seqNo does not count", "it is kept, and decides nothing"),
        Quirk("no_transaction", "an event belongs to no transaction", "its readings are the EVSE's"),
        Quirk("no_subprotocol", "no subprotocol is offered", "it is taken for OCPP 2.0.1", shown="connection"),
        Quirk("no_identity", "the path does not name the station", "its serial number SN-id-n does",
              shown="connection"),
        Quirk("object_schedule", "a schedule is understood as an object, in W", "it is sent so", shown="answer"),
        Quirk("root_profile", "a schedule is understood at the root, in kW", "it is sent so", shown="answer"),
        Quirk("text_token", "an id token is understood as a text", "it is sent so", shown="answer"),
        Quirk("own_variables", "variables are answered in a form of its own", "they are read", shown="answer"),
        Quirk("yes_to_all", "every call is answered with Accepted, done or not", "it counts for nothing",
              shown="answer"),
        Quirk("short_error", "an error has less than five elements", "it is read", shown="answer"),
        Quirk("cost_differs", "its cost is not what the tariff makes", "ours is billed, its own is kept beside it",
              shown="answer"),
        Quirk("energy_in_kwh", "kWh are called Wh", "energy without a unit or in Wh is read as kWh", chosen=True),
        Quirk("tag_suffix", "an id tag carries a suffix behind _", "it is cut there", chosen=True),
        Quirk("power_in_kw", "kW are called W", "power without a unit or in W is read as kW", chosen=True),
    )
}  # fmt: skip
"""By key. A key is what the findings of a station are counted by."""


def page() -> str:
    """docs/quirks.md."""
    lines = [
        "# What stations get wrong, and what Halla does about it",
        "",
        "A payload that breaks its schema in one of these ways is mended before it is read, and counted as a finding",
        "of that station: `GET /api/v1/stations/{id}/conformance`. One that cannot be understood is answered with the",
        "error code of the specification, and counted too. A *chosen* quirk cannot be seen in a payload; a person says",
        "which station has it. `HALLA_STRICT=on`, or `strict` of one station",
        "(`PUT /api/v1/stations/{id}/conformance`), mends nothing. Generated by `python -m app.domain.quirks`.",
        "",
        "| Quirk | What the station does | What becomes of it | Chosen |",
        "|---|---|---|---|",
    ]
    for quirk in QUIRKS.values():
        chosen = "yes" if quirk.chosen else ""
        lines.append(f"| `{quirk.key}` | {quirk.does} | {quirk.mended} | {chosen} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(page(), end="")
