"""The program's words as people read them: statuses, commands, outcomes, reasons, the labels of KPIs.

Other rooms speak English identifiers (`suspended_ev`, `RequestStopTransaction`); here they become sentences that can be
translated. An identifier that is not listed is shown as it is: a station may say words that nobody foresaw.
"""

from collections.abc import Mapping
from typing import Any

from app.csms import effects
from app.queries.commands import CommandRow
from app.web.format import rated_kw
from app.web.i18n import N_, gettext
from app.web.refusals import in_this_language

STATUS = {
    "available": N_("Available"),
    "charging": N_("Charging"),
    "faulted": N_("Faulted"),
    "offline": N_("Offline"),
    "occupied": N_("Plugged in"),
    "unavailable": N_("Unavailable"),
}
CONNECTOR_STATUS = {
    "Available": N_("Available"),
    "Occupied": N_("Occupied"),
    "Reserved": N_("Reserved"),
    "Unavailable": N_("Unavailable"),
    "Faulted": N_("Faulted"),
}
CHARGING_STATE = {
    "Charging": N_("Charging"),
    "EVConnected": N_("Vehicle connected"),
    "SuspendedEV": N_("Paused by vehicle"),
    "SuspendedEVSE": N_("Paused by charger"),
    "Idle": N_("Idle"),
}
CATEGORY = {
    "slow": N_("Slow"),
    "fast": N_("Fast"),
    "ultra_fast": N_("Ultra-fast"),
}
ROLE = {"viewer": N_("Viewer"), "operator": N_("Operator"), "admin": N_("Admin")}
REGISTRATION = {
    "pending": N_("Waiting for approval"),
    "accepted": N_("Accepted"),
    "rejected": N_("Rejected"),
}
KPI = {
    "Charging now": N_("Charging now"),
    "Energy today": N_("Energy today"),
    "Revenue today": N_("Revenue today"),
    "Utilisation": N_("Utilisation"),
    "Power now": N_("Power now"),
    "Power available": N_("Power available"),
    "Chargers": N_("Chargers"),
    "Sessions today": N_("Sessions today"),
}
LOAD = {"raised": N_("raised load"), "high": N_("high load")}
WEIGHT = {
    "energy": N_("Energy"),
    "revenue": N_("Revenue"),
    "sessions": N_("Sessions"),
    "utilisation": N_("Utilisation"),
}
COMMAND_STATUS = {
    "queued": N_("Waiting to be sent"),
    "sent": N_("Waiting for the charger"),
    "accepted": N_("Accepted"),
    "rejected": N_("Rejected by the charger"),
    "error": N_("Charger reported an error"),
    "offline": N_("Not sent: charger offline"),
    "timed_out": N_("No answer from the charger"),
    "not_supported": N_("Not supported by this charger"),
    "invalid": N_("Not sent: invalid request"),
}
COMMAND = {
    "RequestStartTransaction": N_("Start charging"),
    "RequestStopTransaction": N_("Stop charging"),
    "InstallChargingProfile": N_("Set power limit"),
    "ClearChargingProfile": N_("Remove power limit"),
    "GetCompositeSchedule": N_("Read schedule"),
    "Reset": N_("Restart"),
    "UnlockConnector": N_("Unlock connector"),
    "ChangeAvailability": N_("Change availability"),
    "TriggerMessage": N_("Request message"),
    "GetVariables": N_("Read settings"),
    "SetVariables": N_("Change settings"),
    "GetBaseReport": N_("Read inventory"),
    "SendVendorData": N_("Vendor message"),
}
EFFECT = {
    effects.STARTED: N_("The session has begun."),
    effects.ENDED: N_("The session has ended."),
    effects.REPORTED: N_("The report has come."),
    effects.BOOTED: N_("The charger has restarted."),
    effects.NOT_STARTED: N_("No session has begun."),
    effects.NOT_ENDED: N_("The session did not end at once."),
}
STOP_REASON = {
    "Remote": N_("Stopped remotely"),
    "Local": N_("Stopped at the charger"),
    "EVDisconnected": N_("Vehicle unplugged"),
    "DeAuthorized": N_("Not authorized"),
    "EmergencyStop": N_("Emergency stop"),
    "EnergyLimitReached": N_("Energy limit reached"),
    "SOCLimitReached": N_("Battery target reached"),
    "TimeLimitReached": N_("Time limit reached"),
    "PowerLoss": N_("Power loss"),
    "Reboot": N_("Charger restarted"),
    "ImmediateReset": N_("Charger restarted"),
    "StoppedByEV": N_("Stopped by the vehicle"),
    "Timeout": N_("Timed out"),
    "Other": N_("Other reason"),
    "Superseded": N_("Ended by the next session"),
    "ClosedByOperator": N_("Closed by hand"),
}
QUIRK = {
    "null": N_("A member is null instead of absent"),
    "time": N_("A time is not RFC 3339"),
    "too_long": N_("A text for people is too long"),
    "fraction": N_("A whole number is written as a fraction"),
    "number_as_text": N_("A number is written as a text"),
    "text_as_number": N_("A text is written as a number"),
    "unknown_member": N_("A member that the message does not have"),
    "missing_member": N_("A member that must be there is absent"),
    "renamed_member": N_("A member has another name or place"),
    "unknown_word": N_("A word that is in no list"),
    "unit": N_("A unit has another name"),
    "unreadable_sample": N_("A sample of which nobody knows what it measures"),
    "decimal_comma": N_("A measured value has a comma instead of a dot"),
    "unclear_comma": N_("A measured value has a comma that may part thousands"),
    "linear_multiplier": N_("unitMultiplier is a factor, not a power of ten"),
    "cost_in_request": N_("A cost in a request"),
    "double_z": N_("A time ends in two Z"),
    "transaction_data": N_("transactionData instead of transactionInfo"),
    "charging_periods": N_("chargingPeriods instead of meterValue"),
    "evse_at_root": N_("evseId stands at the root, not in evse"),
    "unit_beside_value": N_("A sampled value has unit, not unitOfMeasure"),
    "missing_trigger": N_("A transaction event has no triggerReason"),
    "wrong_trigger": N_("triggerReason is Authorized where no token was presented"),
    "missing_evse": N_("A transaction starts without its EVSE"),
    "missing_token": N_("A transaction starts without its token"),
    "constant_seq_no": N_("seqNo does not count"),
    "no_transaction": N_("An event belongs to no transaction"),
    "no_subprotocol": N_("No subprotocol is offered"),
    "no_identity": N_("Its path does not name it"),
    "object_schedule": N_("It understands a schedule as an object, in W"),
    "root_profile": N_("It understands a schedule at the root, in kW"),
    "text_token": N_("It understands an id token as a text"),
    "own_variables": N_("It answers variables in a form of its own"),
    "yes_to_all": N_("It answers Accepted to every call"),
    "short_error": N_("An error has less than five elements"),
    "cost_differs": N_("It says another cost than the tariff makes"),
    "energy_in_kwh": N_("It says Wh and means kWh"),
    "tag_suffix": N_("Its id tags carry a suffix behind _"),
    "power_in_kw": N_("It says W and means kW"),
}
DIALECT = {
    "periods_two_z": N_("Charging periods, times with two Z"),
    "periods_nameless": N_("Charging periods, named by its serial number"),
    "periods_at_root": N_("Charging periods, EVSE at the root"),
    "samples_at_root": N_("Meter values, EVSE at the root"),
    "periods": N_("Charging periods"),
    "other": N_("Home-made, which one is not told yet"),
}
SUSPECT = {
    "decreasing": N_("register went back"),
    "jumping": N_("register jumped"),
    "late": N_("came too late"),
    "doubled": N_("another one at the same time"),
}
TAG_STATUS = {
    "Accepted": N_("May charge"),
    "Blocked": N_("Blocked"),
    "Expired": N_("Expired"),
    "Invalid": N_("Invalid"),
    "Unknown": N_("Unknown"),
    "ConcurrentTx": N_("Charges elsewhere"),
    "NoCredit": N_("No credit"),
    "NotAllowedTypeEVSE": N_("Not for this kind of outlet"),
    "NotAtThisLocation": N_("Not at this site"),
    "NotAtThisTime": N_("Not at this time"),
}
SIGNING = {
    "pending": N_("Waiting for the signature"),
    "signed": N_("Signed, on its way"),
    "accepted": N_("Accepted by the charger"),
    "rejected": N_("Rejected by the charger"),
    "failed": N_("Failed"),
    "refused": N_("Refused here"),
}
RESERVATION = {
    "active": N_("Active"),
    "used": N_("Used"),
    "cancelled": N_("Cancelled"),
    "expired": N_("Expired"),
    "removed": N_("Removed by the charger"),
}
JOB = {
    "firmware": N_("Firmware update"),
    "published_firmware": N_("Published firmware"),
    "log": N_("Log upload"),
}
ORIGIN = {"installed": N_("installed from here"), "reported": N_("reported by the charger")}
SEVERITY = (
    N_("Danger"),
    N_("Hardware failure"),
    N_("System failure"),
    N_("Critical"),
    N_("Error"),
    N_("Alert"),
    N_("Warning"),
    N_("Notice"),
    N_("Informational"),
    N_("Debug"),
)
"""What a monitor's number 0 to 9 means (N04)."""
COVERAGE = {
    "handled": N_("From stations"),
    "sent": N_("To stations"),
    "planned": N_("Planned"),
}


def word(identifier: str | None, words: Mapping[str, str]) -> str:
    """`identifier` as a person reads it, in the request's language; itself where it is not foreseen."""
    if identifier is None:
        return ""
    return gettext(words[identifier]) if identifier in words else identifier


def severity(number: int | None) -> str:
    """A monitor's severity with its number."""
    if number is None:
        return ""
    return f"{number} · {gettext(SEVERITY[number])}" if 0 <= number < len(SEVERITY) else str(number)


def command_title(row: CommandRow) -> str:
    """What was asked for, with its most important number."""
    request: Mapping[str, Any] = row.request if isinstance(row.request, dict) else {}
    if row.action == "InstallChargingProfile" and (watts := _limit_of(request)) is not None:
        scope = gettext("Limit %(kw)s kW")
        if (request.get("profile") or {}).get("purpose") == "TxProfile":
            scope = gettext("Limit %(kw)s kW for this session")
        return scope % {"kw": rated_kw(watts)}
    by_hand = request.get("payload")  # a call as its version writes it
    asked = by_hand if isinstance(by_hand, dict) else request
    if row.action == "ChangeAvailability":
        inoperative = "Inoperative" in asked.values()
        return gettext("Take out of service") if inoperative else gettext("Put into service")
    if row.action == "Reset":
        now = any(kind in asked.values() for kind in ("Immediate", "Hard"))
        return gettext("Restart now") if now else gettext("Restart when idle")
    if row.action == "TriggerMessage":
        message = asked.get("message") or asked.get("requestedMessage") or ""
        return f"{gettext('Request message')} · {message}"
    return word(row.action, COMMAND)


DESCRIPTION = (
    N_("The connection was lost before the station answered; it may have done what was asked."),
    N_("Nobody was there any more to hear the answer; it may have done what was asked."),
    N_(
        "The bus between Halla's processes is away, so nothing was sent; try again when NATS is back."
    ),
)
"""What Halla itself says of a command that was not answered; the rest are stations' own words."""


def description_of(row: CommandRow) -> str:
    """Why a command ended as it did; nothing where nothing is known."""
    return in_this_language(row.description) if row.description else ""


def effect_of(row: CommandRow) -> str:
    """What was seen to come of a command, after its answer; nothing where nothing has to come."""
    return effect_said(row.effect or "")


def nothing_came(effect: str | None) -> bool:
    """Whether an accepted command was waited for in vain, so far."""
    return (effect or "").startswith((effects.NOT_STARTED, effects.NOT_ENDED))


def effect_said(told: str) -> str:
    """An effect as it is written down, as a person reads it."""
    if told.startswith(effects.JOB_ENDED):
        return gettext("It ended: %(status)s") % {
            "status": told[len(effects.JOB_ENDED) :].strip(" .")
        }
    known = next((said for text, said in EFFECT.items() if told.startswith(text)), told)
    return gettext(known)


def _limit_of(request: Mapping[str, Any]) -> float | None:
    try:
        return float(request["profile"]["periods"][0]["limit_w"])
    except (KeyError, IndexError, TypeError, ValueError):
        return None
