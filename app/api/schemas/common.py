"""Shapes that several nouns share."""

from datetime import datetime
from typing import Annotated

from fastapi import Path, Query
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, PlainSerializer

from app.domain.stations import StationCategory
from app.queries.rows import exact_text, utc_text


class StrictInput(BaseModel):
    """Input of /api/v1: a name that is not known is a mistake, not a wish that is quietly lost."""

    model_config = ConfigDict(extra="forbid")


class Output(BaseModel):
    """Made of a window's row, field by field."""

    model_config = ConfigDict(from_attributes=True)


Instant = Annotated[datetime, PlainSerializer(utc_text, return_type=str)]
"""A moment: ISO 8601, UTC, milliseconds."""

ExactInstant = Annotated[datetime, PlainSerializer(exact_text, return_type=str)]
"""The same with microseconds, for where it is asked with again."""


def _storable(text: str | None) -> str | None:
    if text and ("\x00" in text or any("\ud800" <= sign <= "\udfff" for sign in text)):
        raise ValueError("Input should be text without null characters and half characters")
    return text


Storable = AfterValidator(_storable)
"""Of a text: a database can keep it, and look it up."""

MOST_EVSE = 2**31 - 1


def _not_a_yes_or_no(value: object) -> object:
    if isinstance(value, bool):
        raise ValueError("Input should be a number, not true or false")
    return value


Amount = Annotated[float, BeforeValidator(_not_a_yes_or_no)]
"""A number; `true` is not 1 W."""

Limit = Annotated[int, Query(ge=1, le=1000, description="How many at most.")]
LEAST = -(2**63)
"""Numbers of simulated sessions lie below 0."""
Before = Annotated[
    int | None,
    Query(ge=LEAST, le=2**63 - 1, description="The `next` of the page before this one."),
]
StationId = Annotated[
    str, Path(max_length=255, description="The charging station's id, or an alias of it.")
]
ChargerId = Annotated[str, Path(max_length=255, description="The charger's id, or an alias of it.")]
SiteId = Annotated[str, Path(max_length=255, description="The site's id.")]
Category = Annotated[StationCategory | None, Query(description="Only of this kind.")]
Number = Annotated[
    int, Path(ge=LEAST, le=2**63 - 1, description="Its number, as the lists give it.")
]
