"""The shapes of OCPP.Core's server API."""

from pydantic import BaseModel, Field

from app.api.schemas.common import Instant


class CoreAnswer(BaseModel):
    """What the charge point answered."""

    status: str = Field(
        description="Accepted, Rejected, Timeout, Scheduled, Unlocked, UnlockFailed, ...",
        examples=["Accepted"],
    )
    message: str | None = Field(default=None, exclude_if=lambda message: message is None)


class CoreConnector(BaseModel):
    """A connector: what it does and what was last measured."""

    Status: int = Field(
        ge=0,
        le=4,
        description="0 unknown, 1 available, 2 occupied, 3 unavailable, 4 faulted.",
    )
    ChargeRateKW: float | None
    MeterKWH: float | None
    MeterValueDate: Instant | None
    SoC: float | None


class CoreStatus(BaseModel):
    """A connected charge point."""

    id: str
    name: str
    protocol: str | None
    OnlineConnectors: dict[str, CoreConnector]
