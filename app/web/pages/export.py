"""GET /export/chargers: what the filters leave, to take away: JSON as the original's download, GeoJSON, CSV, XLSX.

Plain addresses without JavaScript; the file says the same as the list at the same moment.
"""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends
from starlette.responses import JSONResponse, Response

from app.csms.context import Context
from app.domain.errors import Invalid
from app.domain.roles import Permission
from app.queries import geo
from app.queries.geo import ChargerPlace
from app.queries.map import Marker, sites
from app.queries.rows import utc_text
from app.web.auth import CurrentContext, Needs
from app.web.chosen import chosen
from app.web.export import Cell, as_file, table_response
from app.web.format import SITE_ZONE
from app.web.forms import CurrentFilters, one_of
from app.web.i18n import gettext
from app.web.words import CATEGORY, STATUS, word

router = APIRouter()


class Format(StrEnum):
    """What a file may be."""

    JSON = "json"
    GEOJSON = "geojson"
    CSV = "csv"
    XLSX = "xlsx"


@router.get("/export/chargers", dependencies=[Depends(Needs(Permission.VIEW))])
async def export_chargers(
    context: CurrentContext, filters: CurrentFilters, format: str = "json"
) -> Response:
    """The chargers that the filters leave, as a file."""
    kind = one_of(Format, format)
    if kind is None:
        raise Invalid(gettext("Choose JSON, GeoJSON, CSV or XLSX."))
    now = context.clock()
    shown = await chosen(context, filters)
    places = {place.station_id: place for place in await geo.chargers(context.database)}
    rows = [(each, places[each.station_id]) for each in shown if each.station_id in places]
    name = f"charger_data_{int(now.timestamp() * 1000)}"
    if kind is Format.JSON:
        return _file(await _json(context, rows, now), f"{name}.json", "application/json")
    if kind is Format.GEOJSON:
        return _file(_geojson(rows), f"{name}.geojson", "application/geo+json")
    table = [_row(marker, place) for marker, place in rows]
    return table_response(
        "csv" if kind is Format.CSV else "xlsx", name, _columns(), table, zone=ZoneInfo(SITE_ZONE)
    )


def _file(body: Any, name: str, media_type: str) -> Response:
    return JSONResponse(body, headers=as_file(name), media_type=media_type)


def _charger(marker: Marker, place: ChargerPlace) -> dict[str, Any]:
    """A charger in the original's words (`current_status`, `rated_power` in kW), with what it lacked."""
    return {
        "charger_id": marker.station_id,
        "charger_name": marker.name,
        "station_id": place.location_id,
        "station_name": place.location_name,
        "address": place.address,
        "longitude": place.lon,
        "latitude": place.lat,
        "charger_type": place.category,
        "current_status": place.status,
        "online": marker.online,
        "rated_power": place.max_power_w / 1000,
        "current_power": _kw(marker.power_w),
        "current_power_limit": _kw(marker.limit_w),
        "session_energy": _kw(marker.session_energy_wh),
        "soc_percent": marker.soc_percent,
        "error_code": marker.error_code,
        "unit_price_kwh": None if place.price_per_kwh is None else str(place.price_per_kwh),
        "base_fee": None if place.session_fee is None else str(place.session_fee),
        "currency": place.currency,
        "status_since": utc_text(marker.since),
        "last_seen_at": utc_text(marker.last_seen_at),
    }


async def _json(
    context: Context, rows: list[tuple[Marker, ChargerPlace]], now: datetime
) -> Mapping[str, Any]:
    there = {place.location_id for _, place in rows}
    return {
        "exported_at": utc_text(now),
        "chargers": [_charger(marker, place) for marker, place in rows],
        "stations": [
            {
                "station_id": site.location_id,
                "station_name": site.name,
                "longitude": site.lon,
                "latitude": site.lat,
                "total_chargers": site.stations,
            }
            for site in await sites(context.database)
            if site.location_id in there
        ],
    }


def _geojson(rows: list[tuple[Marker, ChargerPlace]]) -> dict[str, Any]:
    """A FeatureCollection (RFC 7946); what stands nowhere has no geometry."""
    features = []
    for marker, place in rows:
        properties = _charger(marker, place)
        lon, lat = properties.pop("longitude"), properties.pop("latitude")
        point = None if lat is None else {"type": "Point", "coordinates": [lon, lat]}
        features.append(
            {
                "type": "Feature",
                "id": marker.station_id,
                "geometry": point,
                "properties": properties,
            }
        )
    return {"type": "FeatureCollection", "features": features}


def _columns() -> list[str]:
    return [
        gettext("Charger"),
        gettext("Name"),
        gettext("Site"),
        gettext("Address"),
        gettext("Latitude"),
        gettext("Longitude"),
        gettext("Type"),
        gettext("Status"),
        gettext("Since"),
        gettext("Rated power (kW)"),
        gettext("Power now (kW)"),
        gettext("Limit (kW)"),
        gettext("Session energy (kWh)"),
        gettext("Battery (%)"),
        gettext("Fault"),
        gettext("Price per kWh"),
        gettext("Session fee"),
        gettext("Currency"),
        gettext("Last heard"),
    ]


def _row(marker: Marker, place: ChargerPlace) -> list[Cell]:
    return [
        marker.station_id,
        marker.name,
        place.location_name,
        place.address,
        place.lat,
        place.lon,
        word(place.category, CATEGORY),
        word(marker.status, STATUS),
        marker.since,
        place.max_power_w / 1000,
        _kw(marker.power_w),
        _kw(marker.limit_w),
        _kw(marker.session_energy_wh),
        marker.soc_percent,
        marker.error_code,
        place.price_per_kwh,
        place.session_fee,
        place.currency,
        marker.last_seen_at,
    ]


def _kw(watts: float | None) -> float | None:
    return None if watts is None else round(watts / 1000, 3)
