"""The GIS API of the originals: sites (`stations`) and chargers. Both spellings on the way in.

The original's numbers are kept as they were: power in kW, energy in kWh, prices as texts of two decimals.
"""

from typing import Annotated, Any

from pydantic import AliasChoices, AliasGenerator, BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from app.api.schemas.common import Amount, Instant
from app.domain.identifiers import STATION_ID
from app.domain.stations import StationCategory
from app.queries.geo import ChargerPlace, ChargerStatus, SitePlace

Longitude = Annotated[Amount, Field(ge=-180, le=180, allow_inf_nan=False)]
Latitude = Annotated[Amount, Field(ge=-90, le=90, allow_inf_nan=False)]
Kilowatts = Annotated[Amount, Field(ge=0, le=10_000, allow_inf_nan=False)]
Won = Annotated[Amount, Field(ge=0, le=1_000_000_000, allow_inf_nan=False)]
Name = Annotated[str, Field(min_length=1, max_length=100)]


def _both(name: str) -> AliasChoices:
    return AliasChoices(name, to_camel(name))


class Input(BaseModel):
    """Tolerant as the original: both spellings are understood, what is not known is not looked at."""

    model_config = ConfigDict(
        extra="ignore",
        populate_by_name=True,
        alias_generator=AliasGenerator(validation_alias=_both),
    )


class NewSite(Input):
    """A site to be made."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "station_id": "JEJU_STA_001",
                    "station_name": "제주시청 충전소",
                    "address": "제주특별자치도 제주시 문평로 61",
                    "longitude": 126.5307,
                    "latitude": 33.4857,
                    "operator_name": "제주 EV 충전 네트워크",
                    "operator_phone": "064-741-2500",
                    "operator_email": "jeju@evcharger.kr",
                }
            ]
        }
    )

    station_id: Annotated[str, Field(min_length=1, max_length=50, pattern=r"^[^\s/?#]+$")]
    station_name: Name
    address: Annotated[str, Field(min_length=1, max_length=255)]
    longitude: Longitude
    latitude: Latitude
    operator_name: Annotated[str | None, Field(max_length=100)] = None
    operator_phone: Annotated[str | None, Field(max_length=20)] = None
    operator_email: Annotated[str | None, Field(max_length=100)] = None


class ChangedSite(Input):
    """What is to be different about a site; what is not named stays."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"name": "제주시청 급속충전소", "operator_phone": "064-1"}]}
    )

    name: Annotated[
        Name | None,
        Field(validation_alias=AliasChoices("name", "station_name", "stationName")),
    ] = None
    address: Annotated[str | None, Field(min_length=1, max_length=255)] = None
    longitude: Longitude | None = None
    latitude: Latitude | None = None
    operator_name: Annotated[str | None, Field(max_length=100)] = None
    operator_phone: Annotated[str | None, Field(max_length=20)] = None
    operator_email: Annotated[str | None, Field(max_length=100)] = None


class SiteRecord(BaseModel):
    """A site; the original's StationResponse."""

    id: int = Field(description="Counts sites as they were made; stays.")
    station_id: str = Field(examples=["emart_jeju_main"])
    station_name: str
    address: str | None
    longitude: float
    latitude: float
    operator_name: str | None
    operator_phone: str | None
    operator_email: str | None
    total_chargers: int
    created_at: Instant
    updated_at: Instant

    @classmethod
    def of(cls, site: SitePlace) -> "SiteRecord":
        """In the original's words."""
        return cls(
            id=site.number,
            station_id=site.location_id,
            station_name=site.name,
            address=site.address,
            longitude=site.lon,
            latitude=site.lat,
            operator_name=site.operator_name,
            operator_phone=site.operator_phone,
            operator_email=site.operator_email,
            total_chargers=site.chargers,
            created_at=site.created_at,
            updated_at=site.updated_at,
        )


class NewCharger(Input):
    """A charger to be made."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "charger_id": "JEJU_CHG_001_01",
                    "station_id": "JEJU_STA_001",
                    "serial_number": "SN-2024-0001",
                    "charger_type": "fast",
                    "rated_power": 50,
                    "max_output": 50,
                    "min_output": 10,
                    "longitude": 126.531,
                    "latitude": 33.486,
                    "unit_price_kwh": 300,
                    "base_fee": 1000,
                }
            ]
        }
    )

    charger_id: Annotated[str, Field(pattern=f"^{STATION_ID.pattern}$")]
    station_id: Annotated[str, Field(min_length=1, max_length=255, description="Its site.")]
    serial_number: Annotated[str, Field(min_length=1, max_length=100)]
    charger_type: StationCategory
    rated_power: Annotated[Kilowatts, Field(gt=0, description="kW; what it may be limited to.")]
    max_output: Annotated[Kilowatts, Field(gt=0)]
    min_output: Kilowatts
    longitude: Longitude
    latitude: Latitude
    location_detail: Annotated[str | None, Field(max_length=255)] = None
    manufacturer: Annotated[str | None, Field(max_length=100)] = None
    model_name: Annotated[str | None, Field(max_length=100)] = None
    charging_standard: Annotated[
        str | None, Field(max_length=50, description="Stands for the connector type if none is.")
    ] = None
    connector_type: Annotated[str | None, Field(max_length=100)] = None
    unit_price_kwh: Annotated[Won | None, Field(description="Without it: the site's tariff.")] = (
        None
    )
    base_fee: Won | None = None


class ChargerRecord(BaseModel):
    """A charger as it is installed, and how it is; the original's ChargerResponse."""

    id: int = Field(description="Counts chargers as they were made; stays.")
    charger_id: str = Field(examples=["emart_jeju_main_01"])
    station_id: str | None = Field(description="Its site.", examples=["emart_jeju_main"])
    serial_number: str | None
    charger_type: StationCategory
    rated_power: float = Field(description="kW.")
    max_output: float
    min_output: float
    longitude: float | None
    latitude: float | None
    location_detail: str | None
    current_status: ChargerStatus
    current_power_limit: float | None = Field(description="kW, as the charger accepted it.")
    unit_price_kwh: str | None = Field(examples=["150.00"])
    base_fee: str | None = Field(examples=["0.00"])
    created_at: Instant
    updated_at: Instant

    @classmethod
    def of(cls, place: ChargerPlace) -> "ChargerRecord":
        """In the original's words."""
        return cls(**record_of(place))


def record_of(place: ChargerPlace) -> dict[str, Any]:
    """The fields of a ChargerRecord."""
    return {
        "id": place.number,
        "charger_id": place.station_id,
        "station_id": place.location_id,
        "serial_number": place.serial_number,
        "charger_type": place.category,
        "rated_power": place.max_power_w / 1000,
        "max_output": place.max_power_w / 1000,
        "min_output": place.min_power_w / 1000,
        "longitude": place.lon,
        "latitude": place.lat,
        "location_detail": place.location_detail,
        "current_status": place.status,
        "current_power_limit": None if place.limit_w is None else place.limit_w / 1000,
        "unit_price_kwh": price(place.price_per_kwh),
        "base_fee": price(place.session_fee),
        "created_at": place.created_at,
        "updated_at": place.updated_at,
    }


class SetStatus(Input):
    """What a charger shall be."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"status": "maintenance"}]})

    status: ChargerStatus


class StatusSet(BaseModel):
    """The charger agreed."""

    charger_id: str
    status: ChargerStatus
    message: str | None = None


class Removed(BaseModel):
    """What was taken away. Its sessions and statistics stay."""

    removed: str
    chargers: list[str]


def price(amount: Any) -> str | None:
    """As the original wrote it: a text of two decimals."""
    return None if amount is None else f"{amount:.2f}"
