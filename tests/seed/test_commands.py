"""`halla seed`, `halla user` and `halla apikey` as a person meets them."""

from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from click.testing import Result
from typer.testing import CliRunner

from app.cli import halla as program
from app.config import ROOT

Halla = Callable[..., Result]


@pytest.fixture
def halla(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Halla:
    monkeypatch.setenv("HALLA_DATABASE_URL", database_url)

    def run(*words: str, stdin: str = "") -> Result:
        return CliRunner().invoke(program, words, input=stdin)

    return run


def test_seed_says_what_it_did(halla: Halla) -> None:
    first = halla("seed")
    assert first.exit_code == 0, first.output
    assert "3 sites, 34 stations, 2,900 kW, 14 id tokens" in first.stdout
    assert "98 created, 0 updated." in first.stdout
    assert "0 created, 0 updated." in halla("seed").stdout


def test_seed_tells_mistakes_and_changes_nothing(
    halla: Halla, tmp_path: Path, database_url: str
) -> None:
    path = tmp_path / "stations.csv"
    path.write_text(
        "station,location,location_name,latitude,longitude,max_power_kw\n"
        "ok,site,Site,33.5,126.5,50\n"
        "swapped,site,Site,126.5,33.5,50\n",
        encoding="utf-8",
    )
    result = halla("seed", str(path))
    assert result.exit_code == 1
    assert result.stdout == ""
    lines = result.stderr.splitlines()
    assert lines[0].startswith(f"{path}:3: latitude 126.5 and longitude 33.5 look swapped;")
    assert lines[1] == "1 mistake; nothing was changed."
    with psycopg.connect(database_url) as connection:
        assert connection.execute("SELECT count(*) FROM station").fetchone() == (0,)


def test_check_needs_no_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HALLA_DATABASE_URL", "postgresql://127.0.0.1:1/nothing")
    result = CliRunner().invoke(program, ["seed", "--check", str(ROOT / "seed_data")])
    assert result.exit_code == 0, result.output
    assert result.stdout == "8 sites, 43 stations, 3,326 kW, 14 id tokens: no mistakes.\n"
    assert CliRunner().invoke(program, ["seed", "--check", str(tmp_path)]).exit_code == 1


def test_users_come_change_and_go(halla: Halla) -> None:
    assert halla("user", "add", "mina", "--role", "admin", stdin="correct horse\n").exit_code == 0
    assert halla("user", "add", "joon", stdin="battery staple\n").exit_code == 0
    assert halla("user", "role", "joon", "operator").stdout == "joon is operator now.\n"
    assert halla("user", "passwd", "joon", stdin="tr0ub4dor&3\n").exit_code == 0
    link = halla("user", "link", "joon").stdout
    assert link.startswith("http://127.0.0.1:8080/sign-in/link/")
    assert halla("user", "link", "nobody").exit_code == 1
    listed = halla("user", "list").stdout
    assert "mina" in listed
    assert "operator" in listed
    last = halla("user", "remove", "mina")
    assert (last.exit_code, last.stderr) == (
        1,
        "This is the last admin; make somebody else an admin first.\n",
    )
    assert halla("user", "remove", "joon").exit_code == 0
    short = halla("user", "add", "x", stdin="short\n")
    assert (short.exit_code, short.stderr) == (1, "A password has 8 to 1024 characters.\n")
    long = halla("user", "add", "x", stdin="p" * 1025 + "\n")
    assert (long.exit_code, long.stderr) == (1, "A password has 8 to 1024 characters.\n")


def test_keys_are_printed_once(halla: Halla) -> None:
    made = halla("apikey", "add", "billing", "--role", "operator")
    key = made.stdout.strip()
    assert key.startswith("halla_")
    assert "not shown again" in made.stderr
    listed = halla("apikey", "list").stdout
    assert key not in listed
    assert key[:10] in listed
    assert halla("apikey", "revoke", "billing").exit_code == 0
    gone = halla("apikey", "revoke", "billing")
    assert (gone.exit_code, gone.stderr) == (1, "There is no key 'billing'.\n")
