"""A private PostgreSQL with PostGIS, so that Halla runs where no database is set up.

Used when `HALLA_DATABASE_URL` is unset. The cluster lies in the data directory and listens on a
Unix socket only. Every process that uses it takes part; the last one to leave stops it, and a
process that was killed has left. Tables and migrations are `app.store.database`'s business.

    python -m app.store.embedded fetch|start|stop --data-dir .halla
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import psycopg

from app.store import embedded_home as homes
from app.store.embedded_binaries import Binaries, EmbeddedError
from app.store.embedded_binaries import find_or_fetch as find_or_fetch_in
from app.store.embedded_home import Home

INITDB_TIMEOUT_S = 180
START_TIMEOUT_S = 90
STOP_TIMEOUT_S = 60
CONNECT_TIMEOUT_S = 5
POLL_S = 0.05
PORT = 5432
NAME = "halla"

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """A running private database; `url` is for psycopg and SQLAlchemy alike."""

    url: str
    pid: int
    home: Home = field(repr=False)
    hold: int | None = field(default=None, repr=False)


def find_or_fetch(
    data_dir: Path, progress: Progress, *, unpacked_dir: Path | None = None
) -> Binaries:
    """PostgreSQL's programs: the machine's, or else unpacked into DATA_DIR/postgresql.

    `unpacked_dir` lets several data directories share one unpacked tree.
    Raises `EmbeddedError` with the one command that helps.
    """
    home = homes.find_home(data_dir)
    folder = homes.reachable(unpacked_dir or home.root / "postgresql", home.owner)
    with homes.locked(folder.with_name(f"{folder.name}.lock"), progress):
        return find_or_fetch_in(folder, progress, major=_existing_major(home))


def start(data_dir: Path, progress: Progress, *, unpacked_dir: Path | None = None) -> Cluster:
    """Make the cluster if there is none, start it if it is not running, and take part in it.

    Call `stop` at the end. Raises `EmbeddedError` with what to do.
    """
    home = homes.find_home(data_dir)
    if home.root != data_dir.resolve():
        progress(f"{data_dir} is closed to {home.owner.name}; the database lives in {home.root}.")
    homes.prepare(home)
    with homes.locked(home.lock, progress):
        hold = homes.take_part(home)
        try:
            found = _look(home) or _launch(home, progress, data_dir, unpacked_dir)
            _create_database(found)
        except BaseException:
            homes.leave(home, hold)
            raise
        return Cluster(url=found.url, pid=found.pid, home=home, hold=hold)


def stop(cluster: Cluster) -> None:
    """Leave the cluster; if nobody else uses it, shut it down cleanly."""
    with homes.locked(cluster.home.lock, lambda sentence: None):
        if not homes.leave(cluster.home, cluster.hold):
            return
        with suppress(ProcessLookupError):
            os.kill(cluster.pid, signal.SIGINT)  # PostgreSQL's "fast shutdown"
        deadline = time.monotonic() + STOP_TIMEOUT_S
        while _read_pid(cluster.home) == cluster.pid:
            if time.monotonic() > deadline:
                raise EmbeddedError(f"PostgreSQL (process {cluster.pid}) does not stop.")
            time.sleep(POLL_S)


def running(data_dir: Path) -> Cluster | None:
    """The cluster of this data directory if it is up; does not take part in it."""
    return _look(homes.find_home(data_dir))


def _look(home: Home) -> Cluster | None:
    """The cluster if it answers on its socket and is the one of this home."""
    if not (home.socket_dir / f".s.PGSQL.{PORT}").exists():
        return None
    try:
        with psycopg.connect(
            _url(home, "postgres"), autocommit=True, connect_timeout=CONNECT_TIMEOUT_S
        ) as connection:
            row = connection.execute("SHOW data_directory").fetchone()
    except psycopg.OperationalError:
        return None
    pid = _read_pid(home)
    if row is None or row[0] != str(home.cluster) or pid is None:
        return None
    return Cluster(url=_url(home, NAME), pid=pid, home=home)


def _launch(home: Home, progress: Progress, data_dir: Path, unpacked_dir: Path | None) -> Cluster:
    binaries = find_or_fetch(data_dir, progress, unpacked_dir=unpacked_dir)
    if not home.cluster.exists():
        _make_cluster(home, binaries, progress)
    progress(f"Starting PostgreSQL {binaries.major}.")
    _write_configuration(home)
    deadline = time.monotonic() + START_TIMEOUT_S
    while True:
        reason = "" if _is_postgres(_read_pid(home)) else _start_server(home, binaries)
        found = _look(home)
        if found is not None:
            return found
        # After a crash the old server's children may live on for a moment and keep the new one
        # out; a server that replays its log does not answer yet. Both pass.
        if time.monotonic() > deadline:
            raise EmbeddedError(f"PostgreSQL did not start: {reason or 'see its log'} {_log(home)}")
        time.sleep(POLL_S * 4)


def _make_cluster(home: Home, binaries: Binaries, progress: Progress) -> None:
    """Initialise a cluster beside its place and move it there when it is complete."""
    progress("Creating the database.")
    unfinished = home.root / "cluster.unfinished"
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(mode=0o700)
    if home.owner.switch:
        os.chown(unfinished, home.owner.uid, home.owner.gid)
    locale = "C" if sys.platform == "darwin" else "C.UTF-8"
    words = ["-D", str(unfinished), "-U", NAME, "-A", "trust", "-E", "UTF8", f"--locale={locale}"]
    done = _run(home, binaries, "initdb", words, INITDB_TIMEOUT_S)
    if done.returncode != 0:
        raise EmbeddedError(f"PostgreSQL could not create the database: {_last_line(done.stderr)}")
    unfinished.rename(home.cluster)


def _write_configuration(home: Home) -> None:
    socket_dir = str(home.socket_dir).replace('"', '""').replace("'", "''")
    (home.cluster / "postgresql.conf").write_text(
        f"""\
# Written by Halla at every start. Put your own choices into local.conf beside this file.
listen_addresses = ''
port = {PORT}
unix_socket_directories = '"{socket_dir}"'
max_connections = 200
shared_buffers = 256MB
fsync = on
synchronous_commit = on
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
include_if_exists = 'local.conf'
""",
        encoding="utf-8",
    )


def _start_server(home: Home, binaries: Binaries) -> str:
    """Start the server and wait for it; return the reason if it did not come up."""
    pid = _read_pid(home)
    if pid is not None and _exists(pid):
        # Left behind by a crash, and another program has the number now (or the dead server was
        # never collected by its parent). PostgreSQL would take it for itself and refuse.
        (home.cluster / "postmaster.pid").unlink(missing_ok=True)
        (home.socket_dir / f".s.PGSQL.{PORT}.lock").unlink(missing_ok=True)
    words = ["-D", str(home.cluster), "-l", str(_log(home)), "-s", "-w", "-t", "60", "start"]
    done = _run(home, binaries, "pg_ctl", words, START_TIMEOUT_S)
    return "" if done.returncode == 0 else _last_line(done.stderr)


def _create_database(cluster: Cluster) -> None:
    with psycopg.connect(
        _url(cluster.home, "postgres"), autocommit=True, connect_timeout=CONNECT_TIMEOUT_S
    ) as connection:
        known = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (NAME,))
        if known.fetchone() is None:
            connection.execute(f"CREATE DATABASE {NAME}")
    with psycopg.connect(
        cluster.url, autocommit=True, connect_timeout=CONNECT_TIMEOUT_S
    ) as connection:
        known = connection.execute("SELECT 1 FROM pg_extension WHERE extname = 'postgis'")
        if known.fetchone() is None:
            connection.execute("CREATE EXTENSION postgis")


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
            f"PostgreSQL's {program} did not finish within {timeout_s} s. {_log(home)}"
        ) from error


def _url(home: Home, database: str) -> str:
    return (
        f"postgresql://{NAME}@/{database}?host={quote(str(home.socket_dir), safe='')}&port={PORT}"
    )


def _read_pid(home: Home) -> int | None:
    try:
        return int((home.cluster / "postmaster.pid").read_text().split("\n", 1)[0])
    except (FileNotFoundError, ValueError):
        return None


def _is_postgres(pid: int | None) -> bool:
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


def _existing_major(home: Home) -> int | None:
    try:
        return int((home.cluster / "PG_VERSION").read_text())
    except FileNotFoundError:
        return None


def _log(home: Home) -> Path:
    return home.cluster / "start.log"


def _last_line(text: str) -> str:
    return (text.strip().splitlines() or ["no message"])[-1]


def main(words: Sequence[str] | None = None) -> int:
    """The command line of this module; for the Makefile and for curious people."""
    parser = argparse.ArgumentParser(prog="python -m app.store.embedded", description=__doc__)
    parser.add_argument("verb", choices=("fetch", "start", "stop"))
    parser.add_argument("--data-dir", type=Path, default=Path(".halla"))
    parser.add_argument("--unpacked-dir", type=Path, default=None)
    chosen = parser.parse_args(words)

    def tell(sentence: str) -> None:
        print(sentence, file=sys.stderr, flush=True)

    try:
        if chosen.verb == "fetch":
            binaries = find_or_fetch(chosen.data_dir, tell, unpacked_dir=chosen.unpacked_dir)
            tell(f"PostgreSQL {binaries.major} with PostGIS is in {binaries.bin_dir}.")
        elif chosen.verb == "start":
            # This process ends and thereby leaves; the cluster stays up for the next one.
            print(start(chosen.data_dir, tell, unpacked_dir=chosen.unpacked_dir).url)
        else:
            cluster = running(chosen.data_dir)
            if cluster is not None:
                stop(cluster)
    except EmbeddedError as error:
        tell(error.message)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
