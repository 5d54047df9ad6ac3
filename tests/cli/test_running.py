"""What ends a command from outside: it unwinds, so that nothing of it stays behind."""

import signal
import subprocess
import sys
from importlib.metadata import entry_points

import pytest

from app.config import ROOT

WAITING = """
import asyncio
import signal
from app.cli.running import run_program

async def job(settings):
    try:
        print("at work", flush=True)
        await asyncio.sleep(60)
    finally:
        await asyncio.sleep(0)
        print("tidied up", flush=True)

signal.signal(signal.SIGHUP, signal.SIG_DFL)  # whoever runs the tests may be deaf to it
run_program(job)
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_command_that_is_ended_tidies_up(number: signal.Signals) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", f"import typer\ntyper.run(lambda: exec({WAITING!r}, {{}}))"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline() == "at work\n"
        process.send_signal(number)
        assert process.stdout.read() == "tidied up\n"
        assert process.stderr.read() == ""
        assert process.wait(timeout=20) == 128 + number


LOADING = """
import os, signal, sys
from app.__main__ import main

class Interrupted:
    def find_spec(self, name, path=None, target=None):
        if name == "app.cli.serve":
            os.kill(os.getpid(), signal.SIGINT)

signal.signal(signal.SIGINT, signal.default_int_handler)  # whoever runs the tests may be deaf to it
sys.meta_path.insert(0, Interrupted())
sys.argv[1:] = ["--help"]
main()
"""


def test_ctrl_c_while_the_program_is_still_loading_ends_it_without_a_word() -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOADING], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stdout, done.stderr) == (128 + signal.SIGINT, "", "")


def test_the_command_begins_where_ctrl_c_is_heard() -> None:
    (command,) = entry_points(group="console_scripts", name="halla")
    assert command.value == "app.__main__:main"


def test_a_command_that_opens_no_web_loads_none() -> None:
    """It is half of the program: `halla user` would take twice as long to begin."""
    loaded = "import sys, app.cli; print([m for m in sys.modules if m.startswith(('app.web', 'app.api'))])"
    done = subprocess.run(
        [sys.executable, "-c", loaded],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stdout == "[]\n"
