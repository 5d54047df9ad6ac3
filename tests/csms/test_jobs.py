"""Jobs and their steps, in whatever order and however often they are told."""

from typing import Any

from app.csms.context import Context
from app.csms.receive import receive
from app.domain.jobs import JobAsked, JobKind, JobProgressed
from app.domain.reports import Report
from app.queries import jobs
from app.queries.jobs import JobRow
from tests.factories import after, make_station, received

FIRMWARE = JobKind.FIRMWARE
LOG = JobKind.LOG


def asked(number: int | None, kind: JobKind = FIRMWARE, **more: Any) -> JobAsked:
    values = {"status": "Accepted", "location": "https://x/y", "asked": {"requestId": number}}
    return JobAsked(kind=kind, request_id=number, **{**values, **more})


def told(number: int | None, status: str, kind: JobKind = FIRMWARE) -> JobProgressed:
    return JobProgressed(kind=kind, request_id=number, status=status)


async def play(context: Context, *batches: tuple[Report, ...]) -> list[JobRow]:
    """Each batch in one go, a second after the other; all jobs, oldest first."""
    await make_station(context)
    for second, batch in enumerate(batches):
        answers = await receive(context, [received(one, at=after(second)) for one in batch])
        assert not any(isinstance(answer, Exception) for answer in answers)
    return list(reversed(await jobs.recent(context.database)))


def steps(job: JobRow) -> list[str]:
    return [step.status for step in job.progress]


async def test_a_job_and_its_steps_may_share_a_batch(context: Context) -> None:
    (job,) = await play(
        context,
        (asked(1), told(1, "Downloading"), told(1, "Downloaded")),
        (told(1, "Installed"),),
    )
    assert (job.status, job.finished_at, steps(job)) == (
        "Installed",
        after(1),
        ["Downloading", "Downloaded", "Installed"],
    )


async def test_a_step_may_come_before_we_have_noted_the_yes(context: Context) -> None:
    for number in (1, None):
        (job,) = await play(context, (told(number, "Downloading"),), (asked(number),))
        assert (job.status, job.location, steps(job)) == (
            "Downloading",
            "https://x/y",
            ["Downloading"],
        )
        async with context.database.read() as connection:
            await connection.execute("DELETE FROM station")


async def test_steps_without_a_number_belong_to_what_goes_on(context: Context) -> None:
    first, second = await play(
        context,
        (asked(None), told(None, "Downloading"), told(None, "DownloadFailed")),
        (asked(None), told(None, "Downloading"), told(None, "Installed")),
        (told(None, "Installed"),),
    )
    assert (first.status, second.status) == ("DownloadFailed", "Installed")
    assert steps(second) == ["Downloading", "Installed", "Installed"]


async def test_logs_and_firmware_do_not_mix(context: Context) -> None:
    firmware, log = await play(
        context,
        (asked(5), asked(5, LOG)),
        (told(5, "Uploaded", LOG), told(5, "Installing")),
    )
    assert (firmware.kind, firmware.status, firmware.finished_at) == (
        "firmware",
        "Installing",
        None,
    )
    assert (log.kind, log.status, log.finished_at) == ("log", "Uploaded", after(1))


async def test_nothing_to_do_is_no_job_and_ends_none(context: Context) -> None:
    (job,) = await play(
        context,
        (told(None, "Idle"), told(9, "Idle")),
        (asked(1), told(1, "Installed")),
        (told(None, "Idle"),),
        (told(1, "Idle"),),
    )
    assert (job.status, job.finished_at) == ("Installed", after(1))


async def test_an_update_that_nobody_asked_for_is_kept(context: Context) -> None:
    (job,) = await play(context, (told(None, "Downloading"),), (told(None, "Installed"),))
    assert (job.status, job.asked, steps(job)) == ("Installed", None, ["Downloading", "Installed"])


async def test_a_newer_job_takes_the_place_of_the_older(context: Context) -> None:
    first, second = await play(
        context,
        (asked(1), told(1, "Downloading")),
        (asked(2, status="AcceptedCanceled", replaces=True),),
    )
    assert (first.status, first.finished_at) == ("Canceled", after(1))
    assert (second.status, second.finished_at) == ("AcceptedCanceled", None)
