"""What every answer tells the browser to refuse: foreign scripts, inline code, framing; and the request's language.

Plain ASGI, so that the live stream passes through untouched. An answer that brings its own policy keeps it.
"""

from http.cookies import CookieError, SimpleCookie
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.config import Settings
from app.web.i18n import COOKIE, choose_language, speaking
from app.web.tiles import tiles_of


def content_security_policy(settings: Settings) -> str:
    """`'self'` for everything; images also from the tile server that was chosen, PMTiles by fetch."""
    tiles = tiles_of(settings)
    origin = _origin(tiles.url) if tiles.url else None
    images = ["'self'", "data:"] + ([origin] if origin and tiles.kind == "raster" else [])
    connect = ["'self'"] + ([origin] if origin and tiles.kind == "pmtiles" else [])
    return "; ".join(
        (
            "default-src 'self'",
            "script-src 'self'",
            "style-src 'self'",
            f"img-src {' '.join(images)}",
            f"connect-src {' '.join(connect)}",
            "object-src 'none'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
            "form-action 'self'",
        )
    )


class BrowserRules:
    """ASGI middleware: security headers on every answer, and the language of the request around it."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self.app = app
        self.headers = {
            "Content-Security-Policy": content_security_policy(settings),
            # OpenStreetMap answers 403 to tiles without a Referer
            "Referrer-Policy": "strict-origin-when-cross-origin",
            "X-Content-Type-Options": "nosniff",
            "X-Frame-Options": "DENY",
            "Cross-Origin-Opener-Policy": "same-origin",
            "Permissions-Policy": "geolocation=(), camera=(), microphone=()",
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_with_rules(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self.headers.items():
                    headers.setdefault(name, value)
            await send(message)

        headers = Headers(scope=scope)
        with speaking(choose_language(_cookie(headers), headers.get("accept-language"))):
            await self.app(scope, receive, send_with_rules)


def _cookie(headers: Headers) -> str | None:
    try:
        jar = SimpleCookie(headers.get("cookie", ""))
    except CookieError:
        return None
    return jar[COOKIE].value if COOKIE in jar else None


def _origin(url: str) -> str | None:
    """`https://host` of a tile address; None for a path on this server."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else None
