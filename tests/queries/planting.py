"""Rows for windows to look at, written straight into the tables: what is tested here is reading."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from psycopg import sql

from app.store.database import Database

NOW = datetime(2026, 11, 20, 6, 30, tzinfo=UTC)
"""15:30 in Korea."""

KST_MIDNIGHT = datetime(2026, 11, 19, 15, 0, tzinfo=UTC)


class Garden:
    """A database to plant rows in."""

    def __init__(self, database: Database) -> None:
        self.database = database

    async def put(self, table: str, **columns: Any) -> dict[str, Any]:
        """Insert one row; a tuple (lat, lon) becomes a point. Returns what was inserted, with the id it got."""
        names = sql.SQL(", ").join(map(sql.Identifier, columns))
        places = sql.SQL(", ").join(
            sql.SQL("ST_SetSRID(ST_MakePoint(%s, %s), 4326)") if _is_point(v) else sql.SQL("%s")
            for v in columns.values()
        )
        values: list[Any] = []
        for value in columns.values():
            values.extend(reversed(value) if _is_point(value) else [value])
        statement = sql.SQL("INSERT INTO {} ({}) VALUES ({}) RETURNING to_jsonb({}.*)").format(
            sql.Identifier(table), names, places, sql.Identifier(table)
        )
        async with self.database.read() as connection:
            row = await (await connection.execute(statement, values)).fetchone()
        assert row is not None
        made: dict[str, Any] = row[0]
        return made

    async def location(self, id: str = "emart_jeju", **more: Any) -> str:
        columns: dict[str, Any] = {
            "name": "이마트 제주점",
            "name_en": "Emart Jeju",
            "address": "제주시 탑동로 38",
            "position": (33.5171, 126.5223),
            "time_zone": "Asia/Seoul",
        }
        await self.put("location", id=id, **(columns | more))
        return id

    async def station(
        self,
        id: str = "A",
        *,
        location_id: str | None = None,
        online: bool | None = None,
        revision: int = 1,
        disconnected_at: datetime | None = None,
        **more: Any,
    ) -> str:
        """`online` None: it never connected."""
        columns: dict[str, Any] = {"max_power_w": 100_000.0, "min_power_w": 0.0}
        columns |= {"registration": "accepted", "location_id": location_id}
        await self.put("station", id=id, **(columns | more))
        if online is not None:
            await self.put(
                "station_state",
                station_id=id,
                online=online,
                revision=revision,
                last_seen_at=NOW,
                disconnected_at=disconnected_at,
            )
        return id

    async def connector(
        self, station_id: str, status: str, *, evse_id: int = 1, connector_id: int = 1, **more: Any
    ) -> None:
        columns = {"status_at": NOW - timedelta(minutes=10)}
        await self.put(
            "connector_state",
            station_id=station_id,
            evse_id=evse_id,
            connector_id=connector_id,
            status=status,
            **(columns | more),
        )

    async def transaction(self, station_id: str, **more: Any) -> int:
        """Runs unless `ended_at` is given; 150 KRW a kWh."""
        columns: dict[str, Any] = {
            "transaction_id": "tx1",
            "evse_id": 1,
            "connector_id": 1,
            "started_at": NOW - timedelta(minutes=20),
            "meter_start_wh": Decimal(0),
            "energy_wh": Decimal(8500),
            "currency": "KRW",
            "price_per_kwh": Decimal(150),
            "session_fee": Decimal(0),
            "cost": Decimal(1275),
        }
        made = await self.put("transaction", station_id=station_id, **(columns | more))
        number: int = made["id"]
        return number

    async def charging(
        self, station_id: str, *, power_w: float = 95_000.0, evse_id: int = 1, **more: Any
    ) -> int:
        """A running transaction that the EVSE knows of."""
        number = await self.transaction(station_id, evse_id=evse_id, **more)
        await self.put(
            "evse_state",
            station_id=station_id,
            evse_id=evse_id,
            charging_state="Charging",
            transaction_id=number,
            measured_at=NOW,
            power_w=power_w,
        )
        return number

    async def sample(self, station_id: str, at: datetime, **more: Any) -> None:
        columns: dict[str, Any] = {"evse_id": 1, "context": "Sample.Periodic"}
        await self.put("meter_sample", station_id=station_id, measured_at=at, **(columns | more))


def _is_point(value: object) -> bool:
    return isinstance(value, tuple)
