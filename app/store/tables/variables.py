"""The device model as stations report it (1.6 configuration keys have component "")."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from app.store.tables.columns import instant


class StationVariable(SQLModel, table=True):
    """One attribute of one variable. What is not given is "" or 0, so that the key is whole."""

    __tablename__ = "station_variable"

    station_id: str = Field(primary_key=True, foreign_key="station.id", ondelete="CASCADE")
    component: str = Field(primary_key=True)
    component_instance: str = Field(default="", primary_key=True)
    evse_id: int = Field(default=0, primary_key=True)
    connector_id: int = Field(default=0, primary_key=True)
    name: str = Field(primary_key=True)
    variable_instance: str = Field(default="", primary_key=True)
    attribute: str = Field(default="Actual", primary_key=True)
    value: str | None = None
    readonly: bool | None = None
    mutability: str | None = None
    data_type: str | None = None
    unit: str | None = None
    min_limit: float | None = None
    max_limit: float | None = None
    values_list: str | None = None
    seen_at: datetime | None = Field(default=None, sa_column=instant(now=True))
