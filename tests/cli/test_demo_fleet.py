"""The demo's chargers live in a process of their own, and end with the demo, however that ends."""

import signal
import subprocess
import sys

import psutil

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


def test_chargers_whose_demo_is_killed_end() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", DEMO], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as demo:
        assert demo.stdout is not None
        fleet = psutil.Process(int(demo.stdout.readline()))
        demo.send_signal(signal.SIGKILL)
        demo.wait(timeout=20)
        fleet.wait(timeout=60)
