"""What POST /chargers/{id}/control takes and answers."""

from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from app.api.schemas.chargers import Text
from app.api.schemas.common import MOST_EVSE, Amount
from app.api.schemas.gis import Input
from app.domain.commands import ResetKind


class Action(StrEnum):
    """What a charger may be asked for."""

    START = "start"
    STOP = "stop"
    LIMIT = "limit"
    CLEAR_LIMIT = "clear_limit"
    RESET = "reset"
    UNLOCK = "unlock"
    AVAILABILITY = "availability"


def _snake(value: Any) -> Any:
    return {"clearLimit": "clear_limit"}.get(value, value) if isinstance(value, str) else value


class Control(Input):
    """One command; which fields it needs depends on the action."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"action": "start", "id_token": "user_123"},
                {"action": "limit", "max_power_kw": 50},
                {"action": "availability", "available": False},
            ]
        }
    )

    action: Annotated[Action, BeforeValidator(_snake)]
    id_token: Text | None = Field(default=None, min_length=1, max_length=255)
    evse_id: int | None = Field(default=None, ge=1, le=MOST_EVSE)
    connector_id: int | None = Field(default=None, ge=1, le=MOST_EVSE)
    transaction_id: Text | None = Field(default=None, min_length=1, max_length=64)
    max_power_kw: Amount | None = Field(default=None, ge=0, le=10_000, allow_inf_nan=False)
    kind: ResetKind | None = None
    available: bool | None = None


class Controlled(BaseModel):
    """What came of it; start, stop and limit add what their own routes answer."""

    model_config = ConfigDict(extra="allow")

    action: Action
    status: str = Field(examples=["success"])
    charger_id: str
    result: str | None = Field(default=None, examples=["Accepted"])
    message: str | None = None
