"""How markers and moments become JSON, for the live stream and for the snapshot of the map alike."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import orjson

from app.domain.changes import CommandChanged
from app.queries.map import Marker, Site, marker_json


def markers_json(markers: Sequence[Marker]) -> bytes:
    """Markers as a JSON array."""
    return orjson.dumps([marker_json(marker) for marker in markers])


def snapshot_json(markers: Sequence[Marker], sites: Sequence[Site], now: datetime) -> bytes:
    """Everything that the map begins with."""
    return orjson.dumps(
        {
            "now": now,
            "sites": [site_json(site) for site in sites],
            "stations": [marker_json(marker) for marker in markers],
        },
        option=orjson.OPT_UTC_Z,
    )


def site_json(site: Site) -> dict[str, Any]:
    """A site as JSON."""
    return {
        "location_id": site.location_id,
        "name": site.name,
        "name_en": site.name_en,
        "lat": site.lat,
        "lon": site.lon,
        "stations": site.stations,
    }


def command_json(change: CommandChanged) -> bytes:
    """News of a command."""
    return orjson.dumps({"station_id": change.station_id, "command_id": change.command_id})


def tick_json(now: datetime) -> bytes:
    """The server's time."""
    return orjson.dumps({"now": now}, option=orjson.OPT_UTC_Z)


def resync_json(reason: str) -> bytes:
    """Ask for the snapshot again: `missed` (the reader fell behind), `changed` (sites were added or moved)."""
    return orjson.dumps({"reason": reason})
