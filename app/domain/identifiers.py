"""Names of things: what is a valid station id, and how an id travels in a place with a narrower alphabet."""

import re
from urllib.parse import quote

STATION_ID = re.compile(r"[A-Za-z0-9*\-_=:+|@.]{1,48}")
"""OCPP's identifierString, 48 characters (2.0.1 part 4, section 3.1.1)."""


def is_station_id(text: str) -> bool:
    """Whether `text` can be the identity of a charging station.

    `.` and `..` cannot: no browser asks for an address that ends in them.
    """
    return STATION_ID.fullmatch(text) is not None and text not in (".", "..")


def subject_token(station_id: str) -> str:
    """Encode a station id as one token of a bus subject (no dots, stars or spaces)."""
    return quote(station_id, safe="").replace(".", "%2E").replace("*", "%2A").replace("%", "=")
