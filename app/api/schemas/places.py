"""Chargers as places: in lists, in GeoJSON, by heat, by distance. Shapes of the originals' /geo, and more."""

from typing import Any, Literal

from pydantic import BaseModel, Field

from app.api.schemas.gis import price
from app.domain.stations import StationCategory
from app.queries.geo import ChargerPlace, ChargerStatus
from app.queries.heatmap import Heat, Weight


class GeoCharger(BaseModel):
    """A charger as a place."""

    charger_id: str
    station_id: str | None = Field(description="Its site.")
    station_name: str | None
    address: str | None
    longitude: float | None
    latitude: float | None
    charger_type: StationCategory
    current_status: ChargerStatus
    rated_power: float = Field(description="kW.")
    unit_price_kwh: str | None = Field(examples=["150.00"])

    @classmethod
    def of(cls, place: ChargerPlace) -> "GeoCharger":
        """In the original's words."""
        return cls(**geo_of(place))


class NearCharger(GeoCharger):
    """A charger, and how far it is."""

    distance_m: float = Field(description="Along the ground, in metres.")
    distance_km: float


def geo_of(place: ChargerPlace) -> dict[str, Any]:
    """The fields of a GeoCharger."""
    return {
        "charger_id": place.station_id,
        "station_id": place.location_id,
        "station_name": place.location_name,
        "address": place.address,
        "longitude": place.lon,
        "latitude": place.lat,
        "charger_type": place.category,
        "current_status": place.status,
        "rated_power": place.max_power_w / 1000,
        "unit_price_kwh": price(place.price_per_kwh),
    }


class HeatPoint(BaseModel):
    """How much happened at one charger."""

    longitude: float
    latitude: float
    charger_id: str
    intensity: float = Field(ge=0, le=1, description="Share of the hottest place, 0 to 1.")
    energy: float = Field(description="kWh.")
    revenue: float
    sessions: int
    utilisation: float = Field(
        description="Percent of its EVSEs' time in the period in which a session ran."
    )
    value: float = Field(description="What `weight` asked for: kWh, money, sessions or percent.")
    station_id: str | None
    currency: str


class Heatmap(BaseModel):
    """Where it was hot in a period."""

    period: str = Field(examples=["2026-10-21 ~ 2026-11-20"])
    weight: Weight
    data: list[HeatPoint]


def heat_point(heat: Heat, weight: Weight) -> HeatPoint:
    """In the original's words and units."""
    scale = {Weight.ENERGY: 0.001, Weight.UTILISATION: 100.0}.get(weight, 1.0)
    return HeatPoint(
        longitude=heat.lon,
        latitude=heat.lat,
        charger_id=heat.station_id,
        intensity=round(heat.intensity, 6),
        energy=round(float(heat.energy_wh) / 1000, 6),
        revenue=float(heat.revenue),
        sessions=heat.sessions,
        utilisation=round(heat.utilisation * 100, 6),
        value=round(heat.value * scale, 6),
        station_id=heat.location_id,
        currency=heat.currency,
    )


class Feature(BaseModel):
    """A charger in GeoJSON."""

    type: Literal["Feature"] = "Feature"
    id: str
    geometry: dict[str, Any] | None
    properties: dict[str, Any]


class FeatureCollection(BaseModel):
    """Chargers in GeoJSON (RFC 7946)."""

    type: Literal["FeatureCollection"] = "FeatureCollection"
    features: list[Feature]


def _alone(model: type[BaseModel]) -> dict[str, Any]:
    """The schema of `model` without references: what it is made of stands where it is used."""
    schema = model.model_json_schema()
    parts = {f"#/$defs/{name}": part for name, part in schema.pop("$defs", {}).items()}

    def put_in(value: Any) -> Any:
        if isinstance(value, dict):
            return (
                put_in(parts[value["$ref"]])
                if "$ref" in value
                else {name: put_in(each) for name, each in value.items()}
            )
        return [put_in(each) for each in value] if isinstance(value, list) else value

    alone: dict[str, Any] = put_in(schema)
    return alone


GEOJSON_SCHEMA = _alone(FeatureCollection)
"""For a description that is no model's own place: there is nothing that it could refer to."""


def geojson_of(places: list[ChargerPlace]) -> FeatureCollection:
    """A point for each charger; null for one that stands nowhere."""
    features = []
    for place in places:
        geometry = None
        if place.lon is not None:
            geometry = {"type": "Point", "coordinates": [place.lon, place.lat]}
        features.append(
            Feature(
                id=place.station_id,
                geometry=geometry,
                properties=GeoCharger.of(place).model_dump(mode="json"),
            )
        )
    return FeatureCollection(features=features)
