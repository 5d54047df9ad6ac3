"""How a charge point connects: what to type into it, whether it has, and how it proves who it is."""

import asyncio
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, Request
from starlette.datastructures import UploadFile
from starlette.responses import RedirectResponse, Response

from app.csms import entrance, x509
from app.csms import stations as records
from app.csms.accounts import Visitor
from app.csms.charge_points import make_password
from app.csms.context import Context
from app.domain.errors import Invalid
from app.domain.roles import Permission
from app.queries import charge_points, security, stations
from app.queries.charge_points import ChargePointRecord
from app.queries.security import RefusalRow, StationSecurity
from app.web.auth import CurrentContext, Needs
from app.web.charge_point_form import check_password
from app.web.fields import Fields, fields_of
from app.web.i18n import gettext
from app.web.render import render

router = APIRouter(prefix="/charge-points/{station_id}")
StationAdmin = Annotated[Visitor, Depends(Needs(Permission.MANAGE_STATIONS))]
MAX_PEM = 64 * 1024
FINGERPRINT_DIGITS = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Addresses:
    """Where chargers find us. `base`: without the id. `only_here`: nobody else can reach this address."""

    base: str
    secure_base: str | None
    only_here: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionPage:
    """One charge point. `password`: shown this once; `refusal`: its last vain attempt since it was last here."""

    record: ChargePointRecord
    credentials: StationSecurity
    addresses: Addresses
    refusal: RefusalRow | None
    address: str
    password: str | None = None
    errors: dict[str, str]


@router.get("/connect", dependencies=[Depends(Needs(Permission.MANAGE_STATIONS))])
async def connection(request: Request, context: CurrentContext, station_id: str) -> Response:
    """The page; it follows the charger live."""
    return await show_connection(request, context, station_id)


@router.post("/password")
async def set_password(
    request: Request, context: CurrentContext, visitor: StationAdmin, station_id: str
) -> Response:
    """Make up a password, set one, or take it away, as the button says."""
    station_id = await stations.resolve(context.database, station_id)
    fields = await fields_of(request)
    how, made_up = fields.text("how"), None
    password: str | None = None
    if how == "generate":
        password = made_up = make_password()
    elif how == "set":
        password = fields.values.get("password", "")
        check_password(fields, password)
    elif how != "remove":
        raise Invalid
    if fields.errors:
        return await show_connection(request, context, station_id, errors=fields.errors)
    await entrance.set_station_password(context, visitor.actor, station_id, password)
    if made_up is None:
        return _back(station_id)
    return await show_connection(request, context, station_id, password=made_up)


@router.post("/certificate")
async def set_certificate(
    request: Request, context: CurrentContext, visitor: StationAdmin, station_id: str
) -> Response:
    """Write down the one certificate that it may show, from its text or its fingerprint; or none any more."""
    station_id = await stations.resolve(context.database, station_id)
    fields = await fields_of(request)
    pinned = None
    if fields.text("how") != "remove":
        pinned = await _fingerprint(request, fields, station_id)
    if fields.errors:
        return await show_connection(request, context, station_id, errors=fields.errors)
    facts = {"pinned_certificate": pinned}
    await records.write_station(context, visitor.actor, station_id, facts)
    return _back(station_id)


async def show_connection(
    request: Request,
    context: Context,
    station_id: str,
    *,
    password: str | None = None,
    errors: dict[str, str] | None = None,
) -> Response:
    """What to type into the charger, and how far it has come."""
    real_id = await stations.resolve(context.database, station_id)
    record, credentials, refusals = await asyncio.gather(
        charge_points.record(context.database, real_id),
        security.station_security(context.database, real_id),
        security.connection_refusals(context.database, real_id, limit=1),
    )
    since = record.connected_at or record.created_at
    page = ConnectionPage(
        record=record,
        credentials=credentials,
        addresses=addresses_of(request, context),
        refusal=next((row for row in refusals if row.last_at > since), None),
        address=f"/charge-points/{quote(real_id, safe='')}",
        password=password,
        errors=errors or {},
    )
    status = 422 if errors else 200
    return render(request, "charge_points/connect.html", page, status=status)


def addresses_of(request: Request, context: Context) -> Addresses:
    """The addresses as a charger beside this browser would have to call us."""
    settings = context.settings
    listening = settings.ocpp_host
    everywhere = listening in ("0.0.0.0", "::", "")
    host = (request.url.hostname or "localhost") if everywhere else listening
    shown = f"[{host}]" if ":" in host else host
    secure = f"wss://{shown}:{settings.ocpp_tls_port}/" if settings.ocpp_tls_port else None
    return Addresses(
        base=f"ws://{shown}:{settings.ocpp_port}/",
        secure_base=secure,
        only_here=_is_loopback(host),
    )


async def _fingerprint(request: Request, fields: Fields, station_id: str) -> str | None:
    """SHA-256 of the certificate that was uploaded, pasted, or named by it."""
    pem = fields.values.get("certificate", "").strip()[:MAX_PEM]
    async with request.form() as form:
        upload = form.get("certificate_file")
        if isinstance(upload, UploadFile) and upload.size:
            pem = (await upload.read(MAX_PEM)).decode("ascii", "replace")
    digits = pem.replace(":", "").replace(" ", "").lower()
    if len(digits) == FINGERPRINT_DIGITS and all(sign in "0123456789abcdef" for sign in digits):
        return digits
    try:
        certificate = x509.read_certificate(pem)
    except Invalid:
        sentence = gettext("Neither a certificate (PEM) nor a SHA-256 fingerprint of 64 digits.")
        fields.wrong("certificate", sentence)
        return None
    names = x509.names_of(certificate)
    if station_id not in names:
        sentence = gettext("This certificate is made out to %(names)s, not to %(id)s.")
        fields.wrong(
            "certificate", sentence % {"names": ", ".join(sorted(names)) or "—", "id": station_id}
        )
    return x509.fingerprint_of(certificate)


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _back(station_id: str) -> Response:
    return RedirectResponse(f"/charge-points/{quote(station_id, safe='')}/connect", 303)
