"""Frames arrive in files, in order, without making anybody wait; what did not fit is counted."""

import logging
import re
import threading
from multiprocessing import get_context
from pathlib import Path

import pytest

from app.protocol_log import log as logs
from app.protocol_log.files import SharedFile
from app.protocol_log.lines import TAGS
from app.protocol_log.log import Places, ProtocolLog, open_log

LINE = re.compile(
    r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} - (ocpp_messages|charger_simulator|ocpp_server) - DEBUG - \[([A-Z-]+)\]"
)
FRAMES = (
    '[2,"1","Heartbeat",{}]',
    '[3,"1",{"currentTime":"2026-01-21T10:30:47Z"}]',
    '[4,"1","NotImplemented","no",{}]',
)


def plain(text: str) -> str:
    return text


def talk(log: ProtocolLog) -> None:
    for frame in FRAMES:
        log.sent("CHARGER", "cp/1", frame)
        log.received("SERVER", "cp/1", frame.encode())
        log.sent("SERVER", "cp/1", frame.encode())
        log.received("CHARGER", "cp/1", frame)


def test_all_tags_in_the_common_file_and_in_the_stations_own(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    places = Places(file=tmp_path / "deep" / "ocpp.log", directory=tmp_path / "stations")
    with open_log(places, plain) as log:
        talk(log)
        logging.getLogger("app.somewhere").warning("said by %s", "the program")
    common = (tmp_path / "deep" / "ocpp.log").read_text(encoding="utf-8")
    assert {tag for _, tag in LINE.findall(common)} == TAGS
    assert "WARNING - said by the program" in common
    own = (tmp_path / "stations" / "ocpp_cp%2F1.log").read_text(encoding="utf-8")
    assert LINE.findall(own) == LINE.findall(common)
    assert (tmp_path / "deep" / "ocpp.log").stat().st_mode & 0o077 == 0
    assert "OCPP" not in "".join(capsys.readouterr())
    assert not logging.getLogger("ocpp_server").handlers


def test_what_comes_too_fast_is_counted_and_nobody_waits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logs, "MOST_WAITING_BYTES", 100)
    release = threading.Event()

    def slow(text: str) -> str:
        release.wait(10)
        return text

    with open_log(Places(file=tmp_path / "ocpp.log"), slow) as log:
        for _ in range(50):
            log.sent("SERVER", "cp", FRAMES[0])
        lost = log.lost
        release.set()
    assert 40 <= lost < 50
    text = (tmp_path / "ocpp.log").read_text(encoding="utf-8")
    assert text.count("SERVER-SEND") == 50 - lost
    assert f"{lost} frames are missing here" in text


def test_files_roll_over_and_five_are_kept(tmp_path: Path) -> None:
    handler = SharedFile(tmp_path / "a.log", largest=200, kept=5)
    for number in range(60):
        handler.handle(
            logging.LogRecord("x", 10, "", 0, f"line {number:03} {'.' * 40}", None, None)
        )
    handler.close()
    names = sorted(path.name for path in tmp_path.glob("a.log*") if path.suffix != ".lock")
    assert names == ["a.log", *(f"a.log.{number}" for number in range(1, 6))]
    assert "line 059" in (tmp_path / "a.log").read_text(encoding="utf-8")


def write(path: str, who: str, lines: int) -> None:
    handler = SharedFile(Path(path), largest=4_000, kept=50)
    for number in range(lines):
        handler.handle(logging.LogRecord(who, 10, "", 0, f"{who} {number} {'.' * 60}", None, None))
    handler.close()


def test_two_processes_share_a_file_that_rolls_over(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    other = get_context("spawn").Process(target=write, args=(str(path), "two", 300))
    other.start()
    write(str(path), "one", 300)
    other.join(30)
    assert other.exitcode == 0
    lines = [
        line
        for file in tmp_path.glob("a.log*")
        for line in file.read_text(encoding="utf-8").splitlines()
    ]
    assert len(lines) == len(set(lines)) == 600


def test_a_disk_that_is_full_costs_lines_only(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.log").mkdir()
    with open_log(Places(file=tmp_path / "a.log"), plain) as log:
        talk(log)
    assert capsys.readouterr().err.count("cannot be written") == 1
