"""Who may import whom: the contracts in pyproject.toml hold."""

import subprocess
import sys
from pathlib import Path

import pytest

from app.config import ROOT


def lint_imports(root: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [
            sys.executable,
            "-c",
            "from importlinter.cli import lint_imports_command as command; command()",
            "--no-logo",
            "--no-cache",
            f"--config={root / 'pyproject.toml'}",
        ],
        cwd=root,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_every_contract_is_kept() -> None:
    told = lint_imports(ROOT)
    assert told.returncode == 0, told.stdout + told.stderr


@pytest.mark.parametrize(
    ("module", "line", "contract"),
    [
        ("domain/forbidden.py", "import fastapi", "The domain is plain Python"),
        ("csms/forbidden.py", "from app.web import app", "Doors open inwards"),
        ("api/forbidden.py", "from app.store import database", "Doors never reach past"),
        ("csms/forbidden.py", "import ocpp", "Only the stations' door"),
        ("web/forbidden.py", "import nats", "NATS is known in one module"),
        ("ingress/forbidden.py", "from app.ingress import v16", "A protocol version is known"),
        ("simulator/forbidden.py", "from app.domain import units", "an independent witness"),
    ],
)
def test_a_forbidden_import_is_noticed(
    tmp_path: Path, module: str, line: str, contract: str
) -> None:
    """The contracts bite: the same tree with one wrong line is refused."""
    (tmp_path / "pyproject.toml").write_bytes((ROOT / "pyproject.toml").read_bytes())
    for source in (ROOT / "app").rglob("*.py"):
        copy = tmp_path / source.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(source.read_bytes())
    (tmp_path / "app" / module).write_text(line + "\n", encoding="utf-8")

    told = lint_imports(tmp_path)

    assert told.returncode == 1, told.stdout + told.stderr
    broken = [each for each in told.stdout.splitlines() if each.endswith("BROKEN")]
    assert any(contract in each for each in broken), broken
