"""The Makefile's own decisions, asked of make itself."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.config import ROOT
from tests.unpacked import POSTGRESQL


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that the database's user could enter, which pytest's own are not for root."""
    made = Path(tempfile.mkdtemp(prefix="halla-test-"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made)


def make(target: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """`make TARGET` with the packages these tests run on."""
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("HALLA_", "MAKE", "MFLAGS"))
    }
    return subprocess.run(
        ["make", "-o", f"{sys.prefix}/.packages", f"VENV={sys.prefix}", target],
        cwd=ROOT,
        env={**inherited, **environ},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_setup_puts_postgis_where_halla_keeps_its_files(folder: Path, server_url: str) -> None:
    data = folder / "제주 data"
    data.mkdir()
    (data / "postgresql").symlink_to(POSTGRESQL)  # nothing need be downloaded

    first = make("postgis", HALLA_DATA_DIR=str(data))
    second = make("postgis", HALLA_DATA_DIR=str(data))

    assert first.returncode == second.returncode == 0, first.stderr
    assert "with PostGIS is in" in first.stderr
    assert (data / ".postgis").exists()
    assert second.stdout == second.stderr == ""


def test_setup_says_which_folder_it_may_not_use(folder: Path) -> None:
    (folder / "data").touch()

    done = make("postgis", HALLA_DATA_DIR=str(folder / "data"))

    assert done.returncode != 0
    assert "cannot be written" in done.stderr
    assert "Traceback" not in done.stderr


def test_setup_fetches_nothing_for_one_s_own_database(folder: Path) -> None:
    done = make(
        "postgis", HALLA_DATA_DIR=str(folder / "data"), HALLA_DATABASE_URL="postgresql://x/y"
    )

    assert done.returncode == 0
    assert list(folder.iterdir()) == []
