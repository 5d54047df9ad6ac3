"""1.6 Firmware Management: updates and diagnostics."""

from typing import Any

import pytest

from app.csms import jobs
from app.domain.commands import OutcomeStatus
from tests.ingress.oca.conftest import ID, Bench
from tests.ingress.oca.station import Station

V16 = "ocpp1.6"
URL = "ftp://user:hush@files.example/station.bin"
HIDDEN = "ftp://***@files.example/station.bin"


async def update(bench: Bench, station: Station) -> None:
    """Ask for new firmware; 1.6 has no word to refuse with."""
    task = bench.start(jobs.update_firmware(bench.context, bench.actor, ID, location=URL))
    asked = await station.obey("UpdateFirmware", {})
    assert asked["location"] == URL
    assert asked["retrieveDate"].endswith("Z")
    assert (await task).outcome.status is OutcomeStatus.ACCEPTED


async def tell(station: Station, action: str, *words: str) -> None:
    for word in words:
        assert await station.call(action, {"status": word}) == {}


async def found(bench: Bench, kind: str) -> list[tuple[Any, ...]]:
    """Last word, whether it has ended, and all words, of each job."""
    return await bench.rows(
        "SELECT status, finished_at IS NOT NULL,"
        " (SELECT string_agg(p.status, ' ' ORDER BY p.id) FROM job_progress p WHERE p.job_id = j.id)"
        " FROM station_job j WHERE kind = %s ORDER BY id",
        kind,
    )


@pytest.mark.oca("TC_044_1_CSMS")
async def test_tc_044_1(bench: Bench) -> None:
    """Downloaded, installed; the station starts again in between."""
    async with bench.connect(subprotocol=V16) as station:
        await station.boot()
        await update(bench, station)
        await tell(station, "FirmwareStatusNotification", "Downloading", "Downloaded", "Installing")
        await station.status("Unavailable")
    async with bench.connect(subprotocol=V16) as station:
        booted = await station.call(
            "BootNotification",
            {"chargePointVendor": "OCA", "chargePointModel": "Case", "firmwareVersion": "2.0"},
        )
        assert booted["status"] == "Accepted"
        await station.status("Available")
        await tell(station, "FirmwareStatusNotification", "Installed")
    assert await found(bench, "firmware") == [
        ("Installed", True, "Downloading Downloaded Installing Installed")
    ]
    assert await bench.rows("SELECT firmware_version FROM station WHERE id = %s", ID) == [("2.0",)]


@pytest.mark.oca("TC_044_2_CSMS")
async def test_tc_044_2(bench: Bench) -> None:
    """The download fails."""
    async with bench.connect(subprotocol=V16) as station:
        await station.boot()
        await update(bench, station)
        await tell(station, "FirmwareStatusNotification", "Downloading", "DownloadFailed")
    assert await found(bench, "firmware") == [
        ("DownloadFailed", True, "Downloading DownloadFailed")
    ]


@pytest.mark.oca("TC_044_3_CSMS")
async def test_tc_044_3(bench: Bench) -> None:
    """The installation fails; the station is as it was."""
    async with bench.connect(subprotocol=V16) as station:
        await station.boot()
        await update(bench, station)
        await tell(station, "FirmwareStatusNotification", "Downloading", "Downloaded", "Installing")
        assert (await station.boot())["status"] == "Accepted"
        await tell(station, "FirmwareStatusNotification", "InstallationFailed")
        await station.status("Available")
    assert await found(bench, "firmware") == [
        ("InstallationFailed", True, "Downloading Downloaded Installing InstallationFailed")
    ]


@pytest.mark.parametrize(
    ("word", "kept"),
    [
        pytest.param("Uploaded", "Uploaded", marks=pytest.mark.oca("TC_045_1_CSMS")),
        pytest.param("UploadFailed", "UploadFailure", marks=pytest.mark.oca("TC_045_2_CSMS")),
    ],
)
async def test_diagnostics_are_uploaded(bench: Bench, word: str, kept: str) -> None:
    """The file's name and each word about its upload are kept."""
    async with bench.connect(subprotocol=V16) as station:
        await station.boot()
        task = bench.start(jobs.get_log(bench.context, bench.actor, ID, location=URL))
        asked = await station.obey("GetDiagnostics", {"fileName": "diag.zip"})
        assert asked == {"location": URL}
        assert (await task).outcome.status is OutcomeStatus.ACCEPTED
        await tell(station, "DiagnosticsStatusNotification", "Uploading", word)
    assert await found(bench, "log") == [(kept, True, f"Uploading {kept}")]
    assert await bench.rows(
        "SELECT asked ->> 'filename', asked ->> 'location', location FROM station_job"
    ) == [("diag.zip", HIDDEN, HIDDEN)]
