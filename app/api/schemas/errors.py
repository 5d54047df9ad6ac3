"""What refusals look like."""

from typing import Any

from pydantic import BaseModel, Field

Responses = dict[int | str, dict[str, Any]]


class ErrorBody(BaseModel):
    """What went wrong."""

    code: str = Field(description="A word for programs.", examples=["station_offline"])
    message: str = Field(description="A sentence for people: what happened, what to do.")
    details: dict[str, Any] = Field(
        description="More for programs; `fields` names each invalid field."
    )


class V1Error(BaseModel):
    """A refusal under /api/v1."""

    error: ErrorBody


class RootError(BaseModel):
    """A refusal of the control API: the sentence on top, as the original had it."""

    error: str = Field(examples=["The charging station is not connected; try again later."])
    code: str = Field(examples=["station_offline"])
    details: dict[str, Any]
    detail: str | list[dict[str, Any]] = Field(
        description="The sentence again, or each invalid field: as the original GIS API had it."
    )


_MEANINGS = {
    401: "No key, or one that is not known.",
    403: "The key's role does not allow this.",
    404: "There is no such thing.",
    409: "Not in the present state: offline, refused, not supported by the station's version.",
    422: "The input is not valid; the fields are named.",
    502: "The charging station answered with an error.",
    503: "The database cannot be reached, or somebody else is changing this, at the moment.",
    504: "The charging station did not answer in time.",
}


def refusals(model: type[BaseModel], *statuses: int) -> Responses:
    """The OpenAPI descriptions of these refusals, and of the ones every route has."""
    return {
        status: {"model": model, "description": _MEANINGS[status]}
        for status in sorted({401, 403, 422, 503, *statuses})
    }
