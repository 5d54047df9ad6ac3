"""Sites and what they charge."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from geoalchemy2 import Geometry
from sqlalchemy import Column
from sqlmodel import Field, SQLModel

from app.store.tables.columns import instant, money


class Tariff(SQLModel, table=True):
    """What a session costs, in major units of `currency`."""

    __tablename__ = "tariff"

    id: str = Field(primary_key=True)
    name: str
    currency: str = Field(max_length=3)
    price_per_kwh: Decimal = Field(sa_column=money(nullable=False))
    session_fee: Decimal = Field(default=Decimal(0), sa_column=money(zero=True))


class Location(SQLModel, table=True):
    """A site: where stations stand, whose day it is there, what it may draw."""

    __tablename__ = "location"

    id: str = Field(primary_key=True)
    name: str
    name_en: str | None = None
    address: str | None = None
    position: Any = Field(
        sa_column=Column(Geometry("POINT", srid=4326, spatial_index=True), nullable=False)
    )
    time_zone: str = Field(default="Asia/Seoul", sa_column_kwargs={"server_default": "Asia/Seoul"})
    tariff_id: str | None = Field(default=None, foreign_key="tariff.id")
    operator_name: str | None = None
    operator_phone: str | None = None
    operator_email: str | None = None
    grid_limit_w: float | None = None
    created_at: datetime | None = Field(default=None, sa_column=instant(now=True))
    updated_at: datetime | None = Field(default=None, sa_column=instant(now=True))
    retired_at: datetime | None = Field(default=None, sa_column=instant())
