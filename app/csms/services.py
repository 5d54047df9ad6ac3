"""Other servers that are asked something over HTTP: an authority, an OCSP responder, a contract certificate service.

Asked in threads, a few at a time, each with a deadline, a bound on what comes back, and no redirects: a station must
not be able to send us anywhere that the settings do not name.
"""

import asyncio
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPException, HTTPMessage
from typing import IO

from app.domain.errors import CsmsError, Unavailable

AT_ONCE = 4
MAX_WAITING = 256
DEADLINE_S = 15.0
LONGEST = 256 * 1024

_threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="services")
_waiting = 0


class NoService(CsmsError):
    """Another server did not answer as it should."""

    code = "no_service"
    status = 502


async def post(
    url: str, body: bytes, content_type: str, headers: Mapping[str, str] | None = None
) -> bytes:
    """What a server answers to `body`. Raises NoService when it says anything but 200, or nothing in time;
    Unavailable when too many wait."""
    global _waiting
    if _waiting >= MAX_WAITING:
        raise Unavailable("Too many questions to other servers wait; try again shortly.")
    request = urllib.request.Request(
        url, body, {"Content-Type": content_type, **(headers or {})}, method="POST"
    )
    _waiting += 1
    try:
        async with asyncio.timeout(DEADLINE_S + 1):
            return await asyncio.get_running_loop().run_in_executor(_threads, _exchange, request)
    except TimeoutError as error:
        raise NoService(f"{request.host} did not answer within {DEADLINE_S:.0f} s.") from error
    finally:
        _waiting -= 1


def _exchange(request: urllib.request.Request) -> bytes:
    until = time.monotonic() + DEADLINE_S
    parts: list[bytes] = []
    try:
        with _opener.open(request, timeout=DEADLINE_S / 3) as answer:
            if answer.status != 200:
                raise NoService(f"{request.host} answered {answer.status}.")
            while part := answer.read1(16 * 1024):
                parts.append(part)
                if sum(map(len, parts)) > LONGEST or time.monotonic() > until:
                    raise NoService(f"{request.host} answers too much, or too slowly.")
    except urllib.error.HTTPError as error:
        error.close()
        raise NoService(f"{request.host} answered {error.code}.") from error
    except (OSError, HTTPException, ValueError) as error:
        raise NoService(f"{request.host} does not answer: {error}.") from error
    return b"".join(parts)


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: HTTPMessage,
        newurl: str,
    ) -> None:
        """None: the redirect is an error."""


_opener = urllib.request.build_opener(_NoRedirect)
