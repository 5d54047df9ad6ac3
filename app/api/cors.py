"""Which other origins' pages may call the API in a browser: those that HALLA_CORS_ORIGINS names, and none by default.

Only the API's own paths are opened, its description and its stream among them, and never with cookies: such a page
brings a key as any other program does.
"""

from collections.abc import Sequence

from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

OPENED = (
    "/api",
    "/API",
    "/chargers",
    "/stations",
    "/geo",
    "/statistics",
    "/health",
    "/live",
    "/openapi.json",
)
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
HEADERS = ("Authorization", "X-API-Key", "Content-Type", "Last-Event-ID")
"""The last one is asked for by a page that takes up the stream where it was."""


class ApiCors:
    """ASGI middleware: CORS for the paths of the API, nothing for the pages."""

    def __init__(self, app: ASGIApp, origins: Sequence[str]) -> None:
        self.app = app
        self.opened = CORSMiddleware(
            app,
            allow_origins=list(origins),
            allow_methods=METHODS,
            allow_headers=HEADERS,
            allow_credentials=False,
            max_age=600,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        is_api = scope["type"] == "http" and _is_opened(scope["path"])
        await (self.opened if is_api else self.app)(scope, receive, send)


def _is_opened(path: str) -> bool:
    return any(path == prefix or path.startswith(f"{prefix}/") for prefix in OPENED)
