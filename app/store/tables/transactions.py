"""Charging transactions."""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import BigInteger, Column, ForeignKey, Identity, Index, text
from sqlmodel import Field, SQLModel

from app.domain.stations import ChargingState
from app.store.tables.columns import energy, instant, money, one_of, word


class Transaction(SQLModel, table=True):
    """See `app.domain.transactions.Transaction`. The tariff is copied at the start: a new price changes no old bill.

    `created_at`: when it became known here; its index serves the view charger_usage_log.
    `simulated`: made by `halla simulate history`, not by a station.
    """

    __tablename__ = "transaction"
    __table_args__ = (
        one_of("transaction", "charging_state", ChargingState),
        Index("transaction_station_wire", "station_id", "transaction_id", text("id DESC")),
        Index("transaction_station_started", "station_id", text("started_at DESC")),
        Index("transaction_started", text("started_at DESC")),
        Index("transaction_ended", "ended_at"),
        Index("transaction_created", text("timezone('Asia/Seoul'::text, created_at) DESC")),
        Index(
            "transaction_active", "station_id", "evse_id", postgresql_where=text("ended_at IS NULL")
        ),
        {"postgresql_with": {"fillfactor": "70"}},
    )

    id: int | None = Field(
        default=None, sa_column=Column(BigInteger, Identity(always=False), primary_key=True)
    )
    station_id: str = Field(foreign_key="station.id", ondelete="CASCADE")
    transaction_id: str
    evse_id: int = 1
    connector_id: int = 1
    id_token: str | None = None
    token_type: str | None = None
    token_status: str | None = None
    remote_start_id: int | None = Field(default=None, sa_column=Column(BigInteger))
    charging_state: str | None = Field(default=None, sa_column=word(nullable=True))
    started_at: datetime = Field(sa_column=instant(nullable=False))
    ended_at: datetime | None = Field(default=None, sa_column=instant())
    stop_reason: str | None = None
    meter_start_wh: Decimal | None = Field(default=None, sa_column=energy())
    meter_wh: Decimal | None = Field(default=None, sa_column=energy())
    meter_at: datetime | None = Field(default=None, sa_column=instant())
    energy_wh: Decimal = Field(default=Decimal(0), sa_column=energy(zero=True))
    soc_start_percent: float | None = None
    soc_percent: float | None = None
    last_event_at: datetime | None = Field(default=None, sa_column=instant())
    last_seq_no: int | None = Field(default=None, sa_column=Column(BigInteger))
    currency: str | None = None
    price_per_kwh: Decimal | None = Field(default=None, sa_column=money())
    session_fee: Decimal | None = Field(default=None, sa_column=money())
    cost: Decimal | None = Field(default=None, sa_column=money())
    station_cost: Decimal | None = Field(default=None, sa_column=money())
    stop_id_token: str | None = None
    reservation_id: int | None = Field(default=None, sa_column=Column(BigInteger))
    created_at: datetime | None = Field(default=None, sa_column=instant(now=True))
    simulated: bool = Field(default=False, sa_column_kwargs={"server_default": "false"})


class MissingEvent(SQLModel, table=True):
    """A sequence number of a transaction that was passed over; the row goes when the event comes after all."""

    __tablename__ = "missing_event"

    transaction_id: int = Field(
        sa_column=Column(
            BigInteger, ForeignKey("transaction.id", ondelete="CASCADE"), primary_key=True
        )
    )
    seq_no: int = Field(sa_column=Column(BigInteger, primary_key=True))
    missed_at: datetime = Field(sa_column=instant(nullable=False))


class TransactionCheck(SQLModel, table=True):
    """What a station last answered to GetTransactionStatus; `transaction_id` is its own name, "" all of its queue."""

    __tablename__ = "transaction_check"

    station_id: str = Field(primary_key=True, foreign_key="station.id", ondelete="CASCADE")
    transaction_id: str = Field(primary_key=True)
    ongoing: bool | None = None
    messages_in_queue: bool
    checked_at: datetime = Field(sa_column=instant(nullable=False))
