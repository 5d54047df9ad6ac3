"""`python -m tests.bench`: measure, print, write JSON, and say whether the targets are met."""

import argparse
import asyncio
import json
import resource
import sys
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import uvloop

from app.config import ROOT
from tests.bench.database import Bench, private_database
from tests.bench.machine import about_machine
from tests.bench.rounds import QUICK, Plan, idle, ingest, live
from tests.bench.stations import Lost

LONGEST_S = 300.0
PARTS: dict[str, Callable[[Bench, Plan], Awaitable[dict[str, Any]]]] = {
    "ingest": ingest,
    "live": live,
    "idle": idle,
}
TARGETS: tuple[tuple[str, str, str, float], ...] = (
    ("ingest times_less_cpu", "times fewer CPU us per message than the baseline", ">=", 30),
    ("ingest budget_us", "CPU us per durable message, at the budget's machine's speed", "<=", 130),
    ("live answers p99_ms", "ms, p99 of answers at 200 messages/s", "<", 50),
    ("live frame_to_event p99_ms", "ms, p99 from a frame to the browser's event", "<", 300),
    ("idle kib_per_connection", "KiB per idle connection", "<=", 40),
)


def main() -> int:
    """0 if every target that was measured is met."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)}")
    parser.add_argument("--quick", action="store_true", help="short rounds: a look, no measurement")
    parser.add_argument("--out", type=Path, default=ROOT / ".halla" / "bench.json")
    chosen = parser.parse_args()
    if unknown := set(chosen.parts) - set(PARTS):
        parser.error(f"{', '.join(unknown)}: not one of {', '.join(PARTS)}")
    _raise_file_limit()
    try:
        results = uvloop.run(
            _measure(chosen.parts or list(PARTS), QUICK if chosen.quick else Plan())
        )
    except (Lost, TimeoutError) as error:
        print(f"bench: {error or 'it took too long'}", file=sys.stderr)
        return 1
    chosen.out.parent.mkdir(exist_ok=True)
    chosen.out.write_text(json.dumps(results, indent=2) + "\n")
    print(f"\nAll figures are in {chosen.out}.")
    return 0 if all(target["met"] for target in results["targets"]) else 1


async def _measure(parts: list[str], plan: Plan) -> dict[str, Any]:
    began = time.perf_counter()
    results: dict[str, Any] = {"at": datetime.now(UTC).isoformat(timespec="seconds")}
    async with asyncio.timeout(LONGEST_S), private_database(plan.idle + 50) as bench:
        results["machine"] = about_machine(bench.version)
        for name in parts:
            results[name] = await PARTS[name](bench, plan)
            _print(name, results[name])
    results["seconds"] = time.perf_counter() - began
    results["targets"] = [
        {"what": what, "measured": value, "wanted": f"{sign} {limit:g}", "met": met}
        for path, what, sign, limit in TARGETS
        if (value := _find(results, path.split())) is not None
        for met in [value >= limit if sign == ">=" else value <= limit]
    ]
    print()
    for target in results["targets"]:
        word = "ok  " if target["met"] else "MISS"
        print(f"{word} {target['measured']:8.1f}  ({target['wanted']}) {target['what']}")
    return results


def _find(results: dict[str, Any], path: list[str]) -> float | None:
    found: Any = results
    for name in path:
        if name not in found:
            return None
        found = found[name]
    return float(found)


def _print(name: str, figures: dict[str, Any], depth: int = 0) -> None:
    print(f"{'  ' * depth}{name}")
    for key, value in figures.items():
        if isinstance(value, dict):
            _print(key, value, depth + 1)
        elif isinstance(value, int | float):
            shown = f"{value:,}" if isinstance(value, int) else f"{value:,.1f}"
            print(f"{'  ' * depth}  {key:28} {shown:>12}")
    sys.stdout.flush()


def _raise_file_limit() -> None:
    """Thousands of sockets; the servers inherit it."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


if __name__ == "__main__":
    raise SystemExit(main())
