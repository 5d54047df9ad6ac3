"""Log uploads and firmware updates: a station that pretends to do the work and tells of every step.

Nothing is fetched or sent anywhere; a place that is no URL fails as it would on a real station. The words are 2.0.1's
statuses; `say(status, job)` puts them on the wire in the station's version.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from pathlib import PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from .memory import Job

if TYPE_CHECKING:
    from .station import VirtualStation

__all__ = ["Say", "update_firmware", "upload_log"]

Say = Callable[[str, Job], None]

_SCHEMES = frozenset({"http", "https", "ftp", "ftps", "sftp"})


def upload_log(station: VirtualStation, number: int | None, place: str, say: Say) -> None:
    """Upload a log; one that is under way is given up (N01.FR.12)."""
    old = station.memory.log
    if old.running and old.task is not None:
        old.task.cancel()
        if number is not None:
            say("AcceptedCanceled", old)
    job = station.memory.log = Job(id=number)
    job.task = station.spawn(_upload(station, job, place, say))


def update_firmware(
    station: VirtualStation,
    number: int | None,
    place: str,
    say: Say,
    *,
    fetch_at: datetime,
    install_at: datetime | None = None,
    signed: bool = False,
) -> None:
    """Fetch and install firmware; one that is under way is given up (L01.FR.24)."""
    old = station.memory.update
    if old.running and old.task is not None:
        old.task.cancel()
    job = station.memory.update = Job(id=number)
    work = _update(station, job, place, say, fetch_at, install_at, signed)
    job.task = station.spawn(work)


async def _upload(station: VirtualStation, job: Job, place: str, say: Say) -> None:
    await _step(station, job, "Uploading", say)
    _say(job, "Uploaded" if _reachable(place) else "UploadFailure", say)


async def _update(
    station: VirtualStation,
    job: Job,
    place: str,
    say: Say,
    fetch_at: datetime,
    install_at: datetime | None,
    signed: bool,
) -> None:
    await _until(station, job, fetch_at, "DownloadScheduled", say)
    await _step(station, job, "Downloading", say)
    if not _reachable(place):
        _say(job, "DownloadFailed", say)
        return
    await _step(station, job, "Downloaded", say)
    if signed:
        await _step(station, job, "SignatureVerified", say)
    if install_at is not None:
        await _until(station, job, install_at, "InstallScheduled", say)
    while station.busy:  # noqa: ASYNC110 (nobody's session is cut for it; a look now and then will do)
        await asyncio.sleep(station.job_s)
    await _step(station, job, "Installing", say)
    station.memory.firmware = PurePosixPath(urlsplit(place).path).stem[:50] or "1.0.1"
    await station.reboot("FirmwareUpdate", "Reboot")
    await station.connection.registered.wait()
    _say(job, "Installed", say)


async def _until(station: VirtualStation, job: Job, at: datetime, status: str, say: Say) -> None:
    wait_s = (at - station.now).total_seconds()
    if wait_s > 0:
        await _step(station, job, status, say)
        await asyncio.sleep(max(0.0, (at - station.now).total_seconds()))


async def _step(station: VirtualStation, job: Job, status: str, say: Say) -> None:
    _say(job, status, say)
    await asyncio.sleep(station.job_s)


def _say(job: Job, status: str, say: Say) -> None:
    job.status = status
    say(status, job)


def _reachable(place: str) -> bool:
    """Only the form of it is looked at."""
    parts = urlsplit(place)
    return parts.scheme in _SCHEMES and bool(parts.netloc)
