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
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import psycopg

from app.store import embedded_home as homes
from app.store.embedded_binaries import Binaries, EmbeddedError, no_space
from app.store.embedded_binaries import find_or_fetch as find_or_fetch_in
from app.store.embedded_home import Home
from app.store.embedded_server import (
    NAME,
    PORT,
    START_TIMEOUT_S,
    existing_major,
    is_postgres,
    log_path,
    make_cluster,
    read_pid,
    start_server,
    write_configuration,
)

CRASH_TIMEOUT_S = 10
STOP_TIMEOUT_S = 60
CONNECT_TIMEOUT_S = 5
YOUNG_DATABASE = 200_000_000
LEAST_SPACE = 32_000_000
"""Free bytes: for a new database with Halla's tables; for two more files of PostgreSQL's log."""
POLL_S = 0.05

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
        return find_or_fetch_in(folder, progress, major=existing_major(home))


def start(data_dir: Path, progress: Progress, *, unpacked_dir: Path | None = None) -> Cluster:
    """Make the cluster if there is none, start it if it is not running, and take part in it.

    Call `stop` at the end. Raises `EmbeddedError` with what to do.
    """
    home = homes.find_home(data_dir)
    if home.root != data_dir.resolve():
        progress(
            f"PostgreSQL runs as the user {home.owner.name}, who may not enter {data_dir};"
            f" the database lives in {home.root}."
        )
    homes.prepare(home)
    with homes.locked(home.lock, progress):
        hold = homes.take_part(home)
        try:
            found = _look(home) or _launch(home, progress, data_dir, unpacked_dir)
            _create_database(found)
        except BaseException:
            if homes.leave(home, hold):
                _shut_down(home)
            raise
        return Cluster(url=found.url, pid=found.pid, home=home, hold=hold)


def stop(cluster: Cluster) -> None:
    """Leave the cluster; if nobody else uses it, shut it down cleanly."""
    with homes.locked(cluster.home.lock, lambda sentence: None):
        if homes.leave(cluster.home, cluster.hold):
            _shut_down(cluster.home)


@contextmanager
def sole_server(data_dir: Path) -> Iterator[None]:
    """While it lasts no other process serves charging stations from this private database."""
    with homes.serving(homes.find_home(data_dir)):
        yield


def running(data_dir: Path) -> Cluster | None:
    """The cluster of this data directory if it is up; does not take part in it."""
    return _look(homes.find_home(data_dir))


def _shut_down(home: Home) -> None:
    pid = read_pid(home)  # another one than ours, if ours crashed and was replaced
    if pid is None or not is_postgres(pid):
        return
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGINT)  # PostgreSQL's "fast shutdown"
    deadline = time.monotonic() + STOP_TIMEOUT_S
    while read_pid(home) == pid or is_postgres(pid):  # it ends a moment after its file is gone
        if time.monotonic() > deadline:
            raise EmbeddedError(f"PostgreSQL (process {pid}) does not stop; end it yourself.")
        time.sleep(POLL_S)


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
    pid = read_pid(home)
    if row is None or row[0] != str(home.cluster) or pid is None:
        return None
    return Cluster(url=_url(home, NAME), pid=pid, home=home)


def _launch(home: Home, progress: Progress, data_dir: Path, unpacked_dir: Path | None) -> Cluster:
    binaries = find_or_fetch(data_dir, progress, unpacked_dir=unpacked_dir)
    _refuse_full_disk(home)
    if not home.cluster.exists():
        make_cluster(home, binaries, progress)
    progress(f"Starting PostgreSQL {binaries.major}.")
    write_configuration(home)
    # After a crash the old server's children may live on for a moment and keep the new one out;
    # a server that replays its log does not answer yet. Both pass, the second more slowly.
    began, reason = time.monotonic(), ""
    while time.monotonic() - began < (CRASH_TIMEOUT_S if reason else START_TIMEOUT_S):
        reason = "" if is_postgres(read_pid(home)) else start_server(home, binaries)
        found = _look(home)
        if found is not None:
            return found
        time.sleep(POLL_S * 4)
    raise EmbeddedError(f"PostgreSQL did not start: {reason or 'no answer'}; see {log_path(home)}.")


def _refuse_full_disk(home: Home) -> None:
    # With less PostgreSQL starts, falls over at its first write, and says so in its log only.
    needed = LEAST_SPACE if home.cluster.exists() else YOUNG_DATABASE
    if shutil.disk_usage(home.root).free < needed:
        raise no_space(home.root)


def _create_database(cluster: Cluster) -> None:
    try:
        _create_missing(cluster)
    except psycopg.Error as error:
        reason = str(error).splitlines()[0]
        raise EmbeddedError(
            f"PostgreSQL could not prepare the database: {reason}; see {log_path(cluster.home)}."
        ) from error


def _create_missing(cluster: Cluster) -> None:
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


def _url(home: Home, database: str) -> str:
    return (
        f"postgresql://{NAME}@/{database}?host={quote(str(home.socket_dir), safe='')}&port={PORT}"
    )


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
