"""The obvious design, to compare with: the `ocpp` library's router and validation, one SQLModel commit per message.

What becomes durable with each message is what Halla keeps too: the frame, the sampled values, the station's newest
state. (Halla keeps more: the answer's frame, the transaction's energy and cost.)
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

from ocpp.routing import on
from ocpp.v201 import ChargePoint, call_result
from ocpp.v201.enums import Action
from sqlalchemy import BigInteger, Column, DateTime, Identity
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from app.store.database import sqlalchemy_url

TABLE = "obvious_meter_value"


class Own(SQLModel, registry=registry()):
    """Tables apart from Halla's: no migration knows them."""


class MeterValue(Own, table=True):
    """One sampled value."""

    __tablename__ = TABLE

    id: int | None = Field(default=None, sa_column=Column(BigInteger, Identity(), primary_key=True))
    station_id: str = Field(index=True)
    transaction_id: str
    measured_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    measurand: str
    unit: str | None = None
    value: float


class Frame(Own, table=True):
    """One message as it came."""

    __tablename__ = "obvious_frame"

    id: int | None = Field(default=None, sa_column=Column(BigInteger, Identity(), primary_key=True))
    station_id: str = Field(index=True)
    text: str


class StationState(Own, table=True):
    """What a map would show."""

    __tablename__ = "obvious_station"

    station_id: str = Field(primary_key=True)
    transaction_id: str | None = None
    charging_state: str | None = None
    energy_wh: float | None = None
    power_w: float | None = None
    soc_percent: float | None = None
    measured_at: datetime | None = Field(default=None, sa_column=Column(DateTime(timezone=True)))


FIELDS = {
    "Energy.Active.Import.Register": "energy_wh",
    "Power.Active.Import": "power_w",
    "SoC": "soc_percent",
}


@asynccontextmanager
async def serve_obviously(url: str) -> AsyncIterator[int]:
    """Serve on a free port of the loopback; yields the port."""
    engine = create_async_engine(sqlalchemy_url(url), pool_size=16)
    async with engine.begin() as connection:
        await connection.run_sync(Own.metadata.create_all)

    async def handle(connection: ServerConnection) -> None:
        assert connection.request is not None
        station_id = connection.request.path.strip("/")
        await Station(station_id, connection, engine).start()

    async with serve(
        handle, "127.0.0.1", 0, subprotocols=["ocpp2.0.1"], compression=None
    ) as server:
        yield next(iter(server.sockets)).getsockname()[1]
        server.close()
    await engine.dispose()


class Station(ChargePoint):  # type: ignore[misc]
    """As the library's documentation has it."""

    def __init__(self, station_id: str, connection: Any, engine: AsyncEngine) -> None:
        super().__init__(station_id, connection)
        self._engine = engine
        self._text = ""

    async def route_message(self, raw_msg: str) -> None:
        self._text = raw_msg
        await super().route_message(raw_msg)

    async def start(self) -> None:
        """Until the station hangs up."""
        try:
            await super().start()
        except ConnectionClosed:
            return

    @on(Action.boot_notification)
    async def on_boot(self, **_: Any) -> Any:
        return call_result.BootNotification(
            current_time=datetime.now(UTC).isoformat(), interval=60, status="Accepted"
        )

    @on(Action.status_notification)
    async def on_status(self, **_: Any) -> Any:
        return call_result.StatusNotification()

    @on(Action.transaction_event)
    async def on_transaction_event(
        self, transaction_info: dict[str, Any], meter_value: Any = (), **_: Any
    ) -> Any:
        async with AsyncSession(self._engine) as session:
            session.add(Frame(station_id=self.id, text=self._text))
            state = await session.get(StationState, self.id)
            if state is None:
                state = StationState(station_id=self.id)
                session.add(state)
            state.transaction_id = transaction_info["transaction_id"]
            state.charging_state = transaction_info.get("charging_state")
            for entry in meter_value:
                state.measured_at = datetime.fromisoformat(entry["timestamp"])
                for sampled in entry["sampled_value"]:
                    session.add(_meter_value(self.id, transaction_info, entry, sampled))
                    setattr(state, FIELDS[sampled["measurand"]], sampled["value"])
            await session.commit()
        return call_result.TransactionEvent()


def _meter_value(
    station_id: str, info: dict[str, Any], entry: dict[str, Any], sampled: dict[str, Any]
) -> MeterValue:
    return MeterValue(
        station_id=station_id,
        transaction_id=info["transaction_id"],
        measured_at=datetime.fromisoformat(entry["timestamp"]),
        measurand=sampled["measurand"],
        unit=sampled.get("unit_of_measure", {}).get("unit"),
        value=sampled["value"],
    )
