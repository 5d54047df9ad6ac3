"""Where the tests' own PostgreSQL lies: in memory if this machine has the room, else in `.halla-test`.

Each test gets a database of its own, some 750 files, and gives it back. On a disk that costs up to half a second of
the kernel's time, more with every file deleted shortly before; in memory it is always the same few hundredths.

    python -m tests.cluster remove
"""

import hashlib
import os
import shutil
import sys
from pathlib import Path

import psycopg
from psycopg import sql

from app.config import ROOT
from app.store import embedded

ON_DISK = ROOT / ".halla-test"
MEMORY = Path("/dev/shm")
NEEDED_BYTES = 2 * 2**30  # many times what the tests use: some 100 MB, and the log below
# In memory nothing is gained by few checkpoints or by keeping the log's old files.
CONFIGURATION = {
    "max_wal_size": "512MB",
    "wal_recycle": "off",
    "wal_init_zero": "off",
}


def data_dir() -> Path:
    """The folder of this checkout and user; `make clean` removes it."""
    return _in_memory() if _has_room(MEMORY) else ON_DISK


def remove() -> None:
    """Stop the server, if it runs and nobody uses it, and delete its folder."""
    for folder in (_in_memory(), ON_DISK):
        running = embedded.running(folder) if folder.exists() else None
        if running is not None:
            embedded.stop(running)
        shutil.rmtree(folder, ignore_errors=True)


def _in_memory() -> Path:
    whose = hashlib.sha256(os.fsencode(ROOT) + str(os.geteuid()).encode()).hexdigest()[:12]
    return MEMORY / f"halla-test-{whose}"


def configure(url: str) -> None:
    """Apply what only the tests' server wants; does nothing where it is so already."""
    with psycopg.connect(url, autocommit=True) as connection:
        changed = False
        for name, value in CONFIGURATION.items():
            now = connection.execute("SELECT current_setting(%s)", (name,)).fetchone()
            if now != (value,):
                statement = sql.SQL("ALTER SYSTEM SET {} = {}")
                connection.execute(statement.format(sql.Identifier(name), sql.Literal(value)))
                changed = True
        if changed:
            connection.execute("SELECT pg_reload_conf()")


def _has_room(folder: Path) -> bool:
    """Both the file system's limit and the machine's memory must allow it."""
    try:
        limit = os.statvfs(folder)
        told = dict(line.split(":", 1) for line in Path("/proc/meminfo").read_text().splitlines())
    except (OSError, ValueError):
        return False
    free = int(told.get("MemAvailable", "0 kB").split()[0]) * 1024
    return (
        os.access(folder, os.W_OK)
        and limit.f_bavail * limit.f_frsize >= NEEDED_BYTES
        and free >= NEEDED_BYTES
    )


if __name__ == "__main__":
    if sys.argv[1:] != ["remove"]:
        raise SystemExit(__doc__)
    remove()
