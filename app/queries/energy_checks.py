"""What is stored of energy and money, side by side with what it was made of: for `halla verify energy`.

Each window looks at two places that must agree; what agreeing means is `app.cli.energy_checks`'. Running sessions are
left out, since they change while one looks.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from app.queries.rows import fetch
from app.store.database import Database
from app.store.rollups import HOUR_OF_SAMPLE

PAGE = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class EndedRow:
    """An ended transaction with the sum of its good samples.

    `at_meter`: registers of the samples at `meter_at`; `first_at`, `last_at` and `most_wh`: the oldest, the newest and
    the greatest of all. `last_event_at`: what the station told last of it, by its own clock.
    """

    id: int
    station_id: str
    transaction_id: str
    started_at: datetime
    ended_at: datetime
    recorded_at: datetime
    meter_start_wh: Decimal | None
    meter_wh: Decimal | None
    meter_at: datetime | None
    energy_wh: Decimal
    currency: str | None
    price_per_kwh: Decimal | None
    session_fee: Decimal | None
    cost: Decimal | None
    stop_reason: str | None
    last_event_at: datetime | None
    simulated: bool
    samples: int
    at_meter: list[Decimal] | None
    first_at: datetime | None
    last_at: datetime | None
    most_wh: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HourRow:
    """An hour that is stored (None: it is not) and what it must be. `transaction_id` None: of the whole station."""

    station_id: str
    transaction_id: str | None
    hour: datetime
    field: str
    stored: Decimal | None
    expected: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewRow:
    """What a view says otherwise than the transactions do."""

    station_id: str
    transaction_id: str | None
    field: str
    stored: Decimal | None
    expected: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stray:
    """Samples of a session that is not stored, and the greatest register among them."""

    station_id: str
    number: int
    samples: int
    most_wh: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedToken:
    """The token of a transaction, and the one that the remote start was for which began it."""

    station_id: str
    transaction_id: str
    id_token: str | None
    asked: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargerEnergy:
    """What one charger delivered in all."""

    station_id: str
    sessions: int
    energy_wh: Decimal
    average_wh: Decimal
    most_wh: Decimal
    revenue: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How much there is to look at. `new`: transactions that were first heard of since a moment."""

    ended: int
    running: int
    new: int
    samples: int
    hours: int
    summed_to: datetime | None


async def counts(database: Database, since: datetime) -> Counts:
    """How much there is."""
    return (await fetch(database, Counts, _COUNTS, {"since": since}))[0]


async def ended(database: Database) -> AsyncIterator[EndedRow]:
    """All ended transactions, oldest number first."""
    after: int | None = None
    while True:
        rows = await fetch(database, EndedRow, _ENDED, {"after": after, "limit": PAGE})
        for row in rows:
            yield row
        if len(rows) < PAGE:
            return
        after = rows[-1].id


async def wrong_session_hours(database: Database) -> list[HourRow]:
    """Hours of transactions that do not say what their samples do. What is not summed up yet is left out."""
    return await fetch(database, HourRow, _SESSION_HOURS, {})


async def wrong_station_hours(database: Database) -> list[HourRow]:
    """Hours of stations that are not the sum of those of their transactions."""
    return await fetch(database, HourRow, _STATION_HOURS, {})


async def strays(database: Database) -> list[Stray]:
    """Sessions of which there are samples and nothing else."""
    return await fetch(database, Stray, _STRAYS, {})


async def wrong_views(database: Database) -> list[ViewRow]:
    """Rows of the views that do not say what the transactions do."""
    return await fetch(database, ViewRow, _VIEWS, {})


async def asked_tokens(database: Database) -> list[AskedToken]:
    """The transactions that a remote start began."""
    return await fetch(database, AskedToken, _ASKED_TOKENS, {})


async def top(database: Database, limit: int = 10) -> list[ChargerEnergy]:
    """The chargers that delivered most."""
    return await fetch(database, ChargerEnergy, _TOP, {"limit": limit})


_COUNTS = """
SELECT count(*) FILTER (WHERE ended_at IS NOT NULL) AS ended,
       count(*) FILTER (WHERE ended_at IS NULL) AS running,
       count(*) FILTER (WHERE created_at >= %(since)s) AS new,
       (SELECT count(*) FROM meter_sample WHERE transaction_id IS NOT NULL) AS samples,
       (SELECT count(*) FROM energy_hour) AS hours,
       (SELECT reached_at FROM watermark WHERE job = 'energy_hour') AS summed_to
FROM transaction
"""

_EVSES = """
ANY(ARRAY(SELECT evse_id FROM evse_state WHERE station_id = t.station_id UNION SELECT t.evse_id))
"""

_ENDED = f"""
SELECT t.id, t.station_id, t.transaction_id, t.started_at, t.ended_at, t.created_at AS recorded_at,
       t.meter_start_wh, t.meter_wh, t.meter_at, t.energy_wh, t.currency, t.price_per_kwh,
       t.session_fee, t.cost, t.stop_reason, t.last_event_at, t.simulated,
       s.samples, s.at_meter, s.first_at, s.last_at, s.most_wh
FROM transaction t
CROSS JOIN LATERAL (
    SELECT count(*) AS samples, min(m.measured_at) AS first_at, max(m.measured_at) AS last_at,
           max(m.energy_wh) AS most_wh,
           array_agg(m.energy_wh) FILTER (WHERE m.measured_at = t.meter_at) AS at_meter
    FROM meter_sample m
    WHERE m.station_id = t.station_id AND m.evse_id = {_EVSES}
      AND m.measured_at >= t.started_at - interval '1 hour' AND m.measured_at <= greatest(t.ended_at, t.meter_at)
      AND m.transaction_id = t.id AND m.suspect IS NULL AND m.energy_wh IS NOT NULL
) s
WHERE t.ended_at IS NOT NULL AND (%(after)s::bigint IS NULL OR t.id > %(after)s)
ORDER BY t.id LIMIT %(limit)s
"""

_SESSION_HOURS = f"""
WITH reached AS (SELECT reached_at - interval '2 minutes' AS at FROM watermark WHERE job = 'energy_hour'),
whole AS (
    SELECT t.id, t.station_id, t.transaction_id, t.simulated
    FROM transaction t, reached
    WHERE t.ended_at IS NOT NULL AND NOT EXISTS (
        SELECT FROM meter_sample m
        WHERE m.station_id = t.station_id AND m.evse_id = t.evse_id AND m.transaction_id = t.id
          AND m.measured_at >= t.started_at - interval '1 hour' AND m.recorded_at > reached.at)
),
sampled AS (
    SELECT m.transaction_id AS id, z.hour, min(m.energy_wh) AS first_wh, max(m.energy_wh) AS last_wh,
           count(*)::numeric AS samples
    FROM meter_sample m
    JOIN whole w ON w.id = m.transaction_id
    JOIN station s ON s.id = m.station_id
    LEFT JOIN location l ON l.id = s.location_id
    CROSS JOIN LATERAL (
        SELECT {HOUR_OF_SAMPLE} AS hour) z
    WHERE m.suspect IS NULL
    GROUP BY m.transaction_id, z.hour
),
stored AS (
    SELECT h.transaction_id AS id, h.hour, h.first_wh, h.last_wh, h.samples::numeric AS samples
    FROM session_hour h JOIN whole w ON w.id = h.transaction_id
)
SELECT w.station_id, w.transaction_id, hour, field.name AS field, field.stored, field.expected
FROM sampled m FULL JOIN stored h USING (id, hour) JOIN whole w USING (id)
CROSS JOIN LATERAL (VALUES
    ('first_wh', h.first_wh, m.first_wh), ('last_wh', h.last_wh, m.last_wh), ('samples', h.samples, m.samples)
) AS field (name, stored, expected)
WHERE field.stored IS DISTINCT FROM field.expected
ORDER BY 1, 2, 3, 4
"""

_STATION_HOURS = """
WITH part AS (
    SELECT h.station_id, h.hour, greatest(0, h.last_wh - coalesce(
               (SELECT max(p.last_wh) FROM session_hour p
                WHERE p.transaction_id = h.transaction_id AND p.hour < h.hour),
               t.meter_start_wh, h.first_wh)) AS energy_wh
    FROM session_hour h JOIN transaction t ON t.id = h.transaction_id
),
made AS (SELECT station_id, hour, coalesce(sum(energy_wh), 0) AS expected FROM part GROUP BY 1, 2)
SELECT station_id, NULL AS transaction_id, hour, 'energy_hour' AS field, e.energy_wh AS stored, expected
FROM made FULL JOIN energy_hour e USING (station_id, hour)
WHERE e.energy_wh IS DISTINCT FROM expected
ORDER BY 1, 3
"""

_STRAYS = """
SELECT m.station_id, m.transaction_id AS number, count(*) AS samples, max(m.energy_wh) AS most_wh
FROM meter_sample m
WHERE m.transaction_id IS NOT NULL
  AND NOT EXISTS (SELECT FROM transaction t WHERE t.id = m.transaction_id)
GROUP BY 1, 2 ORDER BY 1, 2
"""

_VIEWS = """
SELECT t.station_id, t.transaction_id, field.name AS field, field.stored, field.expected
FROM transaction t
LEFT JOIN charger_usage_log v ON v.id = t.id
CROSS JOIN LATERAL (VALUES
    ('charger_usage_log.energy_consumed', v.energy_consumed, t.energy_wh / 1000),
    ('charger_usage_log.energy_delivered', v.energy_delivered, round(t.energy_wh / 1000, 3)),
    ('charger_usage_log.total_charge', v.total_charge, round(t.cost, 2))
) AS field (name, stored, expected)
WHERE t.ended_at IS NOT NULL AND field.stored IS DISTINCT FROM field.expected
UNION ALL
SELECT coalesce(v.charger_id, t.charger_id), NULL, field.name, field.stored, field.expected
FROM (
    SELECT charger_id, sum(num_sessions)::numeric AS sessions, sum(total_revenue) AS revenue
    FROM daily_charger_stats GROUP BY charger_id
) v
FULL JOIN (
    SELECT station_id AS charger_id, count(*)::numeric AS sessions, coalesce(sum(cost), 0) AS revenue
    FROM transaction GROUP BY station_id
) t USING (charger_id)
CROSS JOIN LATERAL (VALUES
    ('daily_charger_stats.num_sessions', v.sessions, coalesce(t.sessions, 0)),
    ('daily_charger_stats.total_revenue', v.revenue, coalesce(t.revenue, 0))
) AS field (name, stored, expected)
WHERE field.stored IS DISTINCT FROM field.expected
ORDER BY 1, 2, 3
"""

_ASKED_TOKENS = """
SELECT t.station_id, t.transaction_id, t.id_token, asked
FROM station_command c
JOIN transaction t ON t.id = c.transaction_id AND t.station_id = c.station_id
CROSS JOIN LATERAL (
    SELECT coalesce(c.request->>'id_token', c.request#>>'{payload,idTag}',
                    c.request#>>'{payload,idToken,idToken}') AS asked) a
WHERE c.action IN ('RequestStartTransaction', 'RemoteStartTransaction') AND c.effect_at IS NOT NULL
  AND asked IS NOT NULL
ORDER BY 1, 2
"""

_TOP = """
SELECT station_id, count(*) AS sessions, sum(energy_wh) AS energy_wh, avg(energy_wh) AS average_wh,
       max(energy_wh) AS most_wh, coalesce(sum(cost), 0) AS revenue
FROM transaction WHERE ended_at IS NOT NULL
GROUP BY station_id ORDER BY energy_wh DESC, station_id LIMIT %(limit)s
"""
