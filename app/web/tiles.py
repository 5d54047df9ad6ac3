"""The map's background: what the chosen setting means for the browser. The built-in coastline is always below it."""

from dataclasses import dataclass
from typing import Literal

from app.config import Settings

OSM_URL = "https://tile.openstreetmap.org/{z}/{x}/{y}.png"
OSM_THANKS = '© <a href="https://www.openstreetmap.org/copyright">OpenStreetMap</a> contributors'
VWORLD_URL = "https://api.vworld.kr/req/wmts/1.0.0/{key}/{layer}/{{z}}/{{y}}/{{x}}.png"
VWORLD_THANKS = '© <a href="https://www.vworld.kr/">VWorld</a>'


@dataclass(frozen=True, slots=True, kw_only=True)
class Tiles:
    """What `static/js/basemap.js` needs to know. `dark_url`: the same map for dark screens, where there is one."""

    kind: Literal["raster", "pmtiles", "none"]
    url: str = ""
    dark_url: str = ""
    attribution: str = ""
    min_zoom: int = 3
    max_zoom: int = 19


def tiles_of(settings: Settings) -> Tiles:
    """The tiles that `HALLA_MAP_TILES` and its companions ask for."""
    deepest, thanks = settings.map_tiles_maxzoom, settings.map_tiles_attribution
    if settings.map_tiles == "osm":
        return Tiles(
            kind="raster", url=OSM_URL, attribution=thanks or OSM_THANKS, max_zoom=min(deepest, 19)
        )
    if settings.map_tiles == "vworld":
        key = settings.map_tiles_key or ""
        return Tiles(
            kind="raster",
            url=VWORLD_URL.format(key=key, layer="Base"),
            dark_url=VWORLD_URL.format(key=key, layer="midnight"),
            attribution=thanks or VWORLD_THANKS,
            min_zoom=6,
            max_zoom=min(deepest, 19),
        )
    if settings.map_tiles == "none":
        return Tiles(kind="none")
    kind: Literal["raster", "pmtiles"] = "raster" if settings.map_tiles == "custom" else "pmtiles"
    return Tiles(
        kind=kind,
        url=settings.map_tiles_url or "",
        attribution=thanks or OSM_THANKS,
        max_zoom=deepest,
    )
