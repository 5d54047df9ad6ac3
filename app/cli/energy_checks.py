"""Whether what is stored of energy and money is what it must be; every difference is a `Mismatch`.

What an ended session delivered follows from its registers, the registers from its samples, the samples from the
frames that stations sent and we acknowledged; the cost follows from energy and tariff, hours and views from the rest.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from app.csms import conformance
from app.csms.context import Context
from app.domain.conformance import PLAIN, Habits
from app.domain.metering import ReadingContext
from app.domain.reports import TransactionEnded, TransactionReport, TransactionStarted
from app.domain.tariffs import Tariff, cost_of, tariff_of
from app.ingress.dialects import DIALECTS, WITHOUT_SUBPROTOCOL, Dialect
from app.ingress.frames import Call, read_frame
from app.ingress.translate import Understood, understand
from app.queries import energy_checks as windows
from app.queries.energy_checks import EndedRow, SampleRow, ToldRow

OLDEST_READING = timedelta(days=2)
"""Before the oldest frame that is looked at: what a station had kept back may be measured so much earlier."""

Key = tuple[datetime, str]
"""When and why a reading was taken: at one station, that names it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mismatch:
    """Something that is stored and something that must be, and they differ."""

    station_id: str
    subject: str
    field: str
    stored: object
    expected: object

    def __str__(self) -> str:
        return (
            f"{self.station_id}  {self.subject}  {self.field}:"
            f" stored {_shown(self.stored)}, expected {_shown(self.expected)}"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """One kind of check: how many things were looked at, and what was wrong with them."""

    name: str
    count: int
    mismatches: tuple[Mismatch, ...]


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
        await _strays(context),
        await _hours(context),
        await _views(context, len(rows)),
        await _frames(context, rows, journal_since),
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
            yield _of(row, "samples", 0, f"one of {_shown(row.meter_wh)} Wh at {row.meter_at}")
        return
    if row.meter_at is None and row.meter_wh is None and row.most_wh == row.meter_start_wh:
        return  # 1.6 told its register at the start, and then nothing more
    if row.meter_at is None or (row.last_at is not None and row.last_at > row.meter_at):
        yield _of(row, "meter_at", row.meter_at, row.last_at)
    elif not any(_same(each, row.meter_wh) for each in row.at_meter or ()):
        yield _of(row, "sample at the end", row.at_meter, row.meter_wh)
    most_wh, meter_wh = row.most_wh, row.meter_wh
    beyond = most_wh is not None and meter_wh is not None and most_wh > meter_wh
    if most_wh is not None and beyond and not _same(most_wh, meter_wh):
        yield _of(row, "greatest sample", most_wh, f"at most {_shown(meter_wh)}")


def _same(sample_wh: Decimal, meter_wh: Decimal | None) -> bool:
    """1.6 ends with a whole register, beside which a reading of the same moment may be finer."""
    if meter_wh is None or sample_wh == meter_wh:
        return meter_wh is not None
    return meter_wh == int(meter_wh) and abs(sample_wh - meter_wh) < 1


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
            expected=f"the one of its {row.samples} samples (up to {_shown(row.most_wh)} Wh)",
        )
        for row in await windows.strays(context.database)
    )
    return Checked(name="each sample's session is there", count=count, mismatches=mismatches)


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


async def _frames(context: Context, rows: Sequence[EndedRow], since: datetime) -> Checked:
    """Every register that a station told of a session and that we acknowledged: as a sample, and at the end."""
    by_name: dict[tuple[str, str], list[EndedRow]] = defaultdict(list)
    for row in rows:
        by_name[row.station_id, row.transaction_id].append(row)
    habits = await conformance.habits(context)
    count, found = 0, list[Mismatch]()
    for speaker in await windows.speakers(context.database, since):
        station_id = speaker.station_id
        dialect = DIALECTS.get(speaker.protocol or "", WITHOUT_SUBPROTOCOL)
        told = await windows.told(context.database, station_id, since)
        reports = [
            (one, report)
            for one in told
            for report in reports_in(dialect, one, habits.get(station_id, PLAIN))
        ]
        stored = await windows.samples(context.database, station_id, since - OLDEST_READING)
        count += len(told)
        found += _told_samples(station_id, reports, stored)
        for one, report in reports:
            if isinstance(report, TransactionEnded):
                sessions = by_name.get((station_id, one.transaction_id), [])
                found += _told_end(report, sessions, stored)
    return Checked(name="acknowledged frames = samples", count=count, mismatches=tuple(found))


def reports_in(dialect: Dialect, told: ToldRow, habits: Habits) -> list[TransactionReport]:
    """What a frame said of a transaction; nothing if it was cut for being long."""
    call = read_frame(told.frame.encode())
    if not isinstance(call, Call):
        return []
    understood = understand(dialect, call, told.at, habits)
    if not isinstance(understood, Understood):
        return []
    return [report for report in understood.reports if isinstance(report, TransactionReport)]


def registers_in(report: TransactionReport) -> Iterable[tuple[Key, Decimal]]:
    """The registers that a report tells, each with its sample's key; those of 1.6's start and end too."""
    for reading in report.readings:
        if reading.energy_wh is not None:
            yield (reading.measured_at, reading.context), reading.energy_wh
    if isinstance(report, TransactionStarted) and report.meter_start_wh is not None:
        yield (report.at, ReadingContext.TRANSACTION_BEGIN), report.meter_start_wh
    if isinstance(report, TransactionEnded) and report.meter_stop_wh is not None:
        yield (report.at, ReadingContext.TRANSACTION_END), report.meter_stop_wh


def _told_samples(
    station_id: str,
    reports: Sequence[tuple[ToldRow, TransactionReport]],
    stored: Sequence[SampleRow],
) -> Iterable[Mismatch]:
    """What was told twice for one moment is stored once: either will do. Doubled ones lie a microsecond later."""
    said: dict[Key, set[Decimal]] = defaultdict(set)
    names: dict[Key, str] = {}
    for one, report in reports:
        for key, energy_wh in registers_in(report):
            said[key].add(energy_wh)
            names[key] = one.transaction_id
    kept: dict[Key, set[Decimal]] = defaultdict(set)
    for row in stored:
        if row.energy_wh is not None:
            kept[row.measured_at, row.context].add(row.energy_wh)
    for key, expected in said.items():
        found = kept.get(key, set())
        if not found & expected:
            yield Mismatch(
                station_id=station_id,
                subject=names[key],
                field=f"sample {key[0].isoformat()} {key[1]}",
                stored=sorted(found) or None,
                expected=sorted(expected),
            )


def _told_end(
    report: TransactionEnded, sessions: Sequence[EndedRow], stored: Sequence[SampleRow]
) -> Iterable[Mismatch]:
    """The session of this end must have its register, unless that was not believed or a newer one came."""
    session = max(
        (one for one in sessions if one.started_at <= report.at),
        key=lambda one: one.started_at,
        default=None,
    )
    told = max(registers_in(report), default=None)
    if session is None or told is None or session.ended_at != report.at:
        return
    (measured_at, reason), energy_wh = told
    if report.meter_stop_wh is not None:
        (measured_at, reason), energy_wh = (
            (report.at, ReadingContext.TRANSACTION_END),
            report.meter_stop_wh,
        )
    believed = {
        row.energy_wh
        for row in stored
        if row.suspect is None
        and row.energy_wh is not None
        and (row.measured_at, row.context) == (measured_at, reason)
        and _same(row.energy_wh, energy_wh)
    }
    newest = session.meter_at is None or session.meter_at <= measured_at
    if believed and newest and session.meter_wh not in {energy_wh, *believed}:
        yield _of(session, "meter_wh (as the station's last word)", session.meter_wh, energy_wh)


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


def _shown(value: object) -> str:
    if isinstance(value, Decimal):
        return f"{value.normalize():f}" if value else "0"
    if isinstance(value, list):
        return " or ".join(_shown(each) for each in value)
    return "nothing" if value is None else str(value)
