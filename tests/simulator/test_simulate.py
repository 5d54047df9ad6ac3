"""The command: it runs a fleet, prints what happened, and its exit code tells the truth."""

import asyncio
import signal
import sys
from pathlib import Path

import pytest

from tests.simulator.csms import Csms, Refusal

ROOT = Path(__file__).resolve().parents[2]
# The file alone: the witness needs nothing else of Halla, not even its other commands.
PROGRAM = """
import importlib.util, typer
spec = importlib.util.spec_from_file_location("simulate", "app/cli/simulate.py")
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
typer.run(module.simulate)
"""


async def begin(*arguments: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        PROGRAM,
        *arguments,
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )


async def end(process: asyncio.subprocess.Process) -> tuple[int | None, str]:
    output, _ = await asyncio.wait_for(process.communicate(), 90)
    return process.returncode, output.decode()


async def test_a_fleet_that_was_answered_ends_with_0(csms: Csms) -> None:
    ids = "A-1,A-2,A-3"
    code, output = await end(
        await begin("--scenario", "exact", "--url", csms.url, "--ids", ids, "--token", "MY-CARD")
    )
    assert code == 0, output
    assert "3 of 3" in output
    assert "1.250 kWh" in output
    assert set(csms.frames) == {"A-1", "A-2", "A-3"}
    assert csms.of("A-2", "StartTransaction")[0]["idTag"] == "MY-CARD"
    assert csms.faults == []


async def test_an_error_of_the_csms_ends_with_1(csms: Csms) -> None:
    def refuse(_: dict) -> dict:
        raise Refusal("InternalError")

    csms.answers["StatusNotification"] = refuse
    code, output = await end(
        await begin("--scenario", "exact", "--url", csms.url, "--stations", "1")
    )
    assert code == 1
    assert "StatusNotification: InternalError" in output


async def test_a_csms_that_is_not_there_ends_with_1() -> None:
    code, output = await end(
        await begin("--scenario", "idle", "--url", "ws://127.0.0.1:9", "--duration", "0.5")
    )
    assert code == 1
    assert "is the CSMS running?" in output


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_a_signal_ends_the_run_in_order(csms: Csms, number: signal.Signals) -> None:
    process = await begin(
        "--scenario", "steady", "--url", csms.url, "--stations", "1", "--version", "2.0.1"
    )
    await csms.until(lambda: csms.frames.get("SIM-0001") and csms.events("SIM-0001"), 60)
    process.send_signal(number)
    code, output = await end(process)
    assert code == 0, output
    assert csms.events("SIM-0001")[-1]["eventType"] == "Ended"


async def test_options_that_make_no_sense_end_with_2() -> None:
    code, output = await end(await begin("--scenario", "nonsense"))
    assert code == 2
    assert "choose one of demo, session" in output
