"""L: firmware fetched, checked, installed, published."""

from datetime import UTC, datetime
from typing import Any

import pytest

from app.csms import jobs
from app.domain.commands import OutcomeStatus
from tests.ingress.oca.conftest import ID, Bench
from tests.ingress.oca.sessions import begin, end
from tests.ingress.oca.station import Station

URL = "https://firmware.example/station.bin"
SOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
SIGNED = {"signing_certificate": "-----BEGIN CERTIFICATE-----", "signature": "c2lnbmF0dXJl"}
MD5 = "d41d8cd98f00b204e9800998ecf8427e"


async def update(bench: Bench, station: Station, word: str = "Accepted", **more: Any) -> Any:
    """Ask for signed firmware; the station answers `word`. Its request's number."""
    task = bench.start(
        jobs.update_firmware(bench.context, bench.actor, ID, location=URL, **SIGNED, **more)
    )
    asked = await station.obey("UpdateFirmware", {"status": word})
    assert asked["firmware"]["location"] == URL
    assert asked["firmware"]["signingCertificate"] == SIGNED["signing_certificate"]
    assert asked["firmware"]["signature"] == SIGNED["signature"]
    accepted = word in ("Accepted", "AcceptedCanceled")
    outcome = (await task).outcome
    assert (outcome.status is OutcomeStatus.ACCEPTED, outcome.detail) == (accepted, word)
    return asked["requestId"]


async def tell(station: Station, request_id: int, *words: str) -> None:
    """How far the update is."""
    for word in words:
        said = {"status": word, "requestId": request_id}
        assert await station.call("FirmwareStatusNotification", said) == {}


async def job(bench: Bench) -> list[tuple[Any, ...]]:
    """Kind, last word and whether it has ended, of all jobs."""
    return await bench.rows(
        "SELECT kind, status, finished_at IS NOT NULL FROM station_job ORDER BY id"
    )


async def steps(bench: Bench) -> list[str]:
    """All words about jobs."""
    return [row[0] for row in await bench.rows("SELECT status FROM job_progress ORDER BY id")]


@pytest.mark.parametrize(
    "words",
    [
        pytest.param(
            "Downloading Downloaded SignatureVerified Installing InstallRebooting | Installed",
            marks=pytest.mark.oca("TC_L_01"),
        ),
        pytest.param(
            "Downloading Downloaded SignatureVerified InstallScheduled Installing | Installed",
            marks=pytest.mark.oca("TC_L_02"),
        ),
        pytest.param(
            "DownloadScheduled Downloading Downloaded SignatureVerified Installing | Installed",
            marks=pytest.mark.oca("TC_L_03"),
        ),
        pytest.param("Downloading Downloaded InvalidSignature", marks=pytest.mark.oca("TC_L_06")),
        pytest.param("Downloading DownloadFailed", marks=pytest.mark.oca("TC_L_07")),
        pytest.param(
            "Downloading Downloaded SignatureVerified Installing InstallVerificationFailed",
            marks=pytest.mark.oca("TC_L_08"),
        ),
        pytest.param(
            "Downloading Downloaded SignatureVerified Installing InstallationFailed",
            marks=pytest.mark.oca("TC_L_09"),
        ),
    ],
)
async def test_an_update_is_followed_to_its_end(bench: Bench, words: str) -> None:
    """L01: every step is kept in its order; the last word is the job's; the station may start again on the way."""
    before, _, after = words.partition(" | ")
    async with bench.connect() as station:
        await station.boot()
        more = {"install_at": SOON} if "InstallScheduled" in words else {}
        more |= {"retrieve_at": SOON} if "DownloadScheduled" in words else {}
        request_id = await update(bench, station, **more)
        await tell(station, request_id, *before.split())
        if after:
            booted = await station.call(
                "BootNotification",
                {
                    "chargingStation": {
                        "vendorName": "OCA",
                        "model": "Case",
                        "firmwareVersion": "2.0",
                    },
                    "reason": "FirmwareUpdate",
                },
            )
            assert booted["status"] == "Accepted"
            await tell(station, request_id, *after.split())
    told = before.split() + after.split()
    assert await job(bench) == [("firmware", told[-1], True)]
    assert await steps(bench) == told
    assert await bench.rows("SELECT effect FROM station_command") == [(f"It ended: {told[-1]}.",)]
    version = await bench.rows("SELECT firmware_version FROM station WHERE id = %s", ID)
    assert version == [("2.0" if after else None,)]


@pytest.mark.parametrize(
    "word",
    [
        pytest.param("RevokedCertificate", marks=pytest.mark.oca("TC_L_04")),
        pytest.param("InvalidCertificate", marks=pytest.mark.oca("TC_L_05")),
    ],
)
async def test_a_certificate_that_is_not_good(bench: Bench, word: str) -> None:
    """L01: the station refuses; the job has ended before it began."""
    async with bench.connect() as station:
        await station.boot()
        await update(bench, station, word)
    assert await job(bench) == [("firmware", word, True)]
    assert await bench.rows("SELECT status, detail FROM station_command") == [("rejected", word)]


@pytest.mark.oca("TC_L_10")
async def test_tc_l_10(bench: Bench) -> None:
    """A newer update takes the place of the one that was going on."""
    async with bench.connect() as station:
        await station.boot()
        first = await update(bench, station)
        await tell(station, first, "Downloading")
        second = await update(bench, station, "AcceptedCanceled")
        assert second != first
        await tell(station, second, "Downloading", "Downloaded", "Installed")
    assert await job(bench) == [("firmware", "Canceled", True), ("firmware", "Installed", True)]


@pytest.mark.oca("TC_L_11")
async def test_tc_l_11(bench: Bench) -> None:
    """A newer update that the station cannot take leaves the first one going on."""
    async with bench.connect() as station:
        await station.boot()
        first = await update(bench, station)
        await tell(station, first, "Downloading")
        await update(bench, station, "Rejected")
        await tell(station, first, "Downloaded", "Installed")
    assert await job(bench) == [("firmware", "Installed", True), ("firmware", "Rejected", True)]


@pytest.mark.oca("TC_L_13")
async def test_tc_l_13(bench: Bench) -> None:
    """While a car charges the installation waits; afterwards it goes on."""
    async with bench.connect() as station:
        await station.boot()
        transaction = await begin(station)
        request_id = await update(bench, station)
        await tell(
            station,
            request_id,
            "Downloading",
            "Downloaded",
            "SignatureVerified",
            "InstallScheduled",
        )
        await station.status("Unavailable", evse_id=2)  # no new sessions while it waits
        assert await job(bench) == [("firmware", "InstallScheduled", False)]
        await end(station, transaction)
        await tell(station, request_id, "Installing", "Installed")
    assert await job(bench) == [("firmware", "Installed", True)]
    assert await bench.rows("SELECT ended_at IS NOT NULL FROM transaction") == [(True,)]


@pytest.mark.parametrize(
    "words",
    [
        pytest.param(
            "Downloading Downloaded ChecksumVerified Published", marks=pytest.mark.oca("TC_L_17")
        ),
        pytest.param("Downloading Downloaded InvalidChecksum", marks=pytest.mark.oca("TC_L_19")),
        pytest.param(
            "Downloading Downloaded ChecksumVerified PublishFailed",
            marks=pytest.mark.oca("TC_L_20"),
        ),
        pytest.param("Downloading DownloadFailed", marks=pytest.mark.oca("TC_L_24")),
    ],
)
async def test_firmware_is_published(bench: Bench, words: str) -> None:
    """L03: a local controller fetches firmware and says where its stations find it, or why not."""
    async with bench.connect() as station:
        await station.boot()
        await publish(bench, station, words.split())
    told = words.split()
    assert await job(bench) == [("published_firmware", told[-1], True)]
    assert await steps(bench) == told
    location = "http://controller.example/a" if told[-1] == "Published" else URL
    assert await bench.rows("SELECT location FROM station_job") == [(location,)]


async def publish(bench: Bench, station: Station, words: list[str]) -> None:
    task = bench.start(
        jobs.publish_firmware(bench.context, bench.actor, ID, location=URL, checksum=MD5)
    )
    asked = await station.obey("PublishFirmware", {"status": "Accepted"})
    assert (asked["location"], asked["checksum"]) == (URL, MD5)
    await task
    for word in words:
        said = {"status": word, "requestId": asked["requestId"]}
        if word == "Published":
            said["location"] = ["http://controller.example/a"]
        assert await station.call("PublishFirmwareStatusNotification", said) == {}


@pytest.mark.parametrize(
    ("word", "status", "job_status"),
    [
        pytest.param("Unpublished", "accepted", "Unpublished", marks=pytest.mark.oca("TC_L_21")),
        pytest.param("NoFirmware", "rejected", "Unpublished", marks=pytest.mark.oca("TC_L_22")),
        pytest.param("DownloadOngoing", "rejected", "Published", marks=pytest.mark.oca("TC_L_23")),
    ],
)
async def test_firmware_is_unpublished(
    bench: Bench, word: str, status: str, job_status: str
) -> None:
    """L04: it is offered no more, unless a station is fetching it now."""
    async with bench.connect() as station:
        await station.boot()
        await publish(bench, station, ["Downloading", "Downloaded", "Published"])
        task = bench.start(jobs.unpublish_firmware(bench.context, bench.actor, ID, checksum=MD5))
        assert await station.obey("UnpublishFirmware", {"status": word}) == {"checksum": MD5}
        outcome = (await task).outcome
        assert (outcome.status.value, outcome.detail) == (status, word)
    assert await job(bench) == [("published_firmware", job_status, True)]
