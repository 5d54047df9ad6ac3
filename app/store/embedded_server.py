"""The private database's server process: set up its folder, start it, know whether it lives.

When that is to happen, and who else uses it, is `app.store.embedded`'s business.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from app.store.embedded_binaries import Binaries, EmbeddedError
from app.store.embedded_home import Home

INITDB_TIMEOUT_S = 180
START_TIMEOUT_S = 90
PORT = 5432
NAME = "halla"


def make_cluster(home: Home, binaries: Binaries, progress: Callable[[str], None]) -> None:
    """Initialise a cluster beside its place and move it there when it is complete."""
    progress("Creating the database.")
    unfinished = home.root / "cluster.unfinished"
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(mode=0o700)
    if home.owner.switch:
        os.chown(unfinished, home.owner.uid, home.owner.gid)
    locale = "C" if sys.platform == "darwin" else "C.UTF-8"
    words = ["-D", str(unfinished), "-U", NAME, "-A", "trust", "-E", "UTF8", f"--locale={locale}"]
    # The same order as C.UTF-8's, but compared byte by byte: every look-up by a station's id is cheaper.
    words.append("--lc-collate=C")
    done = _run(home, binaries, "initdb", words, INITDB_TIMEOUT_S)
    if done.returncode != 0:
        raise EmbeddedError(f"PostgreSQL could not create the database: {_last_line(done.stderr)}")
    # What initdb found out about this machine stays; ours comes after it, a person's last.
    with (unfinished / "postgresql.conf").open("a", encoding="utf-8") as configuration:
        configuration.write("include 'halla.conf'\ninclude 'local.conf'\n")
    _write(unfinished / "local.conf", "# Your own choices; Halla leaves this file alone.\n")
    unfinished.rename(home.cluster)


def write_configuration(home: Home) -> None:
    """Say how the server is to run here; at every start, because the folder may have moved."""
    socket_dir = str(home.socket_dir).replace('"', '""').replace("'", "''")
    _write(
        home.cluster / "halla.conf",
        f"""\
# Written by Halla at every start. Put your own choices into local.conf beside this file.
listen_addresses = ''
port = {PORT}
unix_socket_directories = '"{socket_dir}"'
max_connections = 200
shared_buffers = 256MB
fsync = on
synchronous_commit = on
# The first change of a page after a checkpoint logs the whole page, so checkpoints are few.
checkpoint_timeout = 15min
max_wal_size = 2GB
jit = off
# Parallel workers share memory through /dev/shm, which containers keep small.
max_parallel_workers_per_gather = 0
timezone = 'UTC'
log_timezone = 'UTC'
logging_collector = on
log_directory = 'log'
log_filename = 'postgresql-%a.log'
log_truncate_on_rotation = on
log_rotation_age = 1d
log_rotation_size = 0
""",
    )


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
    path.chmod(0o644)  # the folder is closed to others; the server's user must read it


def start_server(home: Home, binaries: Binaries) -> str:
    """Start the server and wait for it; return the reason if it did not come up."""
    pid = read_pid(home)
    if pid is not None and _exists(pid):
        # Left behind by a crash, and another program has the number now (or the dead server was
        # never collected by its parent). PostgreSQL would take it for itself and refuse.
        (home.cluster / "postmaster.pid").unlink(missing_ok=True)
        (home.socket_dir / f".s.PGSQL.{PORT}.lock").unlink(missing_ok=True)
    words = ["-D", str(home.cluster), "-l", str(log_path(home)), "-s", "-w", "-t", "60", "start"]
    done = _run(home, binaries, "pg_ctl", words, START_TIMEOUT_S)
    if done.returncode == 0:
        return ""
    fatal = [line for line in _read_log(home) if "FATAL:" in line]
    return fatal[-1].split("FATAL:", 1)[1].strip() if fatal else _last_line(done.stderr)


def read_pid(home: Home) -> int | None:
    """The number of the server process, which may be dead; None after a clean stop."""
    try:
        return int((home.cluster / "postmaster.pid").read_text().split("\n", 1)[0])
    except (FileNotFoundError, ValueError):
        return None


def is_postgres(pid: int | None) -> bool:
    """Is this the number of a living PostgreSQL process?"""
    if pid is None:
        return False
    status = Path(f"/proc/{pid}/status")
    if status.exists():
        with suppress(OSError):
            told = status.read_text()
            return "Name:\tpostgres" in told and "State:\tZ" not in told
        return False
    return _exists(pid) and not Path("/proc/self/status").exists()


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def existing_major(home: Home) -> int | None:
    """The PostgreSQL version an existing cluster was made by."""
    try:
        return int((home.cluster / "PG_VERSION").read_text())
    except FileNotFoundError:
        return None


def log_path(home: Home) -> Path:
    """Where the server writes until its own log in `cluster/log` takes over."""
    return home.cluster / "start.log"


def _read_log(home: Home) -> list[str]:
    with suppress(OSError):
        return log_path(home).read_text(errors="replace").splitlines()
    return []


def _last_line(text: str) -> str:
    return (text.strip().splitlines() or ["no message"])[-1]


def _run(
    home: Home, binaries: Binaries, program: str, words: Sequence[str], timeout_s: int
) -> subprocess.CompletedProcess[str]:
    # A PGPORT or PGDATA meant for another database must not reach this one.
    environ = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    owner = home.owner
    try:
        return subprocess.run(
            [str(binaries.bin_dir / program), *words],
            capture_output=True,
            stdin=subprocess.DEVNULL,
            text=True,
            timeout=timeout_s,
            check=False,
            cwd="/",
            env={**environ, "LC_ALL": "C", **binaries.environ},
            user=owner.uid if owner.switch else None,
            group=owner.gid if owner.switch else None,
            extra_groups=[] if owner.switch else None,
        )
    except subprocess.TimeoutExpired as error:
        raise EmbeddedError(
            f"PostgreSQL's {program} did not finish within {timeout_s} s. {log_path(home)}"
        ) from error
