"""Meter readings, one wide row each, in month partitions; and their hourly sums."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, Column, ForeignKey, Index, PrimaryKeyConstraint, text
from sqlmodel import Field, SQLModel

from app.store.tables.columns import document, energy, instant


class MeterSample(SQLModel, table=True):
    """One reading of one EVSE. The primary key makes a replay harmless; a session's samples are found by it too.

    No foreign keys and few indexes: this is the hot path. `suspect`: why the register is not billed (see
    `app.domain.metering.Suspect`). `signed`: signed values as the station gave them.
    """

    __tablename__ = "meter_sample"
    __table_args__ = (
        PrimaryKeyConstraint("station_id", "evse_id", "measured_at", "context"),
        Index(
            "meter_sample_recorded",
            "recorded_at",
            postgresql_using="brin",
            postgresql_with={"autosummarize": "on"},
        ),
        Index(
            "meter_sample_suspect",
            "transaction_id",
            postgresql_where=text("suspect IS NOT NULL"),
        ),
        {"postgresql_partition_by": "RANGE (measured_at)"},
    )

    station_id: str
    evse_id: int
    measured_at: datetime = Field(sa_column=instant(nullable=False))
    context: str
    transaction_id: int | None = Field(default=None, sa_column=Column(BigInteger))
    energy_wh: Decimal | None = Field(default=None, sa_column=energy())
    power_w: float | None = None
    current_a: float | None = None
    voltage_v: float | None = None
    soc_percent: float | None = None
    temperature_c: float | None = None
    offered_w: float | None = None
    other: Any = Field(default=None, sa_column=document())
    suspect: str | None = None
    signed: Any = Field(default=None, sa_column=document())
    recorded_at: datetime | None = Field(default=None, sa_column=instant(now=True))


class EnergyHour(SQLModel, table=True):
    """Energy of one station in one hour of its site's day, made of the samples by a job off the hot path."""

    __tablename__ = "energy_hour"
    __table_args__ = (Index("energy_hour_hour", "hour"),)

    station_id: str = Field(primary_key=True, foreign_key="station.id", ondelete="CASCADE")
    hour: datetime = Field(sa_column=instant(nullable=False, primary_key=True))
    energy_wh: Decimal = Field(default=Decimal(0), sa_column=energy(zero=True))
    max_power_w: float | None = None
    average_power_w: float | None = None
    samples: int = 0


class SessionHour(SQLModel, table=True):
    """One transaction in one hour of its site's day: registers at both ends, powers; summed up by the same job.

    `powers`: of how many samples `power_sum_w` is the sum; `counted_to`: the newest record time that was counted.
    """

    __tablename__ = "session_hour"
    __table_args__ = (
        Index("session_hour_station", "station_id", "hour"),
        {"postgresql_with": {"fillfactor": "70"}},
    )

    transaction_id: int = Field(
        sa_column=Column(
            BigInteger, ForeignKey("transaction.id", ondelete="CASCADE"), primary_key=True
        )
    )
    hour: datetime = Field(sa_column=instant(nullable=False, primary_key=True))
    station_id: str
    first_wh: Decimal | None = Field(default=None, sa_column=energy())
    last_wh: Decimal | None = Field(default=None, sa_column=energy())
    min_power_w: float | None = None
    max_power_w: float | None = None
    power_sum_w: float = 0.0
    powers: int = 0
    samples: int = 0
    counted_to: datetime = Field(sa_column=instant(nullable=False))


class Watermark(SQLModel, table=True):
    """How far a job has come."""

    __tablename__ = "watermark"

    job: str = Field(primary_key=True)
    reached_at: datetime = Field(sa_column=instant(nullable=False))
