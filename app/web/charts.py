"""Charts as geometry: numbers in, positions of bars and lines out; templates only draw them.

Units of length are SVG user units.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.queries.metering import CurvePoint, HourEnergy
from app.web.format import day_month, hour_minute, short_number

TOP, BASE = 7.0, 85.0
"""Between these, in percent of the height, bars stand; below are the hours."""
NO_READING = 6.0
HIGH_LOAD, RAISED_LOAD = 0.625, 0.375
"""From these shares of what can be drawn in an hour a bar counts as high, or raised, load. The original coloured
from 250 and 150 kWh on an axis that ended at 400: the same shares, of a scale that every fleet has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """One hour. `energy_wh` None: no readings, drawn as a hatched stub and never as zero.

    `load`: low, raised or high; empty where nobody knows what could be drawn.
    """

    x: float
    y: float
    width: float
    height: float
    hour: datetime
    energy_wh: float | None
    partial: bool
    label: str
    load: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class GridLine:
    """A horizontal line with its number."""

    y: float
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class HourlyChart:
    """Energy by the hour. Lengths are in percent of the drawing, so that it fills any width; `base` is zero.

    `raised_wh` and `high_wh`: from how much in an hour the load counts as raised, as high; None: not known.
    """

    base: float
    bars: tuple[Bar, ...]
    grid: tuple[GridLine, ...]
    total_wh: float
    time_zone: str
    raised_wh: float | None = None
    high_wh: float | None = None

    @property
    def empty(self) -> bool:
        """Whether no hour has a reading."""
        return all(bar.energy_wh is None for bar in self.bars)


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionCurve:
    """Power of a session as `line` and `area` (SVG paths), its limit as a dashed line at `limit_y`."""

    width: float
    height: float
    base: float
    line: str
    area: str
    limit_y: float | None
    limit_w: float | None
    limit_x: float
    top: float
    top_w: float
    began: str
    until: str
    first_w: float
    last_w: float


def hourly_chart(
    hours: Sequence[HourEnergy], time_zone: str, capacity_w: float | None = None
) -> HourlyChart:
    """Bars of `hours`, oldest first, with a scale of round kWh from zero.

    `capacity_w`: the power that the chargers of the chart can draw together, which tells what a high load is.
    """
    raised = RAISED_LOAD * capacity_w if capacity_w else None
    high = HIGH_LOAD * capacity_w if capacity_w else None
    highest = max((hour.energy_wh or 0 for hour in hours), default=0) / 1000
    step = round_step(highest, 3)
    ceiling = max(step, math.ceil(highest / step - 1e-9) * step)
    slot = 100 / max(1, len(hours))
    bars = []
    for at, hour in enumerate(hours):
        value = None if hour.energy_wh is None else hour.energy_wh / 1000
        tall = NO_READING if value is None else max(0.0, value / ceiling * (BASE - TOP))
        bars.append(
            Bar(
                x=round(at * slot + slot * 0.14, 3),
                y=round(BASE - tall, 2),
                width=round(slot * 0.72, 3),
                height=round(tall, 2),
                hour=hour.hour,
                energy_wh=hour.energy_wh,
                partial=hour.partial,
                label=_hour_label(hour.hour, len(hours) - 1 - at, len(hours), time_zone),
                load=_load(hour.energy_wh, raised, high),
            )
        )
    lines = [
        GridLine(y=round(BASE - value / ceiling * (BASE - TOP), 2), label=short_number(value))
        for value in _steps(step, ceiling)
    ]
    return HourlyChart(
        base=BASE,
        bars=tuple(bars),
        grid=tuple(lines),
        total_wh=sum(hour.energy_wh or 0 for hour in hours),
        time_zone=time_zone,
        raised_wh=raised,
        high_wh=high,
    )


def _load(energy_wh: float | None, raised_wh: float | None, high_wh: float | None) -> str:
    if energy_wh is None or raised_wh is None or high_wh is None:
        return ""
    return "high" if energy_wh > high_wh else "raised" if energy_wh > raised_wh else "low"


def _hour_label(hour: datetime, back: int, count: int, time_zone: str) -> str:
    """Every third hour of a day, every sixth of two; of a week, each day at its midnight."""
    local_hour = hour_minute(hour, time_zone)[:2]
    if count > 48:
        return day_month(hour, time_zone) if local_hour == "00" else ""
    every = max(1, math.ceil(count / 8))
    return local_hour if back % every == 0 else ""


def session_curve(
    points: Sequence[CurvePoint],
    *,
    limit_w: float | None,
    limit_at: datetime | None,
    max_power_w: float,
    time_zone: str,
    width: float = 350,
    height: float = 84,
) -> SessionCurve | None:
    """The power of a session over time; None when fewer than two readings say anything of it.

    The limit is drawn from `limit_at` on, when the charger accepted it; None: all along.
    """
    told = [(point.at, point.power_w) for point in points if point.power_w is not None]
    if len(told) < 2:
        return None
    base, top = height - 16, 10.0
    began, until = told[0][0], told[-1][0]
    seconds = max(1.0, (until - began).total_seconds())
    highest = max(max(watts for _, watts in told), limit_w or 0)
    ceiling = min(max_power_w, highest * 1.12) if max_power_w >= highest else highest
    ceiling = max(ceiling, 1.0)

    def place(at: datetime, watts: float) -> str:
        x = (at - began).total_seconds() / seconds * width
        return f"{x:.1f} {base - watts / ceiling * (base - top):.1f}"

    line = "M" + " L".join(place(at, watts) for at, watts in told)
    return SessionCurve(
        width=width,
        height=height,
        base=base,
        line=line,
        area=f"{line} L{width:.1f} {base:.1f} L0 {base:.1f} Z",
        limit_y=None if limit_w is None else round(base - limit_w / ceiling * (base - top), 1),
        limit_w=limit_w,
        limit_x=round(_share(limit_at, began, seconds) * width, 1),
        top=top,
        top_w=ceiling,
        began=hour_minute(began, time_zone),
        until=hour_minute(until, time_zone),
        first_w=told[0][1],
        last_w=told[-1][1],
    )


def _share(at: datetime | None, began: datetime, seconds: float) -> float:
    """How far into the session `at` lies, 0 .. 0.98: a limit that was just accepted shows a little."""
    if at is None:
        return 0.0
    return min(0.98, max(0.0, (at - began).total_seconds() / seconds))


def round_step(highest: float, steps: int) -> float:
    """A round distance between grid lines, so that about `steps` of them reach `highest`."""
    if highest <= 0:
        return 1.0
    rough = highest / steps
    magnitude = 10.0 ** math.floor(math.log10(rough))
    return next(size * magnitude for size in (1, 2, 2.5, 5, 10) if size * magnitude >= rough - 1e-9)


def shares(counts: Sequence[tuple[str, int]], width: float = 100) -> list[tuple[str, float, float]]:
    """`counts` as segments (word, x, width) of one bar, those without any left out."""
    total = sum(number for _, number in counts)
    segments, x = [], 0.0
    for word, number in counts:
        if number:
            wide = number / total * width
            segments.append((word, round(x, 2), round(max(0.5, wide - 1), 2)))
            x += wide
    return segments


def _steps(step: float, ceiling: float) -> list[float]:
    return [round(step * at, 10) for at in range(round(ceiling / step) + 1)]
