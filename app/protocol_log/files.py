"""Where lines are kept: files of 10 MB and the five before each, that several processes may write to at once.

Files are UTF-8 and only for their owner's eyes. A disk that is full costs lines, never the program; it is said once.
"""

from __future__ import annotations

import logging
import os
import sys
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from logging.handlers import RotatingFileHandler
from pathlib import Path
from urllib.parse import quote

if sys.platform != "win32":
    import fcntl

__all__ = ["FORMAT", "SharedFile", "StationFiles"]

FORMAT = "%(asctime)s - %(name)s - %(levelname)s - %(message)s"
LARGEST = 10 * 1024 * 1024
KEPT = 5
MOST_OPEN = 64
"""Stations' files that are open at the same time; the one unused for longest is closed."""

LONGEST_NAME = 150


class SharedFile(RotatingFileHandler):
    """A file that rolls over. Who writes while another process rolled it over goes on in the new one."""

    def __init__(self, path: Path, *, largest: int = LARGEST, kept: int = KEPT) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock_path = path.with_name(path.name + ".lock")
        self._complained = False
        super().__init__(path, maxBytes=largest, backupCount=kept, encoding="utf-8", delay=True)
        self.setFormatter(logging.Formatter(FORMAT))

    def emit(self, record: logging.LogRecord) -> None:
        try:
            with self._alone():
                self._follow()
                super().emit(record)
        except OSError:
            self.handleError(record)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 (logging's name)
        """Say it once; the next line may have more luck."""
        if not self._complained:
            self._complained = True
            print(f"{self.baseFilename} cannot be written: {sys.exc_info()[1]}", file=sys.stderr)

    def _open(self) -> TextIOWrapper:
        return open(
            self.baseFilename,
            "a",
            encoding="utf-8",
            errors="backslashreplace",
            opener=_for_the_owner,
        )

    @contextmanager
    def _alone(self) -> Iterator[None]:
        if sys.platform == "win32":
            yield
            return
        lock = _for_the_owner(str(self._lock_path), os.O_WRONLY | os.O_CREAT)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)

    def _follow(self) -> None:
        """Leave a file that is not the newest any more."""
        if self.stream is None:
            return
        try:
            moved = os.stat(self.baseFilename).st_ino != os.fstat(self.stream.fileno()).st_ino
        except FileNotFoundError:
            moved = True
        if moved:
            self.stream.close()
            self.stream = None  # opened again by the next line


class StationFiles(logging.Handler):
    """A directory with one file per station, `ocpp_{station id}.log`. Lines without a station are not kept."""

    def __init__(self, directory: Path) -> None:
        super().__init__()
        self._directory = directory
        self._open: OrderedDict[str, SharedFile] = OrderedDict()

    def emit(self, record: logging.LogRecord) -> None:
        station_id = getattr(record, "station_id", None)
        if station_id is not None:
            self._file(station_id).emit(record)

    def close(self) -> None:
        """Close all files."""
        while self._open:
            self._open.popitem()[1].close()
        super().close()

    def _file(self, station_id: str) -> SharedFile:
        found = self._open.get(station_id)
        if found is None:
            name = quote(station_id or "unnamed", safe="")[:LONGEST_NAME]
            found = self._open[station_id] = SharedFile(self._directory / f"ocpp_{name}.log")
            if len(self._open) > MOST_OPEN:
                self._open.popitem(last=False)[1].close()
        self._open.move_to_end(station_id)
        return found


def _for_the_owner(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
