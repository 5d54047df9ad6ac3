"""The conformance table: which certification case is shown by which test. `python -m tests.ingress.oca.conformance`
runs all cases and writes docs/conformance.md; a test holds the page to the cases that exist.
"""

import csv
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from app.config import ROOT

HERE = Path(__file__).parent
PAGE = ROOT / "docs" / "conformance.md"
PASSED = "passed"


@dataclass(frozen=True)
class Case:
    """One case of the OCA's test documents; `status`: mandatory, conditional or unprofiled."""

    case: str
    version: str
    block: str
    status: str


def cases() -> list[Case]:
    """All that a CSMS is measured by."""
    with (HERE / "cases.csv").open(encoding="utf-8") as file:
        return [Case(**row) for row in csv.DictReader(file)]


def reasons() -> dict[str, str]:
    """Cases that cannot be shown, and why."""
    path = HERE / "cannot_show.csv"
    with path.open(encoding="utf-8") as file:
        return {row["case"]: row["reason"] for row in csv.DictReader(file)}


def page(results: dict[str, str]) -> str:
    """The page, from case id -> "passed" or what came instead."""
    lines = [
        "# Conformance: the OCA's certification cases for a CSMS",
        "",
        "Each case has a test of its own in `tests/ingress/oca/` that plays the station's side over a real socket.",
        "Written by `make conformance`; a case that cannot be shown says why.",
        "",
        *_summary(results),
    ]
    for version in ("2.0.1", "1.6"):
        lines += [
            "",
            f"## OCPP {version}",
            "",
            "| Case | Block | Status | Result |",
            "|---|---|---|---|",
        ]
        lines += [
            f"| {case.case} | {case.block} | {case.status} | {_result(case.case, results)} |"
            for case in cases()
            if case.version == version
        ]
    return "\n".join(lines) + "\n"


def _summary(results: dict[str, str]) -> Iterable[str]:
    yield "| Version | Status | Cases | Passed |"
    yield "|---|---|---|---|"
    groups = sorted({(case.version, case.status) for case in cases()}, reverse=True)
    for version, status in groups:
        of = [case.case for case in cases() if (case.version, case.status) == (version, status)]
        passed = sum(results.get(case) == PASSED for case in of)
        yield f"| {version} | {status} | {len(of)} | {passed} |"


def _result(case: str, results: dict[str, str]) -> str:
    if case in results:
        return results[case]
    reason = reasons().get(case)
    return f"not shown: {reason}" if reason else "no test yet"


def main() -> int:
    """Run all cases, write the page."""
    out = ROOT / "test-results" / "oca.txt"
    out.parent.mkdir(exist_ok=True)
    out.unlink(missing_ok=True)
    command = [sys.executable, "-m", "pytest", str(HERE), "-q", f"--oca-results={out}"]
    command.append(f"--ignore={HERE}/test_bench.py")
    status = subprocess.run(command, cwd=ROOT, check=False).returncode
    results = dict(line.split(" ", 1) for line in out.read_text().splitlines())
    PAGE.write_text(page(results), encoding="utf-8")
    return status


if __name__ == "__main__":
    raise SystemExit(main())
