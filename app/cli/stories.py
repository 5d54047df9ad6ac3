"""What frames tell of one transaction from its start to its end, and whether it is stored so.

What a frame says must be stored; what is stored need not be in a frame, for the journal may lose its newest second
in a crash. It keeps no token's text: of that only can be said whether there was one, and of which type.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from app.cli.mismatches import Mismatch
from app.domain.clocks import dated
from app.domain.metering import MeterReading, ReadingContext, merged
from app.domain.reports import (
    MeterValuesReported,
    TransactionEnded,
    TransactionReport,
    TransactionStarted,
)
from app.domain.transactions import Transaction, apply, begin, is_same
from app.queries.frame_checks import SampleRow, SessionRow


@dataclass(slots=True)
class Story:
    """What frames tell of one transaction: `whole` as it must be after them, if they are all that there was."""

    whole: Transaction
    reports: list[TransactionReport] = field(default_factory=list)

    @property
    def begun(self) -> bool:
        """Whether they tell its start."""
        return any(isinstance(one, TransactionStarted) for one in self.reports)

    @property
    def ends(self) -> list[TransactionEnded]:
        """What tells its end; some stations tell it more than once."""
        return [one for one in self.reports if isinstance(one, TransactionEnded)]


def tell(tellings: list[Story], station_id: str, report: TransactionReport) -> TransactionReport:
    """Add a report to the newest story of its transaction's name, or begin another one (some use names again).

    The report as it counts: its clock may not have been set.
    """
    if not tellings or not is_same(tellings[-1].whole, report):
        tellings.append(Story(begin(report, id=0, station_id=station_id, tariff=None)))
    story = tellings[-1]
    story.whole, report = dated(story.whole, report)
    story.whole = apply(story.whole, report)
    story.reports.append(report)
    return report


def readings_in(report: TransactionReport | MeterValuesReported) -> Iterable[MeterReading]:
    """What must be stored of a report; the registers of 1.6's start and end too."""
    yield from merged(report.readings)
    if isinstance(report, MeterValuesReported):
        yield from report.readings  # in their pieces, if no transaction runs
    elif isinstance(report, TransactionStarted) and report.meter_start_wh is not None:
        context = ReadingContext.TRANSACTION_BEGIN
        yield MeterReading(report.at, context, report.meter_start_wh)
    elif isinstance(report, TransactionEnded) and report.meter_stop_wh is not None:
        yield MeterReading(report.at, ReadingContext.TRANSACTION_END, report.meter_stop_wh)


def matched(
    tellings: Sequence[Story], rows: Sequence[SessionRow]
) -> Iterable[tuple[Story, SessionRow | None]]:
    """Each story with its row: the one that began then, else ended then, else is nearest to it in time."""
    left, waiting = list(rows), list(tellings)

    def began(story: Story, row: SessionRow) -> bool:
        return story.begun and row.started_at == story.whole.started_at

    def ended(story: Story, row: SessionRow) -> bool:
        return row.ended_at in [one.at for one in story.ends]

    for fits in (began, ended):
        for story in tuple(waiting):
            row = next((row for row in left if fits(story, row)), None)
            if row is not None:
                left.remove(row)
                waiting.remove(story)
                yield story, row
    for story in waiting:
        at = story.whole.started_at
        row = min(left, key=lambda row: abs(row.started_at - at), default=None)
        if row is not None:
            left.remove(row)
        yield story, row


def check_session(
    station_id: str,
    name: str,
    story: Story,
    row: SessionRow | None,
    stored: Sequence[SampleRow],
) -> Iterable[Mismatch]:
    """What of a row is otherwise than its story has it. `stored`: the station's samples."""
    whole = story.whole
    if row is None:
        if story.begun:
            expected = f"the one that began {whole.started_at}"
            yield mismatch(station_id, name, "session", None, expected)
        return
    if story.begun and row.started_at != whole.started_at:
        yield mismatch(station_id, name, "started_at", row.started_at, whole.started_at)
    elif row.started_at > whole.started_at:
        expected_at = f"at most {whole.started_at}"
        yield mismatch(station_id, name, "started_at", row.started_at, expected_at)
    if whole.id_token is not None:
        if row.id_token is None:
            yield mismatch(station_id, name, "id_token", None, "the one that it told")
        if row.token_type != whole.token_type:
            yield mismatch(station_id, name, "token_type", row.token_type, whole.token_type)
    newest = row.last_event_at is None or (
        whole.last_event_at is not None and row.last_event_at <= whole.last_event_at
    )
    told_all = story.begun and whole.ended_at is not None
    costs = newest and (told_all or whole.station_cost is not None)
    if costs and row.station_cost != whole.station_cost:
        yield mismatch(station_id, name, "station_cost", row.station_cost, whole.station_cost)
    ends = story.ends
    if ends:
        end = next((one for one in ends if one.at == row.ended_at), None)
        if end is None:
            yield mismatch(station_id, name, "ended_at", row.ended_at, ends[0].at)
        yield from _last_word(station_id, name, end or ends[0], row, stored)


def _last_word(
    station_id: str,
    name: str,
    end: TransactionEnded,
    row: SessionRow,
    stored: Sequence[SampleRow],
) -> Iterable[Mismatch]:
    """The session must have its end's register, unless that was not believed or a newer one came."""
    registers = [
        (one.measured_at, one.context, one.energy_wh)
        for one in readings_in(end)
        if one.energy_wh is not None
    ]
    if not registers:
        return
    measured_at, reason, energy_wh = max(registers)
    if end.meter_stop_wh is not None:
        measured_at, reason, energy_wh = (
            end.at,
            ReadingContext.TRANSACTION_END,
            end.meter_stop_wh,
        )
    believed = {
        one.energy_wh
        for one in stored
        if one.suspect is None
        and one.energy_wh is not None
        and (one.measured_at, one.context) == (measured_at, reason)
        and same_register(one.energy_wh, energy_wh)
    }
    newest = row.meter_at is None or row.meter_at <= measured_at
    if believed and newest and row.meter_wh not in {energy_wh, *believed}:
        title = "meter_wh (as the station's last word)"
        yield mismatch(station_id, name, title, row.meter_wh, energy_wh)


def same_register(sample_wh: Decimal, meter_wh: Decimal | None) -> bool:
    """1.6 ends with a whole register, beside which a reading of the same moment may be finer."""
    if meter_wh is None or sample_wh == meter_wh:
        return meter_wh is not None
    return meter_wh == int(meter_wh) and abs(sample_wh - meter_wh) < 1


def mismatch(
    station_id: str, subject: str | None, title: str, stored: object, expected: object
) -> Mismatch:
    """Of a transaction of that name, or of what belongs to none."""
    return Mismatch(
        station_id=station_id,
        subject=subject or "no session",
        field=title,
        stored=stored,
        expected=expected,
    )
