"""Whether Halla is well: for load balancers and people with curl. The only route that asks for no key."""

import asyncio
from importlib.metadata import PackageNotFoundError, version
from time import perf_counter
from typing import Any, Literal

from fastapi import APIRouter, Response
from pydantic import BaseModel, Field

from app.api.auth import Here
from app.api.errors import RootRoute
from app.csms.context import Context
from app.domain.commands import Outcome, OutcomeStatus, TriggerMessage
from app.domain.errors import Unavailable
from app.queries.health import ping
from app.queries.rows import utc_text

PATIENCE_S = 3.0
NOBODY = " health check"
"""No station can be called so (a space is not allowed); a bus that works says that it is offline."""

router = APIRouter(tags=["Health"], route_class=RootRoute)


class Check(BaseModel):
    """One part of the house."""

    status: Literal["ok", "failed"]
    latency_ms: float | None = None
    message: str | None = Field(default=None, description="What is wrong and what to do.")


class Health(BaseModel):
    """The whole house. 503 if any part failed."""

    status: Literal["healthy", "unhealthy"]
    service: str = "halla"
    version: str
    timestamp: str
    database: Check
    bus: Check


@router.get(
    "/health",
    response_model=Health,
    responses={503: {"model": Health, "description": "A part does not answer."}},
    summary="Is it well?",
)
async def health(context: Here, response: Response) -> dict[str, Any]:
    """Asks the database and the bus, each for three seconds at most."""
    database, bus = await asyncio.gather(_database(context), _bus(context))
    well = database.status == bus.status == "ok"
    response.status_code = 200 if well else 503
    response.headers["Cache-Control"] = "no-store"
    return {
        "status": "healthy" if well else "unhealthy",
        "version": program_version(),
        "timestamp": utc_text(context.clock()),
        "database": database,
        "bus": bus,
    }


def program_version() -> str:
    """The version that is installed."""
    try:
        return version("halla")
    except PackageNotFoundError:  # run from a checkout that was never installed
        return "unknown"


async def _database(context: Context) -> Check:
    try:
        async with asyncio.timeout(PATIENCE_S):
            return Check(status="ok", latency_ms=round(await ping(context.database), 2))
    except (Unavailable, TimeoutError):
        return Check(
            status="failed",
            message="The database does not answer; check that it runs and HALLA_DATABASE_URL.",
        )


async def _bus(context: Context) -> Check:
    began = perf_counter()
    failed = Check(
        status="failed", message="The bus does not answer; check that NATS runs and HALLA_NATS_URL."
    )
    try:
        async with asyncio.timeout(PATIENCE_S):
            outcome = await context.bus.ask(
                NOBODY, TriggerMessage(message="Heartbeat"), PATIENCE_S / 2
            )
    except (TimeoutError, OSError):
        return failed
    if outcome != Outcome(status=OutcomeStatus.OFFLINE):  # with a description, the bus is away
        return failed
    return Check(status="ok", latency_ms=round((perf_counter() - began) * 1000, 2))
