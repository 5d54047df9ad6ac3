"""The third-party files are the pinned ones, all of them, and nothing beside them."""

import json
import shutil
from pathlib import Path

import pytest

from app.cli import vendor


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(vendor.VENDOR, tmp_path / "vendor"))


def test_every_file_is_the_pinned_one() -> None:
    assert vendor.check(vendor.VENDOR) == []


def test_the_lock_names_the_very_packages_the_code_pins() -> None:
    lock = json.loads((vendor.VENDOR / vendor.LOCK).read_text(encoding="utf-8"))
    assert [(each["name"], each["version"], each["integrity"]) for each in lock["libraries"]] == [
        (each.name, each.version, each.integrity) for each in vendor.LIBRARIES
    ]


def test_no_file_asks_for_a_source_map() -> None:
    scripts = [*vendor.VENDOR.rglob("*.js"), *vendor.VENDOR.rglob("*.css")]
    assert len(scripts) >= 6
    assert [each.name for each in scripts if b"sourceMappingURL=" in each.read_bytes()] == []


def test_a_changed_file_is_noticed(copy: Path) -> None:
    with (copy / "leaflet" / "leaflet.js").open("ab") as script:
        script.write(b";")
    assert vendor.check(copy) == ["static/vendor/leaflet/leaflet.js is not the pinned file."]


def test_an_added_and_a_lost_file_are_noticed(copy: Path) -> None:
    (copy / "leaflet" / "extra.js").touch()
    (copy / "htmx.org" / "htmx.min.js").unlink()
    assert vendor.check(copy) == [
        "static/vendor/htmx.org/htmx.min.js is missing.",
        "static/vendor/leaflet/extra.js is not listed.",
    ]


def test_a_missing_lock_says_what_to_run(tmp_path: Path) -> None:
    assert vendor.check(tmp_path) == [
        "static/vendor/vendor.lock.json is missing; run `halla vendor fetch`."
    ]
