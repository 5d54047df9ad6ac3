"""Positions on the earth. Leaflet says (lat, lon), GeoJSON and PostGIS (lon, lat): here they have names."""

from dataclasses import dataclass

KOREA = (33.0, 124.5, 38.7, 132.0)
"""South, west, north, east of the country, in degrees, with a margin."""


@dataclass(frozen=True, slots=True)
class Position:
    """A point, WGS 84, in degrees."""

    lat: float
    lon: float

    def __post_init__(self) -> None:
        if not (-90 <= self.lat <= 90 and -180 <= self.lon <= 180):
            raise ValueError(f"latitude {self.lat}, longitude {self.lon} is not on the earth")


def within(position: Position, box: tuple[float, float, float, float]) -> bool:
    """Whether `position` lies in `box` = (south, west, north, east)."""
    south, west, north, east = box
    return south <= position.lat <= north and west <= position.lon <= east


def look_swapped(lat: float, lon: float) -> bool:
    """Whether a pair makes sense in Korea only the other way round."""
    south, west, north, east = KOREA
    return south <= lon <= north and west <= lat <= east
