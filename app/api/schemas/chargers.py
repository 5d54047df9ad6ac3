"""The root control API: the shapes of the original, both of its spellings on the way in."""

from datetime import datetime
from typing import Annotated

from pydantic import AliasChoices, BaseModel, BeforeValidator, ConfigDict, Field

from app.api.schemas.common import MOST_EVSE, Amount, Storable
from app.api.schemas.gis import ChargerRecord

SCHEDULED = "Scheduled"
"""A charger's word for: yes, when the session that runs has ended."""


class _Input(BaseModel):
    """Tolerant as the original: what is not known is not looked at."""

    model_config = ConfigDict(extra="ignore", populate_by_name=True)


def _text(value: object) -> object:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


Text = Annotated[str, BeforeValidator(_text), Storable]
"""A text, or a whole number that stands for one: 1.6's transaction ids are numbers."""


class StartCharging(_Input):
    """Who charges, and where."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"id_token": "user_123", "evse_id": 1, "connector_id": 1}]}
    )

    id_token: Text | None = Field(
        default=None,
        validation_alias=AliasChoices("id_token", "idToken"),
        min_length=1,
        max_length=255,
        description="Who pays: the token on whose account the session is started. Or `idToken`."
        " Without it: the caller's own name, as in `api:dashboard`.",
    )
    evse_id: int | None = Field(
        default=None,
        ge=1,
        le=MOST_EVSE,
        validation_alias=AliasChoices("evse_id", "evseId"),
        description="Which EVSE; without it the station chooses. Or `evseId`.",
    )
    connector_id: int | None = Field(
        default=None,
        ge=1,
        le=MOST_EVSE,
        validation_alias=AliasChoices("connector_id", "connectorId"),
        description="Accepted for compatibility; a remote start names an EVSE, not a connector.",
    )


class StopCharging(_Input):
    """Which session to stop."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"transaction_id": "abc12345"}]})

    transaction_id: Text | None = Field(
        default=None,
        min_length=1,
        max_length=64,
        validation_alias=AliasChoices("transaction_id", "transactionId"),
        description="As the start returned it. Without it: the session that runs. Or `transactionId`.",
    )


class LimitPower(_Input):
    """How much the charger may draw."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"max_power_kw": 50}]})

    max_power_kw: Amount = Field(
        ge=0,
        le=10_000,
        allow_inf_nan=False,
        validation_alias=AliasChoices("max_power_kw", "maxPowerKw", "maxPower"),
        description="From 0 to the charger's own maximum, in kW. Or `maxPowerKw`.",
    )


class Connection(BaseModel):
    """What the first control API told of a charger."""

    connected: bool
    boot_status: bool = Field(description="Whether it has booted and was let in.")
    last_heartbeat: datetime | None


class ChargerBrief(Connection, ChargerRecord):
    """A charger in the list: how it is (control API) and what it is (GIS API)."""

    status: str = Field(
        description="Available, Charging, Occupied, Unavailable, Faulted or Offline.",
        examples=["Charging"],
    )
    current_power: float | None = Field(
        description="kW as last measured; 0 while nothing charges, null if it was never measured."
    )
    energy_accumulated: float = Field(description="kWh of the running session.")
    transaction_id: str | None


class Charger(ChargerBrief):
    """A charger as the original APIs show it, and more. `charger_id` is as it was asked for."""

    own_id: str = Field(description="The charger's own id, if it was asked for by an alias.")
    name: str
    location: str | None
    max_power_kw: float
    limit_kw: float | None = Field(description="The limit that the charger accepted.")
    soc_percent: float | None
    charging_state: str | None
    cost: float | None = Field(description="Of the running session so far, in its currency.")
    currency: str | None
    measured_at: datetime | None


class Started(BaseModel):
    """The session began; or, with 202, the charger said yes and no session was seen yet."""

    status: str = Field(examples=["success"])
    transaction_id: str | None = Field(examples=["abc12345"])
    charger_id: str
    message: str | None = None


class Stopped(BaseModel):
    """The session ended; or, with 202, the charger said yes and goes on for a moment."""

    status: str = Field(examples=["success"])
    energy_consumed: float = Field(description="kWh.", examples=[25.5])
    cost: int | float | None = Field(
        description="In the currency's major unit, rounded to its minor unit.", examples=[3825]
    )
    charger_id: str
    transaction_id: str
    currency: str | None
    message: str | None = None


class Limited(BaseModel):
    """The charger accepted the limit."""

    status: str = Field(examples=["success"])
    current_power: float = Field(
        description="The limit now in force, kW (the original's word for it).", examples=[50.0]
    )
    charger_id: str
    measured_power: float | None = Field(description="What it drew when last measured, kW.")
