"""NATS's own server for tests: installed, or Debian's package unpacked (no root needed)."""

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from app.config import ROOT
from app.store import debian

UNPACKED = ROOT / ".halla-test" / "nats-server"


def find_nats_server() -> Path | None:
    """The program, installed or unpacked (no root needed)."""
    installed = shutil.which("nats-server")
    if installed is not None:
        return Path(installed)
    program = UNPACKED / "usr" / "sbin" / "nats-server"
    if not program.exists() and debian.has_apt():
        UNPACKED.parent.mkdir(parents=True, exist_ok=True)
        with (
            suppress(debian.PackagesUnavailable),
            TemporaryDirectory(dir=UNPACKED.parent, prefix="nats-lists-") as lists,
        ):
            apt = debian.open_lists(Path(lists), print, wanted="nats-server")
            debian.unpack(apt, ["nats-server"], UNPACKED, print, what="nats-server")
    found = shutil.which("nats-server", path=f"{UNPACKED}/usr/sbin:{UNPACKED}/usr/bin")
    return Path(found) if found else None


@contextmanager
def nats_server(program: Path, port: int | None = None) -> Iterator[str]:
    """Run it on a free port of loopback, or on this one; yields its address."""
    if port is None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
    process = subprocess.Popen(
        [program, "-a", "127.0.0.1", "-p", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _await_answer(port)
        yield f"nats://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(60)


def _await_answer(port: int) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError("nats-server does not answer")
