"""OCPP 1.6: local list, reservation, firmware, diagnostics, and the security whitepaper's certificates and logs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from . import jobs, keys, reservations
from .link import Reply
from .memory import Job
from .outbox import Outgoing
from .plan import Payload
from .v2_upkeep import log_status

if TYPE_CHECKING:
    from .station import VirtualStation

__all__ = ["ANSWERS", "diagnostics_status", "firmware_status", "log_status", "sign"]

_FIRMWARE = {
    "Idle",
    "Downloading",
    "Downloaded",
    "DownloadFailed",
    "Installing",
    "Installed",
    "InstallationFailed",
}
"""What FirmwareStatusNotification of 1.6 can say; the steps between are left out."""


def _status(word: str, then: Callable[[], object] | None = None) -> Reply:
    return Reply(payload={"status": word}, then=then)


# --- local list and reservation


def _list_version(station: VirtualStation, payload: Payload) -> Reply:
    return Reply(payload={"listVersion": station.memory.list_version})


def _send_list(station: VirtualStation, payload: Payload) -> Reply:
    """5.15. A full list replaces; a differential one adds, changes, and removes entries without a verdict."""
    version: int = payload["listVersion"]
    entries: list[Payload] = payload.get("localAuthorizationList", [])
    differential = payload["updateType"] == "Differential"
    if version <= 0:
        return _status("Failed")
    if differential and version <= station.memory.list_version:
        return _status("VersionMismatch")

    def apply() -> None:
        memory = station.memory
        memory.list_version = version
        if not differential:
            memory.list_entries.clear()
        for one in entries:
            key = str(one["idTag"]).lower()
            if "idTagInfo" in one:
                memory.list_entries[key] = one
            else:
                memory.list_entries.pop(key, None)

    return _status("Accepted", apply)


def _reserve(station: VirtualStation, payload: Payload) -> Reply:
    """5.13; connector 0: the first that is free."""
    word, kept = reservations.decide(
        station,
        number=payload["reservationId"],
        evse=payload["connectorId"] or None,
        token=payload["idTag"],
        group=payload.get("parentIdTag"),
        until=datetime.fromisoformat(payload["expiryDate"]),
    )
    return _status(word, None if kept is None else lambda: reservations.keep(station, kept))


def _cancel(station: VirtualStation, payload: Payload) -> Reply:
    number: int = payload["reservationId"]
    if number not in station.memory.reservations:
        return _status("Rejected")
    return _status("Accepted", lambda: reservations.release(station, number))


# --- firmware and diagnostics


def firmware_status(status: str, job: Job) -> list[Outgoing]:
    """FirmwareStatusNotification, where 1.6 has the word."""
    if status not in _FIRMWARE:
        return []
    payload: Payload = {"status": status}
    return [
        Outgoing(action="FirmwareStatusNotification", build=lambda: payload, keep=True),
    ]


def _signed_status(status: str, job: Job) -> list[Outgoing]:
    payload: Payload = {"status": status}
    if job.id is not None:
        payload["requestId"] = job.id
    return [Outgoing(action="SignedFirmwareStatusNotification", build=lambda: payload, keep=True)]


def diagnostics_status(status: str, job: Job) -> Outgoing:
    """DiagnosticsStatusNotification."""
    word = {"UploadFailure": "UploadFailed"}.get(status, status)
    payload: Payload = {"status": word}
    return Outgoing(action="DiagnosticsStatusNotification", build=lambda: payload)


def _update(station: VirtualStation, payload: Payload) -> Reply:
    return Reply(
        payload={},
        then=lambda: jobs.update_firmware(
            station,
            None,
            payload["location"],
            lambda status, job: station.send(firmware_status(status, job)),
            fetch_at=datetime.fromisoformat(payload["retrieveDate"]),
        ),
    )


def _signed_update(station: VirtualStation, payload: Payload) -> Reply:
    firmware: Payload = payload["firmware"]
    if not keys.is_chain(firmware["signingCertificate"]):
        return _status("InvalidCertificate")
    install = firmware.get("installDateTime")
    word = "AcceptedCanceled" if station.memory.update.running else "Accepted"
    return _status(
        word,
        lambda: jobs.update_firmware(
            station,
            payload["requestId"],
            firmware["location"],
            lambda status, job: station.send(_signed_status(status, job)),
            fetch_at=datetime.fromisoformat(firmware["retrieveDateTime"]),
            install_at=None if install is None else datetime.fromisoformat(install),
            signed=True,
        ),
    )


def _diagnostics(station: VirtualStation, payload: Payload) -> Reply:
    return Reply(
        payload={"fileName": f"{station.plan.station_id}.log"[:255]},
        then=lambda: jobs.upload_log(
            station,
            None,
            payload["location"],
            lambda status, job: station.send([diagnostics_status(status, job)]),
        ),
    )


def _log(station: VirtualStation, payload: Payload) -> Reply:
    number: int = payload["requestId"]
    word = "AcceptedCanceled" if station.memory.log.running else "Accepted"
    return Reply(
        payload={"status": word, "filename": f"{station.plan.station_id}-{number}.log"[:255]},
        then=lambda: jobs.upload_log(
            station,
            number,
            payload["log"]["remoteLocation"],
            lambda status, job: station.send(
                [] if status == "AcceptedCanceled" else [log_status(status, job)]
            ),
        ),
    )


# --- certificates


def sign(station: VirtualStation) -> None:
    """SignCertificate, as ExtendedTriggerMessage asks for."""
    payload: Payload = {"csr": keys.request(station.plan.station_id, station.plan.vendor)}
    station.send([Outgoing(action="SignCertificate", build=lambda: payload)])


def _signed(station: VirtualStation, payload: Payload) -> Reply:
    return _status("Accepted" if keys.is_chain(payload["certificateChain"]) else "Rejected")


def _install(station: VirtualStation, payload: Payload) -> Reply:
    try:
        certificate = keys.install(payload["certificateType"], payload["certificate"])
    except ValueError:
        return _status("Rejected")
    return _status("Accepted", lambda: station.memory.certificates.append(certificate))


def _installed(station: VirtualStation, payload: Payload) -> Reply:
    known = station.memory.certificates
    found = [one.hashes for one in known if one.use == payload["certificateType"]]
    if not found:
        return _status("NotFound")
    return Reply(payload={"status": "Accepted", "certificateHashData": found})


def _delete(station: VirtualStation, payload: Payload) -> Reply:
    named: Payload = payload["certificateHashData"]
    left = [one for one in station.memory.certificates if one.hashes != named]
    if len(left) == len(station.memory.certificates):
        return _status("NotFound")
    return _status("Accepted", lambda: setattr(station.memory, "certificates", left))


ANSWERS: dict[str, Callable[[VirtualStation, Payload], Reply]] = {
    "GetLocalListVersion": _list_version,
    "SendLocalList": _send_list,
    "ReserveNow": _reserve,
    "CancelReservation": _cancel,
    "UpdateFirmware": _update,
    "SignedUpdateFirmware": _signed_update,
    "GetDiagnostics": _diagnostics,
    "GetLog": _log,
    "CertificateSigned": _signed,
    "InstallCertificate": _install,
    "GetInstalledCertificateIds": _installed,
    "DeleteCertificate": _delete,
}
