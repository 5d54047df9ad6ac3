"""OCPP 2.x: firmware, logs, certificates, monitors (blocks A, L, M, N)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from ocpp.v201.enums import Action

from . import jobs, keys, monitors
from .dialect import stamp
from .link import Reply
from .memory import Job
from .outbox import Outgoing
from .plan import Payload
from .variables import find

if TYPE_CHECKING:
    from .station import VirtualStation

__all__ = ["ANSWERS", "firmware_status", "log_status", "sign"]


def _status(word: str, then: Callable[[], object] | None = None) -> Reply:
    return Reply(payload={"status": word}, then=then)


# --- firmware and logs


def _update(station: VirtualStation, payload: Payload) -> Reply:
    """L01, L02."""
    firmware: Payload = payload["firmware"]
    certificate = firmware.get("signingCertificate")
    if certificate is not None and not keys.is_chain(certificate):
        return _status("InvalidCertificate")
    install = firmware.get("installDateTime")
    word = "AcceptedCanceled" if station.memory.update.running else "Accepted"
    return _status(
        word,
        lambda: jobs.update_firmware(
            station,
            payload["requestId"],
            firmware["location"],
            lambda status, job: station.send([firmware_status(status, job)]),
            fetch_at=datetime.fromisoformat(firmware["retrieveDateTime"]),
            install_at=None if install is None else datetime.fromisoformat(install),
            signed=certificate is not None,
        ),
    )


def firmware_status(status: str, job: Job) -> Outgoing:
    """FirmwareStatusNotification; an idle one names no request (L01.FR.20)."""
    payload: Payload = {"status": status}
    if job.id is not None and status != "Idle":
        payload["requestId"] = job.id
    return Outgoing(action=Action.firmware_status_notification, build=lambda: payload, keep=True)


def _log(station: VirtualStation, payload: Payload) -> Reply:
    """N01."""
    word = "AcceptedCanceled" if station.memory.log.running else "Accepted"
    number: int = payload["requestId"]
    return Reply(
        payload={"status": word, "filename": f"{station.plan.station_id}-{number}.log"[:255]},
        then=lambda: jobs.upload_log(
            station,
            number,
            payload["log"]["remoteLocation"],
            lambda status, job: station.send([log_status(status, job)]),
        ),
    )


def log_status(status: str, job: Job) -> Outgoing:
    """LogStatusNotification; an idle one names no request."""
    payload: Payload = {"status": status}
    if job.id is not None and status != "Idle":
        payload["requestId"] = job.id
    return Outgoing(action=Action.log_status_notification, build=lambda: payload)


# --- certificates


def sign(station: VirtualStation, use: str) -> None:
    """SignCertificate, as TriggerMessage asks for (A02, A03)."""
    csr = keys.request(station.plan.station_id, station.plan.vendor)
    payload: Payload = {"csr": csr, "certificateType": use}
    station.send([Outgoing(action=Action.sign_certificate, build=lambda: payload)])


def _signed(station: VirtualStation, payload: Payload) -> Reply:
    return _status("Accepted" if keys.is_chain(payload["certificateChain"]) else "Rejected")


def _install(station: VirtualStation, payload: Payload) -> Reply:
    """M05."""
    try:
        certificate = keys.install(payload["certificateType"], payload["certificate"])
    except ValueError:
        return _status("Rejected")
    return _status("Accepted", lambda: station.memory.certificates.append(certificate))


def _installed(station: VirtualStation, payload: Payload) -> Reply:
    """M03."""
    found = [
        one
        for one in station.memory.certificates
        if one.use in payload.get("certificateType", [one.use])
    ]
    if not found:
        return _status("NotFound")
    chains = [{"certificateType": one.use, "certificateHashData": one.hashes} for one in found]
    return Reply(payload={"status": "Accepted", "certificateHashDataChain": chains})


def _delete(station: VirtualStation, payload: Payload) -> Reply:
    """M04."""
    named: Payload = payload["certificateHashData"]
    left = [one for one in station.memory.certificates if one.hashes != named]
    if len(left) == len(station.memory.certificates):
        return _status("NotFound")
    return _status("Accepted", lambda: setattr(station.memory, "certificates", left))


# --- monitors


def _monitor(station: VirtualStation, payload: Payload) -> Reply:
    """N04: one verdict for each."""
    verdicts: list[Payload] = []
    fresh: list[tuple[int, Payload]] = []
    number = max(station.memory.monitors, default=0)
    for asked in payload["setMonitoringData"]:
        word = _may_watch(station, asked)
        verdict: Payload = {
            "status": word,
            "type": asked["type"],
            "severity": asked["severity"],
            "component": asked["component"],
            "variable": asked["variable"],
        }
        if word == "Accepted":
            if "id" not in asked:
                number += 1
            chosen = asked.get("id", number)
            verdict["id"] = chosen
            fresh.append((chosen, asked))
        verdicts.append(verdict)

    def begin() -> None:
        for chosen, asked in fresh:
            station.memory.monitors[chosen] = asked
            station.memory.seen.pop(chosen, None)
            monitors.watch(station, chosen)

    return Reply(payload={"setMonitoringResult": verdicts}, then=begin)


def _may_watch(station: VirtualStation, asked: Payload) -> str:
    component = asked["component"]
    evse = component.get("evse", {}).get("id", 0)
    if not any(one.component.lower() == component["name"].lower() for one in station.variables):
        return "UnknownComponent"
    variable = find(station.variables, component["name"], asked["variable"]["name"], evse)
    if variable is None:
        return "UnknownVariable"
    if asked["type"] not in monitors.TYPES:
        return "UnsupportedMonitorType"
    if "id" in asked and asked["id"] not in station.memory.monitors:
        return "Rejected"
    negative = asked["type"] in ("Delta", "Periodic", "PeriodicClockAligned") and asked["value"] < 0
    return "Rejected" if negative else "Accepted"


def _clear_monitors(station: VirtualStation, payload: Payload) -> Reply:
    known = station.memory.monitors
    verdicts = [
        {"id": number, "status": "Accepted" if number in known else "NotFound"}
        for number in payload["id"]
    ]

    def clear() -> None:
        for number in payload["id"]:
            known.pop(number, None)

    return Reply(payload={"clearMonitoringResult": verdicts}, then=clear)


def _monitor_report(station: VirtualStation, payload: Payload) -> Reply:
    """N02."""
    criteria = payload.get("monitoringCriteria")
    named = payload.get("componentVariable")
    found = [
        (number, one)
        for number, one in sorted(station.memory.monitors.items())
        if (criteria is None or _criterion(one["type"]) in criteria)
        and (named is None or any(_names(one, entry) for entry in named))
    ]
    if not found:
        return _status("EmptyResultSet")
    now = stamp(station.now)
    parts: list[Payload] = [
        {
            "requestId": payload["requestId"],
            "generatedAt": now,
            "seqNo": place,
            "tbc": place + 1 < len(found),
            "monitor": [_reported(number, one)],
        }
        for place, (number, one) in enumerate(found)
    ]

    def tell() -> None:
        for part in parts:
            station.send([_part(part)])

    return _status("Accepted", tell)


def _part(payload: Payload) -> Outgoing:
    return Outgoing(action=Action.notify_monitoring_report, build=lambda: payload)


def _criterion(kind: str) -> str:
    if kind.startswith("Periodic"):
        return "PeriodicMonitoring"
    return "DeltaMonitoring" if kind == "Delta" else "ThresholdMonitoring"


def _names(monitor: Payload, entry: Payload) -> bool:
    same = bool(monitor["component"]["name"] == entry["component"]["name"])
    return same and entry.get("variable", monitor["variable"]) == monitor["variable"]


def _reported(number: int, one: Payload) -> Payload:
    return {
        "component": one["component"],
        "variable": one["variable"],
        "variableMonitoring": [
            {
                "id": number,
                "transaction": one.get("transaction", False),
                "value": one["value"],
                "type": one["type"],
                "severity": one["severity"],
            }
        ],
    }


def _base(station: VirtualStation, payload: Payload) -> Reply:
    """N03: this station has no monitors but those that were set; a reset base forgets them."""
    if payload["monitoringBase"] == "All":
        return _status("Accepted")
    return _status("Accepted", station.memory.monitors.clear)


def _level(station: VirtualStation, payload: Payload) -> Reply:
    return _status("Accepted" if 0 <= payload["severity"] <= 9 else "Rejected")


ANSWERS: dict[str, Callable[[VirtualStation, Payload], Reply]] = {
    Action.update_firmware: _update,
    Action.get_log: _log,
    Action.certificate_signed: _signed,
    Action.install_certificate: _install,
    Action.get_installed_certificate_ids: _installed,
    Action.delete_certificate: _delete,
    Action.set_variable_monitoring: _monitor,
    Action.clear_variable_monitoring: _clear_monitors,
    Action.get_monitoring_report: _monitor_report,
    Action.set_monitoring_base: _base,
    Action.set_monitoring_level: _level,
}
