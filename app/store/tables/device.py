"""What a station is made of and was told: jobs and their progress, monitors and events, network profiles, customers."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Column, ForeignKey, Identity, Index, text
from sqlmodel import Field, SQLModel

from app.domain.jobs import JobKind
from app.domain.stations import Availability
from app.store.tables.columns import document, instant, one_of, word


class StationJob(SQLModel, table=True):
    """Something that takes a station a while: a firmware update, a log's upload. `asked` None: its own doing.

    `status`: the station's last word; `request_id` None where the protocol has none.
    """

    __tablename__ = "station_job"
    __table_args__ = (
        one_of("station_job", "kind", JobKind),
        Index("station_job_station", "station_id", "kind", text("id DESC")),
    )

    id: int | None = Field(
        default=None, sa_column=Column(BigInteger, Identity(always=False), primary_key=True)
    )
    station_id: str = Field(foreign_key="station.id", ondelete="CASCADE")
    kind: str = Field(sa_column=word())
    request_id: int | None = Field(default=None, sa_column=Column(BigInteger))
    asked: Any = Field(default=None, sa_column=document())
    location: str | None = None
    status: str
    status_at: datetime = Field(sa_column=instant(nullable=False))
    requested_at: datetime = Field(sa_column=instant(nullable=False))
    finished_at: datetime | None = Field(default=None, sa_column=instant())


class JobProgress(SQLModel, table=True):
    """One word of a station about a job."""

    __tablename__ = "job_progress"
    __table_args__ = (Index("job_progress_job", "job_id", "id"),)

    id: int | None = Field(
        default=None, sa_column=Column(BigInteger, Identity(always=False), primary_key=True)
    )
    job_id: int = Field(
        sa_column=Column(
            BigInteger, ForeignKey("station_job.id", ondelete="CASCADE"), nullable=False
        )
    )
    status: str
    at: datetime = Field(sa_column=instant(nullable=False))


class Monitor(SQLModel, table=True):
    """A monitor that watches a variable. What is not given is "" or 0. `kind`: who made it, if that was said."""

    __tablename__ = "monitor"

    station_id: str = Field(primary_key=True, foreign_key="station.id", ondelete="CASCADE")
    monitor_id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    component: str
    component_instance: str = ""
    evse_id: int = 0
    connector_id: int = 0
    variable: str
    variable_instance: str = ""
    type: str
    value: float
    severity: int
    transaction: bool = False
    kind: str | None = None
    seen_at: datetime = Field(sa_column=instant(nullable=False))


class StationEvent(SQLModel, table=True):
    """What a monitor, or the hardware itself, reported. `event_id` and `monitor_id` are the station's numbers."""

    __tablename__ = "station_event"
    __table_args__ = (
        Index("station_event_once", "station_id", "event_id", "at", unique=True),
        Index("station_event_station", "station_id", text("at DESC")),
        Index("station_event_received", "received_at"),
    )

    id: int | None = Field(
        default=None, sa_column=Column(BigInteger, Identity(always=False), primary_key=True)
    )
    station_id: str = Field(foreign_key="station.id", ondelete="CASCADE")
    event_id: int = Field(sa_column=Column(BigInteger, nullable=False))
    at: datetime = Field(sa_column=instant(nullable=False))
    received_at: datetime = Field(sa_column=instant(nullable=False))
    trigger: str
    kind: str
    component: str
    component_instance: str = ""
    evse_id: int = 0
    connector_id: int = 0
    variable: str
    variable_instance: str = ""
    actual_value: str
    cause: int | None = Field(default=None, sa_column=Column(BigInteger))
    cleared: bool | None = None
    tech_code: str | None = None
    tech_info: str | None = None
    transaction_id: str | None = None
    monitor_id: int | None = Field(default=None, sa_column=Column(BigInteger))


class NetworkProfile(SQLModel, table=True):
    """A network connection profile that a station has taken, without its secrets."""

    __tablename__ = "network_profile"

    station_id: str = Field(primary_key=True, foreign_key="station.id", ondelete="CASCADE")
    slot: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    profile: Any = Field(sa_column=document(nullable=False))
    set_at: datetime = Field(sa_column=instant(nullable=False))


class AskedAvailability(SQLModel, table=True):
    """What a station (0, 0), an EVSE (n, 0) or a connector was told to be, and agreed to.

    `scheduled`: it waits for the end of a transaction; its status tells when it has come.
    """

    __tablename__ = "asked_availability"
    __table_args__ = (one_of("asked_availability", "availability", Availability),)

    station_id: str = Field(primary_key=True, foreign_key="station.id", ondelete="CASCADE")
    evse_id: int = Field(primary_key=True)
    connector_id: int = Field(primary_key=True)
    availability: str = Field(sa_column=word())
    scheduled: bool = False
    asked_at: datetime = Field(sa_column=instant(nullable=False))


class CustomerRequest(SQLModel, table=True):
    """A station was asked to tell, or to forget, what it keeps about a customer."""

    __tablename__ = "customer_request"
    __table_args__ = (
        Index("customer_request_station", "station_id", "request_id", text("id DESC")),
    )

    id: int | None = Field(
        default=None, sa_column=Column(BigInteger, Identity(always=False), primary_key=True)
    )
    station_id: str = Field(foreign_key="station.id", ondelete="CASCADE")
    request_id: int = Field(sa_column=Column(BigInteger, nullable=False))
    report: bool
    clear: bool
    id_token: str | None = None
    customer_identifier: str | None = None
    certificate: Any = Field(default=None, sa_column=document())
    status: str
    requested_at: datetime = Field(sa_column=instant(nullable=False))


class CustomerPart(SQLModel, table=True):
    """A part of what a station tells about a customer; `more_follows` is false in the last one."""

    __tablename__ = "customer_part"

    station_id: str = Field(primary_key=True, foreign_key="station.id", ondelete="CASCADE")
    request_id: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    seq_no: int = Field(primary_key=True)
    generated_at: datetime = Field(sa_column=instant(nullable=False))
    data: str
    more_follows: bool = False
