"""Packages unpacked into a folder of ours: what is said when there are none."""

import shutil
from pathlib import Path

import pytest

from app.store import debian

pytestmark = pytest.mark.skipif(shutil.which("apt-get") is None, reason="not a Debian system")


@pytest.fixture
def unreachable_archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An apt whose only archive is at a port where nobody listens."""
    sources, configuration = tmp_path / "sources.list", tmp_path / "apt.conf"
    sources.write_text("deb [trusted=yes] http://127.0.0.1:1/debian stable main\n")
    configuration.write_text(
        f'Dir::Etc::SourceList "{sources}";\nDir::Etc::SourceParts "/dev/null";\n'
        'Acquire::http::Proxy "DIRECT";\nAcquire::Retries "0";\n'
    )
    monkeypatch.setenv("APT_CONFIG", str(configuration))


@pytest.mark.usefixtures("unreachable_archive")
def test_an_archive_that_does_not_answer_is_not_taken_for_an_empty_one(tmp_path: Path) -> None:
    with pytest.raises(debian.PackagesUnavailable, match=r"does not answer \(.+\); check"):
        debian.fetch_lists(tmp_path / "apt", print)


@pytest.mark.usefixtures("unreachable_archive")
def test_the_make_file_s_way_in_says_so_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert debian.main([str(tmp_path / "pip"), "halla-no-such-package"]) == 1

    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith("Asking the package archive what it has.\nThe package archive")


def test_without_apt_the_way_in_ends_with_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    assert debian.main([str(tmp_path / "pip"), "python3-pip-whl"]) == 1

    assert "only be fetched on a Debian system" in capsys.readouterr().err


def test_a_full_disk_is_called_that() -> None:
    with pytest.raises(debian.DiskFull):
        debian._run(["cp", "/etc/passwd", "/dev/full"], 10)
