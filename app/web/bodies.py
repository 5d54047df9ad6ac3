"""How much anybody may send in one request, asked before anybody reads it: bodies are read before keys are looked at.

A stranger must not fill the memory of the process that serves the stations. What a form or a part of it may hold is
for each page to say.
"""

from contextlib import suppress

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MOST = 16 * 1024 * 1024
TOO_LONG = f"A request may have {MOST // 1024 // 1024} MB at most; send less at once.\n"


class _TooLong(Exception):
    """More came than may come."""


class BodyLimit:
    """ASGI middleware: 413 for a body that is longer than `MOST` bytes, announced or not."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        refusal = PlainTextResponse(TOO_LONG, 413, headers={"Connection": "close"})
        announced = Headers(scope=scope).get("content-length", "")
        if announced.isdecimal() and int(announced[:20]) > MOST:
            await refusal(scope, receive, send)
            return
        came, answered, too_long = 0, False, False

        async def counted() -> Message:
            nonlocal came, too_long
            message = await receive()
            came += len(message.get("body", b""))
            if came > MOST:
                too_long = True
                raise _TooLong
            return message

        async def sent(message: Message) -> None:
            nonlocal answered
            if not too_long:  # whatever was made of half a body is no answer
                answered = True
                await send(message)

        with suppress(_TooLong):
            await self.app(scope, counted, sent)
        if too_long and not answered:
            await refusal(scope, receive, send)
