"""The demo's chargers live in a process of their own, and end with the demo, however that ends."""

import signal
import subprocess
import sys
import time

import psutil
import pytest

from app.config import ROOT

DEMO = """
import asyncio
from app.cli.demo import Story, fleet

async def main():
    async with fleet("ws://127.0.0.1:9", [("A", 50_000.0)], Story(1.0, 1, None)) as process:
        print(process.pid, flush=True)
        await asyncio.sleep(60)

asyncio.run(main())
"""


@pytest.mark.parametrize("after_s", [0.0, 0.5])
def test_chargers_leave_ctrl_c_to_the_demo_also_while_they_load(after_s: float) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", DEMO],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as demo:
        assert demo.stdout is not None
        assert demo.stderr is not None
        fleet = psutil.Process(int(demo.stdout.readline()))
        time.sleep(after_s)
        fleet.send_signal(signal.SIGINT)
        time.sleep(0.5)
        assert fleet.status() != psutil.STATUS_ZOMBIE
        demo.send_signal(signal.SIGKILL)
        demo.wait(timeout=20)
        fleet.wait(timeout=60)
        assert demo.stderr.read() == ""


def test_chargers_whose_demo_is_killed_end() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", DEMO], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as demo:
        assert demo.stdout is not None
        fleet = psutil.Process(int(demo.stdout.readline()))
        demo.send_signal(signal.SIGKILL)
        demo.wait(timeout=20)
        fleet.wait(timeout=60)
