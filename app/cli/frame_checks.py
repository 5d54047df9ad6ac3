"""Whether what stations told of their sessions, and we acknowledged, is what is stored of them.

Readings here, sample by sample; what was told of a transaction from its start to its end is `stories`' matter.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.cli.mismatches import Checked, Mismatch
from app.cli.stories import (
    Story,
    check_session,
    matched,
    mismatch,
    readings_in,
    same_register,
    tell,
)
from app.csms import conformance
from app.csms.context import Context
from app.domain.conformance import PLAIN, Habits
from app.domain.metering import MeterReading, ReadingContext
from app.domain.reports import MeterValuesReported, TransactionReport, TransactionStarted
from app.ingress.dialects import DIALECTS, WITHOUT_SUBPROTOCOL, Dialect
from app.ingress.frames import Call, read_frame
from app.ingress.translate import Understood, understand
from app.queries import frame_checks as windows
from app.queries.frame_checks import SampleRow, Speaker, ToldRow

MEASURED = (
    *("energy_wh", "power_w", "current_a", "voltage_v"),
    *("soc_percent", "temperature_c", "offered_w"),
)

Key = tuple[datetime, str]
"""When and why a reading was taken."""


@dataclass(frozen=True, slots=True)
class Told:
    """A reading as a frame tells it. `name`: its transaction's; `evse_id`: where it says that it was."""

    name: str | None
    evse_id: int | None
    reading: MeterReading

    def may_be(self, row: SampleRow) -> bool:
        """Whether this reading is stored as that row, or another one of the same moment was before it."""
        if self.name is None and self.evse_id is None:
            return True  # where it was is only stored
        named = self.name is not None and self.name == row.transaction_id
        return named or (self.evse_id is not None and self.evse_id == row.evse_id)

    def gave_way_to(self, other: "Told") -> bool:
        """Whether one of another session may be stored in its place: one ends as the next begins, at one EVSE."""
        return self.evse_id is None or other.evse_id in (None, self.evse_id)


async def check_frames(context: Context, since: datetime) -> Checked:
    """Every frame since a moment: its readings as samples, its words of a transaction as that transaction."""
    habits = await conformance.habits(context)
    count, found = 0, list[Mismatch]()
    for speaker in await windows.speakers(context.database, since):
        seen, wrong = await _check_one(
            context, speaker, since, habits.get(speaker.station_id, PLAIN)
        )
        count += seen
        found += wrong
    name = "acknowledged frames = samples, sessions"
    return Checked(name=name, count=count, mismatches=tuple(found))


async def _check_one(
    context: Context, speaker: Speaker, since: datetime, habits: Habits
) -> tuple[int, list[Mismatch]]:
    """How many frames of one station there were, and what is stored otherwise."""
    station_id = speaker.station_id
    dialect = DIALECTS.get(speaker.protocol or "", WITHOUT_SUBPROTOCOL)
    frames = await windows.told(context.database, station_id, since)
    told, stories = list[Told](), defaultdict[str, list[Story]](list)
    for frame in frames:
        for report in reports_in(dialect, frame, habits):
            name = None
            if isinstance(report, TransactionReport) and _says_which(report):
                name = report.transaction or frame.transaction_id or ""
                report = tell(stories[name], station_id, report)
            told += (Told(name, report.evse_id, reading) for reading in readings_in(report))
    stored = list[SampleRow]()
    if told:
        moments = [one.reading.measured_at for one in told]
        stored = await windows.samples(context.database, station_id, min(moments), max(moments))
    found = _samples(station_id, told, stored)
    rows = await windows.sessions(context.database, station_id, stories)
    for name, tellings in stories.items():
        named = [row for row in rows if row.transaction_id == name]
        for story, row in matched(tellings, named):
            found += check_session(station_id, name, story, row, stored)
    return len(frames), found


def reports_in(
    dialect: Dialect, told: ToldRow, habits: Habits
) -> list[TransactionReport | MeterValuesReported]:
    """What a frame said of a transaction, and its readings; nothing if it was cut for being long."""
    call = read_frame(told.frame.encode())
    if not isinstance(call, Call):
        return []
    understood = understand(dialect, call, told.at, habits)
    if not isinstance(understood, Understood):
        return []
    kinds = (TransactionReport, MeterValuesReported)
    return [report for report in understood.reports if isinstance(report, kinds)]


def _says_which(report: TransactionReport) -> bool:
    """Not an end without an id; nor readings of which only an id is said that we may never have issued."""
    if report.transaction is None:
        return isinstance(report, TransactionStarted)
    return not report.issued or report.evse_id is not None


def _samples(station_id: str, told: Sequence[Told], stored: Sequence[SampleRow]) -> list[Mismatch]:
    """What was told twice for one moment is stored once: either will do. Doubled ones lie a microsecond later."""
    said: dict[Key, list[Told]] = defaultdict(list)
    for one in told:
        said[one.reading.measured_at, one.reading.context].append(one)
    kept: dict[Key, list[SampleRow]] = defaultdict(list)
    for row in stored:
        kept[row.measured_at, row.context].append(row)
    found = list[Mismatch]()
    for key, ones in said.items():
        for row in kept[key]:
            readings = [one.reading for one in ones if one.may_be(row)]
            if readings:
                found += _reading(station_id, key, row, readings)
        there = [one for one in ones if any(one.may_be(row) for row in kept[key])]
        missing = [one for one in ones if one not in there and not any(map(one.gave_way_to, there))]
        for name in {one.name for one in missing}:
            registers = {
                one.reading.energy_wh
                for one in missing
                if one.name == name and one.reading.energy_wh is not None
            }
            expected = sorted(registers) or "a reading"
            found.append(mismatch(station_id, name, _title(key), None, expected))
    return found


def _reading(
    station_id: str, key: Key, row: SampleRow, readings: Sequence[MeterReading]
) -> Iterable[Mismatch]:
    if _is_lost_register(row) and any(
        one.energy_wh is not None and same_register(one.energy_wh, row.energy_wh)
        for one in readings
    ):
        return
    for what in MEASURED:
        value, expected = getattr(row, what), {getattr(one, what) for one in readings}
        if value not in expected:
            title = _title(key) + ("" if what == "energy_wh" else f" {what}")
            name = row.transaction_id or f"EVSE {row.evse_id}"
            yield mismatch(station_id, name, title, value, sorted(expected, key=str))


def _is_lost_register(row: SampleRow) -> bool:
    """Whether it looks like 1.6's register at the start or end, told beside a reading; its frame may be lost."""
    told_apart = (ReadingContext.TRANSACTION_BEGIN, ReadingContext.TRANSACTION_END)
    return row.context in told_apart and all(getattr(row, what) is None for what in MEASURED[1:])


def _title(key: Key) -> str:
    return f"sample {key[0].isoformat()} {key[1]}"
