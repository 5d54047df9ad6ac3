"""From the event loop to the files: frames are handed over and written by a thread of its own.

Handing over never waits. What does not fit into the queue is lost, and the log says how many frames that were.
"""

from __future__ import annotations

import logging
import queue
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from logging.handlers import QueueHandler
from pathlib import Path

from .files import FORMAT, SharedFile, StationFiles
from .lines import LOGGERS, MESSAGES, Frame, Side, Way, lines_of

__all__ = ["STDERR", "Places", "ProtocolLog", "open_log"]

STDERR = Path("-")
"""As the common file: lines go to standard error instead."""

MOST_WAITING = 5_000
MOST_WAITING_BYTES = 32 * 1024 * 1024
LONGEST_FRAME = 64 * 1024
END_S = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Where lines go. `frames`: whether the common file has the frames, or only what the program says.

    `level`: how much of what the program says goes into the common file, beside the frames.
    """

    file: Path | None = None
    directory: Path | None = None
    frames: bool = True
    level: str = "INFO"


class ProtocolLog:
    """Takes frames from one event loop. Made by `open_log`."""

    def __init__(
        self,
        common: logging.Handler | None,
        of_stations: logging.Handler | None,
        hide: Callable[[str], str],
        most_waiting: int = MOST_WAITING,
    ) -> None:
        self.lost = 0
        self._common = common
        self._of_stations = of_stations
        self._hide = hide
        self._queue: queue.Queue[Frame | logging.LogRecord | None] = queue.Queue(most_waiting)
        self._taken_bytes = self._written_bytes = 0
        self._lost_said = 0
        self._thread = threading.Thread(target=self._write, name="protocol log", daemon=True)

    def sent(self, side: Side, station_id: str, frame: str | bytes) -> None:
        """`side` is about to send this."""
        self._take(side, "SEND", station_id, frame)

    def received(self, side: Side, station_id: str, frame: str | bytes) -> None:
        """`side` received this."""
        self._take(side, "RECV", station_id, frame)

    def note(self, record: logging.LogRecord) -> None:
        """A line of the program itself."""
        try:
            self._queue.put_nowait(record)
        except queue.Full:
            self.lost += 1

    def start(self) -> None:
        """Begin to write."""
        self._thread.start()

    def close(self) -> None:
        """Write what waits, for a few seconds at most."""
        if not self._thread.is_alive():
            return
        try:
            self._queue.put(None, timeout=END_S)
        except queue.Full:
            return
        self._thread.join(END_S)

    def _take(self, side: Side, way: Way, station_id: str, frame: str | bytes) -> None:
        text = frame[:LONGEST_FRAME]
        if self._taken_bytes - self._written_bytes + len(text) > MOST_WAITING_BYTES:
            self.lost += 1
            return
        try:
            self._queue.put_nowait(Frame(time.time(), side, way, station_id, text))
        except queue.Full:
            self.lost += 1
        else:
            self._taken_bytes += len(text)

    def _write(self) -> None:
        while (item := self._queue.get()) is not None:
            if isinstance(item, Frame):
                self._written_bytes += len(item.text)
                for line in lines_of(item, self._hide):
                    self._say(line.logger, line.text, item.at, item.station_id)
            elif self._common is not None:
                self._common.handle(item)
            self._tell_lost()
        self._tell_lost()

    def _tell_lost(self) -> None:
        lost = self.lost
        if lost > self._lost_said:
            text = f"{lost - self._lost_said} frames are missing here: they came faster than they can be written."
            self._lost_said = lost
            self._say(MESSAGES, text, time.time(), None, logging.WARNING)

    def _say(
        self,
        logger: str,
        text: str,
        at: float,
        station_id: str | None,
        level: int = logging.DEBUG,
    ) -> None:
        record = logging.LogRecord(logger, level, "", 0, text, None, None)
        record.created = at
        record.msecs = int(at * 1000) % 1000
        record.station_id = station_id
        if self._of_stations is not None:
            self._of_stations.handle(record)
        logging.getLogger(logger).handle(record)


class _Notes(QueueHandler):
    """Carries the program's own lines into the log."""

    def __init__(self, log: ProtocolLog) -> None:
        super().__init__(queue.Queue(1))
        self._log = log

    def enqueue(self, record: logging.LogRecord) -> None:
        self._log.note(record)


@contextmanager
def open_log(places: Places, hide: Callable[[str], str]) -> Iterator[ProtocolLog]:
    """A log that is written until the block ends. `hide` takes the secrets out of a text.

    Raises OSError when a directory cannot be made.
    """
    common = _common(places)
    of_stations = None if places.directory is None else StationFiles(places.directory)
    loggers = [logging.getLogger(name) for name in LOGGERS]
    before = [(one.level, one.propagate) for one in loggers]
    for one in loggers:
        one.setLevel(logging.DEBUG)
        one.propagate = False  # the console is not the place for whole frames
        if common is not None and places.frames:
            one.addHandler(common)
        else:
            one.addHandler(logging.NullHandler())
    log = ProtocolLog(common, of_stations, hide)
    log.start()
    try:
        with _own_lines(log, places):
            yield log
    finally:
        log.close()
        for one, (level, propagate) in zip(loggers, before, strict=True):
            one.handlers.clear()
            one.setLevel(level)
            one.propagate = propagate
        for handler in (common, of_stations):
            if handler is not None:
                handler.close()


def _common(places: Places) -> logging.Handler | None:
    if places.file is None:
        return None
    if places.file != STDERR:
        return SharedFile(places.file)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter(FORMAT))
    return handler


@contextmanager
def _own_lines(log: ProtocolLog, places: Places) -> Iterator[None]:
    """What the program says goes into the common file too; its console stays as quiet as it was."""
    if places.file is None or places.file == STDERR:
        yield
        return
    root = logging.getLogger()
    before, others = root.level, [(one, one.level) for one in root.handlers]
    notes = _Notes(log)
    notes.setLevel(places.level)
    for one, level in others:
        one.setLevel(max(level, before))
    root.addHandler(notes)
    root.setLevel(min(before, notes.level))
    try:
        yield
    finally:
        root.removeHandler(notes)
        root.setLevel(before)
        for one, level in others:
            one.setLevel(level)
