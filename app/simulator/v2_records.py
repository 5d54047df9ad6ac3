"""OCPP 2.x: lists, reservations, profiles read back, messages on the display, costs (blocks D, H, I, K09, N09, O)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ocpp.v201.enums import Action

from . import profiles, reservations
from .dialect import stamp
from .link import Reply
from .outbox import Outgoing
from .plan import Payload

if TYPE_CHECKING:
    from .station import VirtualStation

__all__ = ["ANSWERS"]

PER_REPORT = 4
MOST_MESSAGES = 20


def _status(word: str, then: Callable[[], object] | None = None) -> Reply:
    return Reply(payload={"status": word}, then=then)


def _later(station: VirtualStation, action: str, parts: list[Payload]) -> Callable[[], None]:
    """Send one message per part, in order, once the answer is out."""

    def build(part: Payload) -> Callable[[], Payload]:
        return lambda: part

    return lambda: station.send([Outgoing(action=action, build=build(part)) for part in parts])


# --- local list


def _list_version(station: VirtualStation, payload: Payload) -> Reply:
    return Reply(payload={"versionNumber": station.memory.list_version})


def _send_list(station: VirtualStation, payload: Payload) -> Reply:
    """D01. A full list replaces; a differential one adds, changes, and removes entries without a verdict."""
    version: int = payload["versionNumber"]
    entries: list[Payload] = payload.get("localAuthorizationList", [])
    differential = payload["updateType"] == "Differential"
    if version <= 0:
        return _status("Failed")
    if differential and version <= station.memory.list_version:
        return _status("VersionMismatch")
    if not differential and any("idTokenInfo" not in one for one in entries):
        return _status("Failed")

    def apply() -> None:
        memory = station.memory
        memory.list_version = version
        if not differential:
            memory.list_entries.clear()
        for one in entries:
            key = str(one["idToken"]["idToken"]).lower()
            if "idTokenInfo" in one:
                memory.list_entries[key] = one
            else:
                memory.list_entries.pop(key, None)

    return _status("Accepted", apply)


# --- reservation


def _reserve(station: VirtualStation, payload: Payload) -> Reply:
    """H01: the EVSE that was named, or the first that is free."""
    word, kept = reservations.decide(
        station,
        number=payload["id"],
        evse=payload.get("evseId"),
        token=payload["idToken"]["idToken"],
        group=payload.get("groupIdToken", {}).get("idToken"),
        until=datetime.fromisoformat(payload["expiryDateTime"]),
    )
    return _status(word, None if kept is None else lambda: reservations.keep(station, kept))


def _cancel(station: VirtualStation, payload: Payload) -> Reply:
    number: int = payload["reservationId"]
    if number not in station.memory.reservations:
        return _status("Rejected")
    return _status("Accepted", lambda: reservations.release(station, number))


# --- profiles read back


def _get_profiles(station: VirtualStation, payload: Payload) -> Reply:
    """K09: one report per EVSE; all that is here came from the CSMS."""
    of = payload["chargingProfile"]
    found: dict[int, list[Payload]] = {}
    for one in station.installed:
        if "CSO" in of.get("chargingLimitSource", ["CSO"]) and _meant(one, payload, of):
            found.setdefault(one.evse, []).append(_raw(one.profile))
    if not found:
        return _status("NoProfiles")
    parts: list[Payload] = [
        {
            "requestId": payload["requestId"],
            "chargingLimitSource": "CSO",
            "evseId": evse,
            "chargingProfile": some,
            "tbc": number + 1 < len(found),
        }
        for number, (evse, some) in enumerate(sorted(found.items()))
    ]
    return _status("Accepted", _later(station, Action.report_charging_profiles, parts))


def _meant(one: profiles.Installed, payload: Payload, of: Payload) -> bool:
    profile = one.profile
    return (
        payload.get("evseId") in (None, one.evse)
        and of.get("chargingProfilePurpose") in (None, profile.purpose)
        and of.get("stackLevel") in (None, profile.stack_level)
        and profile.id in of.get("chargingProfileId", [profile.id])
    )


def _raw(profile: profiles.Profile) -> Payload:
    """As it came; one that came with a start now knows its transaction."""
    if profile.transaction_id is None:
        return profile.raw
    return {**profile.raw, "transactionId": profile.transaction_id}


# --- display


def _show(station: VirtualStation, payload: Payload) -> Reply:
    """O01, O02, O06; a text display, which knows no markup."""
    message: Payload = payload["message"]
    content = message.get("message") or {}
    running = {one.transaction.id for one in station.evses if one.transaction is not None}
    if content.get("format") in ("HTML", "QRCODE"):
        return _status("NotSupportedMessageFormat")
    if message.get("transactionId") is not None and message["transactionId"] not in running:
        return _status("UnknownTransaction")
    known = station.memory.messages
    if message["id"] not in known and len(known) >= MOST_MESSAGES:
        return _status("Rejected")
    return _status("Accepted", lambda: known.__setitem__(message["id"], message))


def _messages(station: VirtualStation, payload: Payload) -> Reply:
    """O03, O04."""
    found = [
        one
        for one in station.memory.messages.values()
        if one["id"] in payload.get("id", [one["id"]])
        and payload.get("priority") in (None, one["priority"])
        and payload.get("state") in (None, one.get("state"))
    ]
    if not found:
        return _status("Unknown")
    groups = [found[at : at + PER_REPORT] for at in range(0, len(found), PER_REPORT)]
    parts: list[Payload] = [
        {
            "requestId": payload["requestId"],
            "messageInfo": group,
            "tbc": number + 1 < len(groups),
        }
        for number, group in enumerate(groups)
    ]
    return _status("Accepted", _later(station, Action.notify_display_messages, parts))


def _clear_message(station: VirtualStation, payload: Payload) -> Reply:
    number: int = payload["id"]
    if number not in station.memory.messages:
        return _status("Unknown")
    return _status("Accepted", lambda: station.memory.messages.pop(number, None))


# --- cost, customers, networks


def _cost(station: VirtualStation, payload: Payload) -> Reply:
    """I02: shown to the driver of that transaction."""

    def show() -> None:
        station.memory.costs[payload["transactionId"]] = payload["totalCost"]
        station.tell("cost", f"{payload['totalCost']:g}")

    return Reply(payload={}, then=show)


def _customer(station: VirtualStation, payload: Payload) -> Reply:
    """N09, N10: all that is known of a customer is their entry in the local list."""
    named: Any = payload.get("idToken", {}).get("idToken") or payload.get("customerIdentifier")
    if not payload["report"] and not payload["clear"]:
        return _status("Rejected")
    entry = station.memory.list_entries.get(str(named).lower())
    part: Payload = {
        "data": "" if entry is None else f"{named} is in the local list",
        "seqNo": 0,
        "generatedAt": stamp(station.now),
        "requestId": payload["requestId"],
        "tbc": False,
    }

    def act() -> None:
        if payload["clear"]:
            station.memory.list_entries.pop(str(named).lower(), None)
        _later(station, Action.notify_customer_information, [part])()

    return _status("Accepted", act)


def _network(station: VirtualStation, payload: Payload) -> Reply:
    """B09: kept; this station goes on with the connection that it has."""
    slot: int = payload["configurationSlot"]
    profile: Payload = payload["connectionData"]
    if not 1 <= slot <= 3 or profile["ocppTransport"] != "JSON":
        return _status("Rejected")
    return _status("Accepted", lambda: station.memory.networks.__setitem__(slot, profile))


ANSWERS: dict[str, Callable[[VirtualStation, Payload], Reply]] = {
    Action.get_local_list_version: _list_version,
    Action.send_local_list: _send_list,
    Action.reserve_now: _reserve,
    Action.cancel_reservation: _cancel,
    Action.get_charging_profiles: _get_profiles,
    Action.set_display_message: _show,
    Action.get_display_messages: _messages,
    Action.clear_display_message: _clear_message,
    Action.cost_updated: _cost,
    Action.customer_information: _customer,
    Action.set_network_profile: _network,
}
