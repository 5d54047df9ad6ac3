"""Sites and prices: one statement per table, however many rows.

What is equal already is left alone, so `updated` counts what really changed. NULL in a new row
means "not said" and keeps the old value.
"""

from collections.abc import Collection, Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from app.domain.locations import LocationRecord, TariffRecord, centre
from app.store.upserts import Upserted, column, upsert

_TARIFFS = """
INSERT INTO tariff AS old (id, name, currency, price_per_kwh, session_fee)
SELECT * FROM unnest(
    CAST(:id AS text[]), CAST(:name AS text[]), CAST(:currency AS text[]),
    CAST(:price_per_kwh AS numeric[]), CAST(:session_fee AS numeric[]))
ON CONFLICT (id) DO UPDATE SET
    name = excluded.name, currency = excluded.currency,
    price_per_kwh = excluded.price_per_kwh, session_fee = excluded.session_fee
WHERE (old.name, old.currency, old.price_per_kwh, old.session_fee)
    IS DISTINCT FROM
    (excluded.name, excluded.currency, excluded.price_per_kwh, excluded.session_fee)
RETURNING old.id, old.xmax = 0
"""

_LOCATIONS = """
WITH said AS (
    SELECT * FROM unnest(
        CAST(:id AS text[]), CAST(:name AS text[]), CAST(:name_en AS text[]),
        CAST(:address AS text[]), CAST(:lat AS float8[]), CAST(:lon AS float8[]),
        CAST(:amid_lat AS float8[]), CAST(:amid_lon AS float8[]), CAST(:time_zone AS text[]),
        CAST(:tariff_id AS text[]), CAST(:operator_name AS text[]),
        CAST(:operator_phone AS text[]), CAST(:operator_email AS text[]),
        CAST(:grid_limit_w AS float8[]))
    AS s (id, name, name_en, address, lat, lon, amid_lat, amid_lon, time_zone, tariff_id,
          operator_name, operator_phone, operator_email, grid_limit_w)
), whole AS (
    SELECT s.id,
        COALESCE(s.name, old.name, s.id) AS name,
        COALESCE(s.name_en, old.name_en) AS name_en,
        COALESCE(s.address, old.address) AS address,
        COALESCE(ST_SetSRID(ST_MakePoint(s.lon, s.lat), 4326), old.position,
                 ST_SetSRID(ST_MakePoint(s.amid_lon, s.amid_lat), 4326)) AS position,
        COALESCE(s.time_zone, old.time_zone, 'Asia/Seoul') AS time_zone,
        COALESCE(s.tariff_id, old.tariff_id) AS tariff_id,
        COALESCE(s.operator_name, old.operator_name) AS operator_name,
        COALESCE(s.operator_phone, old.operator_phone) AS operator_phone,
        COALESCE(s.operator_email, old.operator_email) AS operator_email,
        COALESCE(s.grid_limit_w, old.grid_limit_w) AS grid_limit_w
    FROM said s LEFT JOIN location old ON old.id = s.id
)
INSERT INTO location AS old (id, name, name_en, address, position, time_zone, tariff_id,
    operator_name, operator_phone, operator_email, grid_limit_w)
SELECT id, name, name_en, address, position, time_zone, tariff_id,
    operator_name, operator_phone, operator_email, grid_limit_w
FROM whole ORDER BY id
ON CONFLICT (id) DO UPDATE SET
    name = excluded.name, name_en = excluded.name_en, address = excluded.address,
    position = excluded.position, time_zone = excluded.time_zone, tariff_id = excluded.tariff_id,
    operator_name = excluded.operator_name, operator_phone = excluded.operator_phone,
    operator_email = excluded.operator_email, grid_limit_w = excluded.grid_limit_w,
    updated_at = now(), retired_at = NULL
WHERE old.retired_at IS NOT NULL OR (old.name, old.name_en, old.address, old.position, old.time_zone, old.tariff_id,
       old.operator_name, old.operator_phone, old.operator_email, old.grid_limit_w)
    IS DISTINCT FROM
      (excluded.name, excluded.name_en, excluded.address, excluded.position, excluded.time_zone,
       excluded.tariff_id, excluded.operator_name, excluded.operator_phone,
       excluded.operator_email, excluded.grid_limit_w)
RETURNING old.id, old.xmax = 0
"""


async def upsert_tariffs(connection: AsyncConnection, tariffs: Sequence[TariffRecord]) -> Upserted:
    """Prices. A new price changes no bill: transactions carry their own copy."""
    return await upsert(
        connection,
        "tariff",
        _TARIFFS,
        id=[tariff.id for tariff in tariffs],
        name=[tariff.name for tariff in tariffs],
        currency=[tariff.currency for tariff in tariffs],
        price_per_kwh=[tariff.price_per_kwh for tariff in tariffs],
        session_fee=[tariff.session_fee for tariff in tariffs],
    )


async def upsert_locations(
    connection: AsyncConnection, records: Sequence[LocationRecord]
) -> Upserted:
    """Sites. A new one without a position is put amid its stations; an old one stays."""
    said = [record.position for record in records]
    amid = [centre(record) for record in records]
    return await upsert(
        connection,
        "location",
        _LOCATIONS,
        id=[record.id for record in records],
        name=[record.name for record in records],
        name_en=[record.name_en for record in records],
        address=[record.address for record in records],
        lat=[position.lat if position else None for position in said],
        lon=[position.lon if position else None for position in said],
        amid_lat=[position.lat if position else None for position in amid],
        amid_lon=[position.lon if position else None for position in amid],
        time_zone=[record.time_zone for record in records],
        tariff_id=[record.tariff_id for record in records],
        operator_name=[record.operator_name for record in records],
        operator_phone=[record.operator_phone for record in records],
        operator_email=[record.operator_email for record in records],
        grid_limit_w=[record.grid_limit_w for record in records],
    )


async def missing_tariffs(connection: AsyncConnection, ids: Collection[str]) -> list[str]:
    """Which of these tariffs do not exist."""
    return await column(
        connection,
        "SELECT id FROM unnest(CAST(:names AS text[])) AS n (id)"
        " WHERE id NOT IN (SELECT id FROM tariff) ORDER BY id",
        ids,
    )


async def missing_locations(
    connection: AsyncConnection, ids: Collection[str], *, even_retired: bool = False
) -> list[str]:
    """Which of these sites do not exist; `even_retired`: nor were there once."""
    there = "true" if even_retired else "retired_at IS NULL"
    return await column(
        connection,
        "SELECT id FROM unnest(CAST(:names AS text[])) AS n (id)"
        f" WHERE id NOT IN (SELECT id FROM location WHERE {there}) ORDER BY id",
        ids,
    )
