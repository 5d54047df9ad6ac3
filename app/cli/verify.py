"""`halla verify`: whether what is stored is true. What the originals' scripts printed, as checks that can fail."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.table import Table

from app.cli import emart_checks
from app.cli.emart_checks import Installation, kilowatts
from app.cli.energy_checks import Rounded, check_all
from app.cli.mismatches import Checked
from app.cli.running import end, run
from app.csms.context import Context
from app.queries import energy_checks as windows
from app.queries import transactions
from app.queries.energy_checks import Counts
from app.queries.geo import ChargerStatus
from app.queries.transactions import TransactionRow

commands = typer.Typer(
    name="verify", help="Check that what is stored is true.", no_args_is_help=True
)

SHOWN = 50
"""Mismatches that are listed; the rest is counted."""
ZONE = ZoneInfo("Asia/Seoul")


@commands.command("energy")
def energy(
    hours: Annotated[
        int, typer.Option(min=1, help="Compare the frames of so many past hours.")
    ] = 24,
    new: Annotated[int, typer.Option(min=1, help="New is what came in so many minutes.")] = 60,
    at_least: Annotated[
        int, typer.Option(min=0, help="Fail if there are fewer ended sessions.")
    ] = 0,
) -> None:
    """Check every ended session's energy and cost against registers, samples, hours, views and acknowledged frames.

    Exit code 1 if anything differs: one line names station, session and field, what is stored and what is expected.
    Without any session there is nothing to check, and that is said; --at-least makes it a failure.
    """
    sound = run(lambda context: _energy(context, hours, new, at_least))
    if not sound:
        raise typer.Exit(1)


async def _energy(context: Context, hours: int, new: int, at_least: int) -> bool:
    console, now = Console(highlight=False), context.clock()
    counted = await windows.counts(context.database, now - timedelta(minutes=new))
    console.print("✓ Database connected")
    latest = await transactions.recent(context.database, active=False, limit=10)
    _show_new(console, counted, latest)
    await _show_top(console, context)
    _show_latest(console, latest)
    checks, rounded = await check_all(context, now - timedelta(hours=hours))
    _explain(console, rounded)
    wrong = _show_checks(console, checks, hours)
    if counted.summed_to is None and counted.samples:
        console.print("  The hours are not summed up yet: that is a running Halla's work.")
    if not counted.ended:
        console.print("0 records: there was nothing to check.")
    if counted.ended < at_least:
        console.print(f"✗ {counted.ended} ended sessions, {at_least} were expected.")
        return False
    if wrong:
        console.print(f"✗ {wrong} mismatch{'es' if wrong > 1 else ''}.")
        return False
    console.print(
        f"✓ 에너지 데이터 검증 완료: {counted.ended:,} sessions, {counted.samples:,} samples,"
        f" {counted.hours:,} hours; {counted.running:,} running sessions were left out."
    )
    return True


def _show_new(console: Console, counted: Counts, latest: Sequence[TransactionRow]) -> None:
    plural = "" if counted.new == 1 else "s"
    console.print(f"✓ Found {counted.new:,} new record{plural}")
    console.print(f"  전체 {counted.ended + counted.running:,}")
    for row in latest[: min(counted.new, 3)]:
        lines = (
            f"charger_id: {row.station_id}",
            f"transaction_id: {row.transaction_id}",
            f"energy_delivered: {row.energy_wh / 1000:.2f} kWh",
            f"total_charge: {_won(row)}",
            f"created_at: {_local(row.started_at)}",
        )
        for line in lines[:-1]:
            console.print(f"  ├─ {line}")
        console.print(f"  └─ {lines[-1]}")


async def _show_top(console: Console, context: Context) -> None:
    table = Table(title="충전기별 에너지 통계", title_justify="left", pad_edge=False)
    table.add_column("충전기", overflow="fold")
    for heading in ("거래수", "총 kWh", "평균 kWh", "최대 kWh", "수익 원"):
        table.add_column(heading, justify="right")
    for one in await windows.top(context.database):
        energies = (one.energy_wh, one.average_wh, one.most_wh)
        table.add_row(
            one.station_id,
            f"{one.sessions:,}",
            *(f"{each / 1000:,.2f}" for each in energies),
            f"{one.revenue:,.0f}",
        )
    console.print(table)


def _show_latest(console: Console, latest: Sequence[TransactionRow]) -> None:
    table = Table(title="최근 10개 거래", title_justify="left", pad_edge=False)
    for heading in ("충전기", "거래 ID"):
        table.add_column(heading, overflow="fold")
    for heading in ("kWh", "요금 원", "시간"):
        table.add_column(heading, justify="right")
    for row in latest:
        table.add_row(
            row.station_id,
            row.transaction_id,
            f"{row.energy_wh / 1000:.4f}",
            "-" if row.cost is None else f"{row.cost.normalize():f}",
            _local(row.started_at),
        )
    console.print(table)


def _explain(console: Console, rounded: Sequence[Rounded]) -> None:
    """Why 62.50 is 63: the exact cost is rounded once, half up, to what the currency has."""
    if not rounded:
        return
    one = rounded[-1]
    row = one.row
    console.print(
        f"  {len(rounded):,} sessions cost no whole amount and were rounded once, half up:"
        f" {row.transaction_id} took {row.energy_wh / 1000:.6f} kWh x {row.price_per_kwh:f}"
        f" = {one.exact:.2f} exactly, billed {row.cost:f} {row.currency}."
        " (The original's 63.0 for 0.42 kWh is the same cost of an energy rounded before.)"
    )


def _show_checks(console: Console, checks: Sequence[Checked], hours: int) -> int:
    """One line for each check and each mismatch; how many mismatches there are."""
    console.print("검증", style="bold")
    for check in checks:
        mark = "✗" if check.mismatches else "✓"
        since = f" of the last {hours} h" if "frames" in check.name else ""
        console.print(f"{mark} {check.name}: {check.count:,} checked{since}", soft_wrap=True)
        for mismatch in check.mismatches[:SHOWN]:
            console.print(f"  ✗ {mismatch}", soft_wrap=True, markup=False)
        if len(check.mismatches) > SHOWN:
            console.print(f"  ... and {len(check.mismatches) - SHOWN} more")
    return sum(len(check.mismatches) for check in checks)


def _won(row: TransactionRow) -> str:
    """As the original printed it, and what is behind it."""
    if row.cost is None or row.cost_exact is None:
        return "-"
    unit = "원" if row.currency == "KRW" else row.currency
    return f"{row.cost:.1f} {unit} ({row.cost_exact:.2f} exactly)"


def _local(at: datetime) -> str:
    return at.astimezone(ZONE).strftime("%Y-%m-%d %H:%M:%S")


@commands.command("emart")
def emart() -> None:
    """Check that the Emart stores of Jeju are installed as seed_data says: 3 sites, 34 chargers, 2,900 kW.

    Exit code 1 if a charger is missing, stands somewhere else, has another serial number, power, price or alias,
    or a site another name or address.
    """
    found = run(emart_checks.check)
    _show_installation(Console(highlight=False), found)
    if found.complaints:
        count = len(found.complaints)
        end(
            f"{count} difference{'s' if count > 1 else ''} from seed_data. `halla seed` mends that."
        )


def _show_installation(console: Console, found: Installation) -> None:
    console.print("[1/3] 충전소", markup=False, style="bold")
    for site in found.sites:
        console.print(
            f"  {site.name} ({site.location_id})  {site.address or ''}"
            f"  {site.lat:.4f}, {site.lon:.4f}  {site.chargers}개",
            soft_wrap=True,
        )
    console.print("[2/3] 충전소별 충전기", markup=False, style="bold")
    for site in found.sites:
        there = [one for one in found.chargers if one.location_id == site.location_id]
        free = sum(one.status == ChargerStatus.AVAILABLE for one in there)
        kinds = ", ".join(sorted({one.category for one in there}))
        console.print(
            f"  {site.name}: {len(there)}개, {kilowatts(there):,.6g} kW, {kinds},"
            f" 사용 가능 {free}/{len(there)}",
            soft_wrap=True,
        )
    console.print("[3/3] 충전기", markup=False, style="bold")
    for one in found.chargers[:15]:
        place = "-" if one.lat is None else f"{one.lat:.4f}, {one.lon:.4f}"
        console.print(
            f"  {one.station_id}  {place}  {one.max_power_w / 1000:g} kW  {one.status}",
            soft_wrap=True,
        )
    console.print(f"  총 {len(found.chargers)}개")
    for complaint in found.complaints:
        console.print(f"  ✗ {complaint}", markup=False, soft_wrap=True)
    states = Counter(one.status for one in found.chargers)
    told = ", ".join(f"{word} {states[word]}" for word in ChargerStatus if states[word])
    mark = "✗" if found.complaints else "✓"
    free = states[ChargerStatus.AVAILABLE]
    console.print(
        f"{mark} {len(found.sites)} stations, {len(found.chargers)} chargers,"
        f" {kilowatts(found.chargers):,.6g} kW, available {free}/{len(found.chargers)} ({told})",
        soft_wrap=True,
    )
    if not found.complaints:
        console.print(
            "  Next: `halla serve`, or `halla demo` with simulated chargers; then `halla verify energy`.",
            soft_wrap=True,
        )
