"""The web's table of errors: every `CsmsError` becomes a page for a browser, a toast for a part of a page.

An error that says only its standard sentence, and what the rooms behind made up for the case at hand
(`app.web.refusals`), is said in the request's language.
"""

from dataclasses import dataclass
from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from app.domain.errors import CsmsError, NotSignedIn
from app.web.auth import SAFE_METHODS, sign_in_address
from app.web.i18n import N_, gettext
from app.web.refusals import in_this_language
from app.web.render import is_partial, render

SENTENCES = {
    "internal_error": N_("Something went wrong."),
    "not_found": N_("There is no such thing."),
    "station_not_found": N_("There is no charger with this id."),
    "transaction_not_found": N_("There is no such session."),
    "station_offline": N_("The charger is not connected; try again when it is online."),
    "not_supported": N_("This charger's protocol version has no such command."),
    "conflict": N_("This cannot be done in the present state."),
    "invalid": N_("The input is not valid."),
    "no_answer": N_("The charger did not answer in time."),
    "unavailable": N_(
        "The database cannot be reached at the moment; nothing was changed, try again shortly."
    ),
    "locked": N_(
        "Somebody else is changing this at the moment; nothing was changed, try again shortly."
    ),
    "not_signed_in": N_("Sign in to continue."),
    "not_allowed": N_("Your role does not allow this."),
    "not_registered": N_("This charger is not accepted yet; an admin has to accept it first."),
    "too_many_attempts": N_(
        "Too many wrong passwords for this user name; wait half a minute and try again."
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Toast:
    """A short note about what has just happened. `kind`: good, bad or wait."""

    kind: str
    text: str
    title: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorPage:
    """What went wrong, and what one may do."""

    status: int
    text: str


def sentence_of(error: CsmsError) -> str:
    """What a person reads about `error`."""
    if error.message == type(error).__doc__ and error.code in SENTENCES:
        return _standard(error.code)
    return in_this_language(error.message)


def add_error_pages(application: FastAPI) -> None:
    """Register the answers to everything that a route may raise."""

    async def on_csms_error(request: Request, error: Exception) -> Response:
        assert isinstance(error, CsmsError)
        if isinstance(error, NotSignedIn) and error.status == HTTPStatus.UNAUTHORIZED:
            return _ask_to_sign_in(request)
        return _tell(request, error.status, sentence_of(error))

    async def on_http_error(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        # 405: the address of a form that was refused, opened anew
        missing = error.status_code in (HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED)
        text = gettext("There is no such page.") if missing else gettext(str(error.detail))
        return _tell(request, error.status_code, text)

    async def on_invalid(request: Request, error: Exception) -> Response:
        return _tell(request, 422, _standard("invalid"))

    application.add_exception_handler(CsmsError, on_csms_error)
    application.add_exception_handler(HTTPException, on_http_error)
    application.add_exception_handler(RequestValidationError, on_invalid)


def _standard(code: str) -> str:
    return gettext(SENTENCES[code])


def _ask_to_sign_in(request: Request) -> Response:
    if is_partial(request):
        return Response(status_code=401, headers={"HX-Redirect": "/sign-in"})
    if request.method in SAFE_METHODS and "text/html" in request.headers.get("accept", ""):
        return RedirectResponse(sign_in_address(request), 303)
    return render(
        request,
        "error.html",
        ErrorPage(status=401, text=_standard("not_signed_in")),
        status=401,
    )


def _tell(request: Request, status: int, text: str) -> Response:
    if is_partial(request):
        return render(request, "_toast.html", Toast(kind="bad", text=text), status=status)
    return render(request, "error.html", ErrorPage(status=status, text=text), status=status)
