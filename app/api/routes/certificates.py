"""Certificates of stations: listed, installed, deleted, renewed."""

from typing import Any

from fastapi import APIRouter

from app.api.auth import Here, StationManager, Viewer
from app.api.errors import V1Route
from app.api.routes.device import COMMAND, accepted
from app.api.schemas import security as shapes
from app.api.schemas.common import Limit, Number, StationId
from app.api.schemas.errors import V1Error, refusals
from app.api.schemas.stations import CommandAnswer
from app.csms import certificates as verbs
from app.csms import signing
from app.queries import certificates, stations

router = APIRouter(tags=["Certificates"], route_class=V1Route, responses=refusals(V1Error))
_ONE = refusals(V1Error, 404)


@router.get(
    "/stations/{station_id}/certificates",
    response_model=list[shapes.Certificate],
    responses=_ONE,
    summary="Its certificates",
)
async def list_certificates(station_id: StationId, context: Here, _: Viewer) -> list[Any]:
    """As it listed them last, and as it took them from here since."""
    real_id = await stations.resolve(context.database, station_id)
    return list(await certificates.installed(context.database, real_id))


@router.post(
    "/stations/{station_id}/certificates",
    response_model=CommandAnswer,
    responses=COMMAND,
    summary="Give it a root certificate",
)
async def install_certificate(
    station_id: StationId, wanted: shapes.Install, context: Here, actor: StationManager
) -> dict[str, Any]:
    """422: this is no certificate, or no root's use."""
    real_id = await stations.resolve(context.database, station_id)
    result = await verbs.install_certificate(
        context, actor, real_id, wanted.use, wanted.certificate
    )
    return accepted(result, real_id)


@router.post(
    "/stations/{station_id}/certificates/refresh",
    response_model=list[shapes.Certificate],
    responses=COMMAND,
    summary="Have it list its certificates",
)
async def refresh_certificates(
    station_id: StationId, wanted: shapes.Refresh, context: Here, actor: StationManager
) -> list[Any]:
    """What it has now; none is an answer too."""
    real_id = await stations.resolve(context.database, station_id)
    result = await verbs.list_certificates(context, actor, real_id, tuple(wanted.uses))
    if result.outcome.detail != "NotFound":
        accepted(result, real_id)
    return list(await certificates.installed(context.database, real_id))


@router.post(
    "/stations/{station_id}/certificates/renew",
    response_model=CommandAnswer,
    responses=COMMAND,
    summary="Have it ask for a new certificate",
)
async def renew_certificate(
    station_id: StationId, wanted: shapes.Renew, context: Here, actor: StationManager
) -> dict[str, Any]:
    """What it then sends is checked, signed and sent back; the signing requests tell how that ended."""
    real_id = await stations.resolve(context.database, station_id)
    return accepted(await signing.renew_certificate(context, actor, real_id, wanted.use), real_id)


@router.delete(
    "/stations/{station_id}/certificates/{number}",
    response_model=CommandAnswer,
    responses=COMMAND,
    summary="Have it delete a certificate",
)
async def delete_certificate(
    station_id: StationId, number: Number, context: Here, actor: StationManager
) -> dict[str, Any]:
    """By its number in the list."""
    real_id = await stations.resolve(context.database, station_id)
    return accepted(await verbs.delete_listed(context, actor, real_id, number), real_id)


@router.get(
    "/stations/{station_id}/signing-requests",
    response_model=list[shapes.SigningRequest],
    responses=_ONE,
    summary="What it asked to be signed",
)
async def list_signing_requests(
    station_id: StationId, context: Here, _: Viewer, limit: Limit = 20
) -> list[Any]:
    """Newest first."""
    real_id = await stations.resolve(context.database, station_id)
    return list(await certificates.signing_requests(context.database, real_id, limit=limit))
