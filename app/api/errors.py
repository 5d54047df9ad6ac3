"""The API's table of errors: a `CsmsError` becomes JSON with its status, a code for programs, a sentence for people.

Two shapes of one thing. Under /api/v1: `{"error": {"code", "message", "details"}}`. At the root (/chargers, /health,
/docs), where the originals said `{"error": "sentence"}` or `{"detail": ...}`: that, and `code` and `details` beside it.
"""

from collections.abc import Callable, Coroutine, Mapping
from http import HTTPStatus
from typing import Any

from fastapi import Request, Response
from fastapi.encoders import jsonable_encoder
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.types import Receive, Scope, Send

from app.domain.commands import Outcome, OutcomeStatus
from app.domain.errors import CsmsError, Invalid, NoAnswer, NotSupported, StationOffline


class Rejected(CsmsError):
    """The charging station refused."""

    code = "rejected"
    status = 409


class StationError(CsmsError):
    """The charging station answered with an error."""

    code = "station_error"
    status = 502


class HttpError(CsmsError):
    """The request cannot be understood."""

    def __init__(self, status: int, message: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = HTTPStatus(status).name.lower()
        self.headers = headers or {}


Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class V1Route(APIRoute):
    """A route whose refusals have the shape of /api/v1."""

    @staticmethod
    def body(error: CsmsError) -> dict[str, Any]:
        """The JSON of `error`."""
        return {"error": {"code": error.code, "message": error.message, "details": error.details}}

    def get_route_handler(self) -> Handler:
        """FastAPI's own handler, with errors turned into JSON of this door alone: pages have a table of their own."""
        handle = super().get_route_handler()

        async def answer(request: Request) -> Response:
            try:
                return await handle(request)
            except CsmsError as error:
                return self.refuse(error, request)
            except RequestValidationError as error:
                invalid = invalid_of(error)
                invalid.__cause__ = error
                return self.refuse(invalid, request)
            except HTTPException as error:
                headers = dict(error.headers or {})
                refusal = HttpError(error.status_code, str(error.detail), headers)
                return self.refuse(refusal, request)

        return answer

    def refuse(self, error: CsmsError, request: Request) -> Response:
        """The answer to a request that failed."""
        return JSONResponse(
            jsonable_encoder(self.body(error)), error.status, headers=_headers_of(error)
        )


class RootRoute(V1Route):
    """A route whose refusals have the shapes of the originals, and more.

    The control API said `{"error": sentence}`, the GIS API `{"detail": sentence}` and, of invalid input,
    `{"detail": [{"loc", "msg", "type"}]}`: both are here.
    """

    @staticmethod
    def body(error: CsmsError) -> dict[str, Any]:
        """The JSON of `error`."""
        cause = error.__cause__
        listed = cause.errors() if isinstance(cause, RequestValidationError) else None
        return {
            "error": error.message,
            "code": error.code,
            "details": error.details,
            "detail": [_mistake(each) for each in listed] if listed else error.message,
        }

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """A method that is not there is said in JSON too."""
        if self.methods and scope["method"] not in self.methods:
            allowed = {"Allow": ", ".join(sorted(self.methods))}
            refusal = HttpError(405, f"{scope['method']} is not for {scope['path']}.", allowed)
            await self.refuse(refusal, Request(scope))(scope, receive, send)
            return
        await super().handle(scope, receive, send)


def invalid_of(error: RequestValidationError) -> Invalid:
    """All mistakes of the input, each with the field's name."""
    fields: dict[str, str] = {}
    for mistake in error.errors():
        place, *path = (str(part) for part in mistake["loc"])
        said = str(mistake["msg"]).removeprefix("Value error, ")
        if mistake["type"] == "json_invalid":  # its path is a position in the text
            fields[place] = f"{said} at character {'.'.join(path)}"
        else:
            fields[".".join(path) or place] = said
    sentence = "; ".join(f"{name}: {message}" for name, message in fields.items())
    return Invalid(f"{sentence}.", fields=fields)


def _mistake(error: Mapping[str, Any]) -> dict[str, Any]:
    """As FastAPI itself tells of one, without what was sent: it may be a secret."""
    return {name: error[name] for name in ("loc", "msg", "type")}


def expect_accepted(outcome: Outcome, station_id: str) -> None:
    """Return if the station said yes; raise what it said instead."""
    details: dict[str, object] = {"station_id": station_id}
    if outcome.detail:
        details["detail"] = outcome.detail
    said = " ".join(part for part in (outcome.detail, outcome.description) if part)
    match outcome.status:
        case OutcomeStatus.ACCEPTED:
            return
        case OutcomeStatus.REJECTED:
            raise Rejected(f"{station_id} refused: {said or 'Rejected'}.", **details)
        case OutcomeStatus.OFFLINE:
            raise StationOffline(outcome.description, **details)
        case OutcomeStatus.TIMED_OUT:
            raise NoAnswer(outcome.description, **details)
        case OutcomeStatus.NOT_SUPPORTED:
            raise NotSupported(outcome.description, **details)
        case OutcomeStatus.INVALID:
            raise Invalid(said or None, **details)
        case OutcomeStatus.ERROR:
            raise StationError(f"{station_id} answered with an error: {said}.", **details)


def _headers_of(error: CsmsError) -> dict[str, str]:
    if isinstance(error, HttpError):
        return error.headers
    if error.status == HTTPStatus.UNAUTHORIZED:
        return {"WWW-Authenticate": 'Bearer realm="Halla"'}
    if error.status == HTTPStatus.SERVICE_UNAVAILABLE:
        return {"Retry-After": "5"}
    return {}
