"""The numbers on top of the dashboard. To add one: an entry in `KPIS`; page, stream and API loop over them.

How "today" is counted. A day begins at midnight of each site's own time zone. Energy and money come from the
transactions themselves, not from the hourly sums, so they are right to the last sample:
- energy today is what each transaction delivered since midnight; one that began yesterday counts from the last
  register reading before midnight that is believed;
- revenue today is the cost of the sessions that ended today and of those that run now, so that every session counts
  once, in full, on the day on which it ends. Currencies are never added to each other: the number is that of the main
  one, won where there are any, else what most chargers and sessions have; the others stand beside it.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from app.domain.stations import DisplayStatus
from app.queries.money import OTHER_MONEY, Money, money_of
from app.queries.rows import fetch_dicts
from app.queries.status import display_status_sql
from app.store.database import Database

Number = Decimal | float | int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Kpi:
    """One number. `label` is plain English, translated where it is shown; `format` names the filter that shows it.

    `sql` is an expression over the one-row relations of `_RELATIONS`: fleet, supply, energy, money. Money has no unit
    of its own but the main currency's (`Numbers.unit_of`).
    """

    key: str
    label: str
    unit: str
    sql: str
    format: str


def _count_of(status: DisplayStatus, label: str) -> Kpi:
    return Kpi(
        key=f"stations_{status}",
        label=label,
        unit="",
        sql=f"fleet.{status}",
        format="count",
    )


KPIS: tuple[Kpi, ...] = (
    Kpi(
        key="active_chargers",
        label="Charging now",
        unit="",
        sql="fleet.charging",
        format="count",
    ),
    Kpi(
        key="energy_today_wh",
        label="Energy today",
        unit="Wh",
        sql="energy.today_wh",
        format="energy",
    ),
    Kpi(
        key="revenue_today",
        label="Revenue today",
        unit="",
        sql="money.today",
        format="money",
    ),
    Kpi(
        key="utilisation_percent",
        label="Utilisation",
        unit="%",
        sql="100.0 * fleet.accepted_in_use / nullif(fleet.accepted, 0)",
        format="percent",
    ),
    Kpi(key="power_now_w", label="Power now", unit="W", sql="fleet.power_w", format="power"),
    Kpi(
        key="power_limit_w",
        label="Power available",
        unit="W",
        sql="supply.limit_w",
        format="power",
    ),
    Kpi(key="stations_total", label="Chargers", unit="", sql="fleet.total", format="count"),
    _count_of(DisplayStatus.FAULTED, "Faulted"),
    _count_of(DisplayStatus.OFFLINE, "Offline"),
    _count_of(DisplayStatus.CHARGING, "Charging"),
    _count_of(DisplayStatus.OCCUPIED, "Plugged in"),
    _count_of(DisplayStatus.UNAVAILABLE, "Unavailable"),
    _count_of(DisplayStatus.AVAILABLE, "Available"),
    Kpi(
        key="sessions_today",
        label="Sessions today",
        unit="",
        sql="money.sessions",
        format="count",
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """Every KPI by its key, None where there is nothing to divide by; `other_revenue`: today's in other currencies."""

    values: dict[str, Number]
    currency: str
    other_revenue: Money

    def unit_of(self, kpi: Kpi) -> str:
        """The unit of this KPI's value."""
        return self.currency if kpi.format == "money" else kpi.unit


async def numbers(database: Database, now: datetime) -> Numbers:
    """All there is on top of the dashboard, as of `now`, in one SELECT."""
    row = (await fetch_dicts(database, _SELECT, {"now": now}))[0]
    return Numbers(
        currency=row.pop("currency"), other_revenue=money_of(row.pop("other_revenue")), values=row
    )


_SESSION = """
    t.id, t.station_id, t.evse_id, t.started_at, t.energy_wh, t.meter_start_wh, t.cost, t.currency,
    day.begins
"""

_RELATIONS = f"""
WITH station_now AS ({display_status_sql("s.registration, e.power_w")}),
day AS (
    SELECT s.id AS station_id,
           date_trunc('day', %(now)s::timestamptz AT TIME ZONE coalesce(l.time_zone, 'Asia/Seoul'))
               AT TIME ZONE coalesce(l.time_zone, 'Asia/Seoul') AS begins
    FROM station s LEFT JOIN location l ON l.id = s.location_id
),
session AS (
    SELECT {_SESSION} FROM "transaction" t JOIN day USING (station_id)
    WHERE t.ended_at IS NULL
    UNION ALL
    SELECT {_SESSION} FROM "transaction" t JOIN day USING (station_id)
    WHERE t.ended_at >= (SELECT min(begins) FROM day) AND t.ended_at >= day.begins
),
fleet AS (
    SELECT count(*) AS total,
           {", ".join(f"count(*) FILTER (WHERE status = '{s}') AS {s}" for s in DisplayStatus)},
           count(*) FILTER (WHERE registration = 'accepted') AS accepted,
           count(*) FILTER (WHERE registration = 'accepted' AND status IN ('charging', 'occupied'))
               AS accepted_in_use,
           coalesce(sum(power_w) FILTER (WHERE status <> 'offline'), 0) AS power_w
    FROM station_now
),
supply AS (
    SELECT coalesce(sum(least(power_w, grid_limit_w)), 0) AS limit_w FROM (
        SELECT sum(s.max_power_w) AS power_w, min(l.grid_limit_w) AS grid_limit_w
        FROM station s LEFT JOIN location l ON l.id = s.location_id
        WHERE s.registration = 'accepted' AND s.retired_at IS NULL
        GROUP BY coalesce(s.location_id, s.id), s.location_id IS NULL
    ) site
),
energy AS (
    SELECT coalesce(sum(CASE
        WHEN started_at >= begins THEN energy_wh
        ELSE energy_wh - greatest(0, least(energy_wh, coalesce((
            SELECT m.energy_wh FROM meter_sample m
            WHERE m.station_id = session.station_id AND m.evse_id = session.evse_id
              AND m.measured_at >= session.started_at - interval '1 hour'
              AND m.measured_at <= session.begins
              AND (m.measured_at < session.begins OR m.context = 'Sample.Clock')
              AND m.transaction_id = session.id AND m.energy_wh IS NOT NULL AND m.suspect IS NULL
            ORDER BY m.measured_at DESC LIMIT 1), meter_start_wh) - meter_start_wh))
        END), 0) AS today_wh
    FROM session
),
revenue AS (
    SELECT currency, sum(cost) AS cost FROM session WHERE cost IS NOT NULL GROUP BY currency
),
main AS (
    SELECT coalesce((
        SELECT currency FROM (
            SELECT f.currency FROM station s LEFT JOIN location l ON l.id = s.location_id
            JOIN tariff f ON f.id = coalesce(s.tariff_id, l.tariff_id)
            WHERE s.retired_at IS NULL
            UNION ALL SELECT currency FROM session WHERE currency IS NOT NULL
        ) known
        GROUP BY currency ORDER BY currency <> 'KRW', count(*) DESC, currency LIMIT 1
    ), 'KRW') AS currency
),
money AS (
    SELECT main.currency, coalesce(sum(cost) FILTER (WHERE r.currency = main.currency), 0) AS today,
           {OTHER_MONEY.format(row="r", main="main.currency")} AS others,
           (SELECT count(*) FROM session) AS sessions
    FROM main LEFT JOIN revenue r ON true
    GROUP BY main.currency
)
"""

_SELECT = (
    _RELATIONS
    + "SELECT "
    + ", ".join(f'({kpi.sql}) AS "{kpi.key}"' for kpi in KPIS)
    + ", money.currency, money.others AS other_revenue FROM fleet, supply, energy, money"
)
