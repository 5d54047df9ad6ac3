"""Whether what is stored of energy and money is what it must be; every difference is a `Mismatch`.

What an ended session delivered follows from its registers, the registers from its samples, the samples from the
frames that stations sent and we acknowledged; the cost follows from energy and tariff, hours and views from the rest.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from app.cli.frame_checks import check_frames
from app.cli.mismatches import Checked, Mismatch, shown
from app.cli.stories import same_register
from app.csms.context import Context
from app.domain.tariffs import Tariff, cost_of, tariff_of
from app.domain.transactions import SUPERSEDED
from app.queries import energy_checks as windows
from app.queries.energy_checks import EndedRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Rounded:
    """A session whose cost is not whole before it is billed: 62.50 exactly, 63 billed."""

    row: EndedRow
    exact: Decimal


async def check_all(
    context: Context, journal_since: datetime
) -> tuple[list[Checked], list[Rounded]]:
    """Every check there is. Frames are looked at from `journal_since` on."""
    rows = [row async for row in windows.ended(context.database)]
    rounded = [made for row in rows if (made := _rounded(row)) is not None]
    checks = [
        _each("energy = register at the end - register at the start", rows, _energy),
        _each("cost = energy x tariff + fee, rounded once", rows, _cost),
        _each("register at the end = newest good sample", rows, _registers),
        _each("began, ended and told last, in this order", rows, _times),
        await _strays(context),
        await _hours(context),
        await _views(context, len(rows)),
        await _tokens(context),
        await check_frames(context, journal_since),
    ]
    return checks, rounded


def _each(
    name: str, rows: Sequence[EndedRow], check: Callable[[EndedRow], Iterable[Mismatch]]
) -> Checked:
    found = tuple(wrong for row in rows for wrong in check(row))
    return Checked(name=name, count=len(rows), mismatches=found)


def _energy(row: EndedRow) -> Iterable[Mismatch]:
    if row.meter_start_wh is None or row.meter_wh is None:
        expected = Decimal(0)
    else:
        expected = max(row.meter_wh - row.meter_start_wh, Decimal(0))
    if row.energy_wh != expected:
        yield _of(row, "energy_wh", row.energy_wh, expected)


def _cost(row: EndedRow) -> Iterable[Mismatch]:
    tariff = _tariff(row)
    expected = None if tariff is None else cost_of(row.energy_wh, tariff).amount
    if row.cost != expected:
        yield _of(row, "cost", row.cost, expected)


def _registers(row: EndedRow) -> Iterable[Mismatch]:
    if not row.samples:
        if row.meter_wh is not None and row.meter_at is not None and row.energy_wh:
            yield _of(row, "samples", 0, f"one of {shown(row.meter_wh)} Wh at {row.meter_at}")
        return
    if row.meter_at is None and row.meter_wh is None and row.most_wh == row.meter_start_wh:
        return  # 1.6 told its register at the start, and then nothing more
    if row.meter_at is None or (row.last_at is not None and row.last_at > row.meter_at):
        yield _of(row, "meter_at", row.meter_at, row.last_at)
    elif not any(same_register(each, row.meter_wh) for each in row.at_meter or ()):
        yield _of(row, "sample at the end", row.at_meter, row.meter_wh)
    most_wh, meter_wh = row.most_wh, row.meter_wh
    beyond = most_wh is not None and meter_wh is not None and most_wh > meter_wh
    if most_wh is not None and beyond and not same_register(most_wh, meter_wh):
        yield _of(row, "greatest sample", most_wh, f"at most {shown(meter_wh)}")


def _times(row: EndedRow) -> Iterable[Mismatch]:
    """Of a simulated session, which no frame told, its first and last sample are its start and end."""
    if row.simulated and row.samples:
        if row.started_at != row.first_at:
            yield _of(row, "started_at", row.started_at, row.first_at)
        if row.ended_at != row.last_at:
            yield _of(row, "ended_at", row.ended_at, row.last_at)
        return
    # what a wrong clock began may be superseded before that
    if row.ended_at < row.started_at and row.stop_reason != SUPERSEDED:
        yield _of(row, "ended_at", row.ended_at, f"at least {row.started_at}")
    heard = [at for at in (row.last_event_at, row.last_at) if at is not None]
    if heard and row.ended_at > max(heard):
        yield _of(row, "ended_at", row.ended_at, f"at most {max(heard)}")


def _rounded(row: EndedRow) -> Rounded | None:
    tariff = _tariff(row)
    if tariff is None:
        return None
    cost = cost_of(row.energy_wh, tariff)
    return Rounded(row=row, exact=cost.exact) if cost.exact != cost.amount else None


async def _strays(context: Context) -> Checked:
    """A session may not be gone while what it measured is there."""
    count = (await windows.counts(context.database, context.clock())).samples
    mismatches = tuple(
        Mismatch(
            station_id=row.station_id,
            subject=f"session no. {row.number}",
            field="session",
            stored=None,
            expected=f"the one of its {row.samples} samples (up to {shown(row.most_wh)} Wh)",
        )
        for row in await windows.strays(context.database)
    )
    return Checked(name="each sample's session is there", count=count, mismatches=mismatches)


async def _tokens(context: Context) -> Checked:
    """Frames are kept without the text of tokens; what was asked for with a remote start is known."""
    rows = await windows.asked_tokens(context.database)
    mismatches = tuple(
        Mismatch(
            station_id=row.station_id,
            subject=row.transaction_id,
            field="id_token",
            stored=row.id_token,
            expected=row.asked,
        )
        for row in rows
        if (row.id_token or "").lower() != row.asked.lower()
    )
    name = "token = that of the remote start"
    return Checked(name=name, count=len(rows), mismatches=mismatches)


async def _hours(context: Context) -> Checked:
    database = context.database
    wrong = [
        *await windows.wrong_session_hours(database),
        *await windows.wrong_station_hours(database),
    ]
    count = (await windows.counts(database, context.clock())).hours
    mismatches = tuple(
        Mismatch(
            station_id=row.station_id,
            subject=f"{row.transaction_id or 'hour'} {row.hour.isoformat()}",
            field=row.field,
            stored=row.stored,
            expected=row.expected,
        )
        for row in wrong
    )
    return Checked(name="hourly sums = samples", count=count, mismatches=mismatches)


async def _views(context: Context, count: int) -> Checked:
    mismatches = tuple(
        Mismatch(
            station_id=row.station_id,
            subject=row.transaction_id or "all sessions",
            field=row.field,
            stored=row.stored,
            expected=row.expected,
        )
        for row in await windows.wrong_views(context.database)
    )
    return Checked(name="SQL views = sessions", count=count, mismatches=mismatches)


def _of(row: EndedRow, field: str, stored: object, expected: object) -> Mismatch:
    return Mismatch(
        station_id=row.station_id,
        subject=row.transaction_id,
        field=field,
        stored=stored,
        expected=expected,
    )


def _tariff(row: EndedRow) -> Tariff | None:
    return tariff_of(row.currency, row.price_per_kwh, row.session_fee)
