"""What stations told and were acknowledged, and what is stored of it: for `halla verify energy`.

Frames are read before what is stored, so that what a station tells meanwhile is never missing.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from app.queries.rows import fetch
from app.store.database import Database


@dataclass(frozen=True, slots=True, kw_only=True)
class Speaker:
    """A station that spoke of transactions or readings, and what it speaks."""

    station_id: str
    protocol: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldRow:
    """A frame about a transaction, or readings, that the station sent and that was answered with a result."""

    at: datetime
    transaction_id: str | None
    action: str | None
    frame: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleRow:
    """A stored reading of a station. `transaction_id`: the station's name of its transaction."""

    evse_id: int
    transaction_id: str | None
    measured_at: datetime
    context: str
    energy_wh: Decimal | None
    power_w: float | None
    current_a: float | None
    voltage_v: float | None
    soc_percent: float | None
    temperature_c: float | None
    offered_w: float | None
    suspect: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRow:
    """A stored transaction of which frames told."""

    transaction_id: str
    started_at: datetime
    ended_at: datetime | None
    last_event_at: datetime | None
    meter_wh: Decimal | None
    meter_at: datetime | None
    id_token: str | None
    token_type: str | None
    station_cost: Decimal | None


async def speakers(database: Database, since: datetime) -> list[Speaker]:
    """The stations of which such frames are kept."""
    return await fetch(database, Speaker, _SPEAKERS, {"since": since})


async def told(database: Database, station_id: str, since: datetime) -> list[ToldRow]:
    """What a station told since a moment and was acknowledged, oldest first."""
    return await fetch(database, ToldRow, _TOLD, {"station": station_id, "since": since})


async def samples(
    database: Database, station_id: str, since: datetime, until: datetime
) -> list[SampleRow]:
    """Readings of a station from a moment to another."""
    values = {"station": station_id, "since": since, "until": until}
    return await fetch(database, SampleRow, _SAMPLES, values)


async def sessions(database: Database, station_id: str, names: Collection[str]) -> list[SessionRow]:
    """Transactions of a station that it calls so, oldest first; running ones too."""
    values = {"station": station_id, "names": list(names)}
    return await fetch(database, SessionRow, _SESSIONS, values)


_SPEAKERS = """
SELECT j.station_id, min(ss.protocol) AS protocol
FROM journal j LEFT JOIN station_state ss USING (station_id)
WHERE j.at >= %(since)s AND j.direction = 'in' AND j.message_type = 2
  AND (j.transaction_id IS NOT NULL OR j.action IN ('StartTransaction', 'MeterValues'))
GROUP BY j.station_id ORDER BY 1
"""

# Of which transaction a StartTransaction of 1.6 is only its answer says.
_TOLD = """
SELECT j.at, coalesce(j.transaction_id, answer.transaction_id) AS transaction_id, j.action, j.frame
FROM journal j
LEFT JOIN (
    SELECT exchange, transaction_id FROM journal
    WHERE station_id = %(station)s AND at >= %(since)s AND direction = 'out' AND message_type = 3
) answer ON j.answer_type IS NULL AND answer.exchange = j.exchange
WHERE j.station_id = %(station)s AND j.at >= %(since)s AND j.direction = 'in' AND j.message_type = 2
  AND (j.answer_type = 3 OR answer.exchange IS NOT NULL)
  AND (j.transaction_id IS NOT NULL OR answer.transaction_id IS NOT NULL OR j.action = 'MeterValues')
ORDER BY j.at, j.id
"""

_SAMPLES = """
SELECT m.evse_id, t.transaction_id, m.measured_at, m.context, m.energy_wh, m.power_w, m.current_a,
       m.voltage_v, m.soc_percent, m.temperature_c, m.offered_w, m.suspect
FROM meter_sample m LEFT JOIN transaction t ON t.id = m.transaction_id
WHERE m.station_id = %(station)s AND m.measured_at BETWEEN %(since)s AND %(until)s
"""

_SESSIONS = """
SELECT transaction_id, started_at, ended_at, last_event_at, meter_wh, meter_at, id_token, token_type, station_cost
FROM transaction
WHERE station_id = %(station)s AND transaction_id = ANY(%(names)s::text[])
ORDER BY started_at, id
"""
