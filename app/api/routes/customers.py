"""What stations keep about customers."""

from typing import Any

from fastapi import APIRouter

from app.api.auth import Here, TokenManager
from app.api.errors import V1Route
from app.api.routes.device import COMMAND, accepted
from app.api.schemas import device as shapes
from app.api.schemas.common import Before, Limit, StationId
from app.api.schemas.errors import V1Error, refusals
from app.api.schemas.stations import CommandAnswer
from app.csms import customers as verbs
from app.domain.customers import CertificateHash
from app.queries import customers, stations

router = APIRouter(tags=["Customers"], route_class=V1Route, responses=refusals(V1Error))


@router.get(
    "/stations/{station_id}/customer-requests",
    response_model=shapes.CustomerRequestPage,
    responses=refusals(V1Error, 404),
    summary="What it was asked about customers",
)
async def list_customer_requests(
    station_id: StationId, context: Here, _: TokenManager, limit: Limit = 100, before: Before = None
) -> dict[str, Any]:
    """Newest first, each with what the station told."""
    real_id = await stations.resolve(context.database, station_id)
    rows = await customers.requests(context.database, real_id, limit=limit + 1, before=before)
    page = rows[:limit]
    return {"items": page, "next": page[-1].id if len(rows) > limit else None}


@router.post(
    "/stations/{station_id}/customer-requests",
    response_model=CommandAnswer,
    responses=COMMAND,
    summary="Have it tell or forget a customer",
)
async def ask_customer(
    station_id: StationId, wanted: shapes.AskCustomer, context: Here, actor: TokenManager
) -> dict[str, Any]:
    """What it tells comes in parts; see the requests afterwards. A forgotten token leaves its local list too."""
    real_id = await stations.resolve(context.database, station_id)
    said = wanted.model_dump(exclude={"certificate"})
    certificate = None
    if wanted.certificate is not None:
        certificate = CertificateHash(**wanted.certificate.model_dump())
    result = await verbs.ask_customer(context, actor, real_id, certificate=certificate, **said)
    return accepted(result, real_id)
