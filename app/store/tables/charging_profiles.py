"""Charging profiles as stations have them, what they say they will do, limits of others, and what vehicles need."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, Column, Identity, Index
from sqlmodel import Field, SQLModel

from app.store.tables.columns import document, instant, one_of, word


class ProfileOrigin(StrEnum):
    """How a profile became known: the station accepted it from us, or told of it."""

    INSTALLED = "installed"
    REPORTED = "reported"


class StationChargingProfile(SQLModel, table=True):
    """One profile at one EVSE (0: the station). `profile` is 2.0.1's ChargingProfileType, whatever the version."""

    __tablename__ = "charging_profile"
    __table_args__ = (one_of("charging_profile", "origin", ProfileOrigin),)

    station_id: str = Field(primary_key=True, foreign_key="station.id", ondelete="CASCADE")
    evse_id: int = Field(primary_key=True)
    profile_id: int = Field(primary_key=True)
    purpose: str
    kind: str
    stack_level: int
    transaction_id: str | None = None
    valid_from: datetime | None = Field(default=None, sa_column=instant())
    valid_to: datetime | None = Field(default=None, sa_column=instant())
    source: str = Field(default="CSO", sa_column_kwargs={"server_default": "CSO"})
    profile: Any = Field(default=None, sa_column=document(nullable=False))
    origin: str = Field(sa_column=word())
    request_id: int | None = Field(default=None, sa_column=Column(BigInteger))
    installed_at: datetime | None = Field(default=None, sa_column=instant())
    reported_at: datetime | None = Field(default=None, sa_column=instant())


class CompositeScheduleRow(SQLModel, table=True):
    """What a station last said it will do at one EVSE (0: the station)."""

    __tablename__ = "composite_schedule"

    station_id: str = Field(primary_key=True, foreign_key="station.id", ondelete="CASCADE")
    evse_id: int = Field(primary_key=True)
    start_at: datetime | None = Field(default=None, sa_column=instant())
    duration_s: int
    unit: str
    periods: Any = Field(default=None, sa_column=document(nullable=False))
    reported_at: datetime = Field(sa_column=instant(nullable=False))


class ChargingLimit(SQLModel, table=True):
    """A limit that a system other than the CSMS put on a station (K12, K13)."""

    __tablename__ = "charging_limit"

    station_id: str = Field(primary_key=True, foreign_key="station.id", ondelete="CASCADE")
    evse_id: int = Field(primary_key=True)
    source: str = Field(primary_key=True)
    is_grid_critical: bool | None = None
    schedules: Any = Field(default=None, sa_column=document())
    notified_at: datetime = Field(sa_column=instant(nullable=False))


class EvChargingNeed(SQLModel, table=True):
    """What the vehicle at an EVSE needs (K15), and the schedule that it then chose."""

    __tablename__ = "ev_charging_need"

    station_id: str = Field(primary_key=True, foreign_key="station.id", ondelete="CASCADE")
    evse_id: int = Field(primary_key=True)
    transaction_id: int | None = Field(default=None, sa_column=Column(BigInteger))
    energy_transfer: str | None = None
    departure_at: datetime | None = Field(default=None, sa_column=instant())
    max_schedule_tuples: int | None = None
    needs: Any = Field(default=None, sa_column=document())
    needs_at: datetime | None = Field(default=None, sa_column=instant())
    time_base: datetime | None = Field(default=None, sa_column=instant())
    schedule: Any = Field(default=None, sa_column=document())
    schedule_at: datetime | None = Field(default=None, sa_column=instant())
    within_limits: bool | None = None


class StationQuestion(SQLModel, table=True):
    """A series of reports that was asked for: when its last part is in, what it did not name is gone."""

    __tablename__ = "station_question"

    station_id: str = Field(primary_key=True, foreign_key="station.id", ondelete="CASCADE")
    subject: str = Field(primary_key=True)
    request_id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    criteria: Any = Field(default=None, sa_column=document(nullable=False))
    asked_at: datetime = Field(sa_column=instant(nullable=False))


class DisplayMessage(SQLModel, table=True):
    """A message that is set on a station's display (block O)."""

    __tablename__ = "display_message"
    __table_args__ = (one_of("display_message", "origin", ProfileOrigin),)

    station_id: str = Field(primary_key=True, foreign_key="station.id", ondelete="CASCADE")
    message_id: int = Field(primary_key=True)
    priority: str
    state: str | None = None
    start_at: datetime | None = Field(default=None, sa_column=instant())
    end_at: datetime | None = Field(default=None, sa_column=instant())
    transaction_id: str | None = None
    format: str
    language: str | None = None
    content: str
    display: Any = Field(default=None, sa_column=document())
    origin: str = Field(sa_column=word())
    request_id: int | None = Field(default=None, sa_column=Column(BigInteger))
    set_at: datetime | None = Field(default=None, sa_column=instant())
    reported_at: datetime | None = Field(default=None, sa_column=instant())


class Direction(StrEnum):
    """Who sent it, as seen from the CSMS."""

    RECEIVED = "received"
    SENT = "sent"


class VendorMessage(SQLModel, table=True):
    """One DataTransfer, either way, with how it was answered (block P)."""

    __tablename__ = "vendor_message"
    __table_args__ = (
        one_of("vendor_message", "direction", Direction),
        Index("vendor_message_station", "station_id", "id"),
    )

    id: int | None = Field(
        default=None, sa_column=Column(BigInteger, Identity(always=False), primary_key=True)
    )
    station_id: str = Field(foreign_key="station.id", ondelete="CASCADE")
    direction: str = Field(sa_column=word())
    vendor: str
    message: str | None = None
    data: Any = Field(default=None, sa_column=document())
    status: str
    answer: Any = Field(default=None, sa_column=document())
    at: datetime = Field(sa_column=instant(nullable=False))


class DataVendor(SQLModel, table=True):
    """A vendor whose DataTransfer is taken; `messages`: the ids that are known, null: any."""

    __tablename__ = "data_vendor"

    vendor: str = Field(primary_key=True)
    messages: Any = Field(default=None, sa_column=document())
