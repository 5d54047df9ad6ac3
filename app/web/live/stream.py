"""GET /live: one browser's end of the ring.

Written as plain ASGI, because a generator's `finally` does not run when its reader leaves in the middle of a send;
here the reader's leaving is awaited beside the news, and the `finally` is ours.
"""

import asyncio
import random

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from app.web.live.hub import Hub
from app.web.live.render import resync_json, tick_json
from app.web.live.ring import Ring, encode

MAX_READERS = 2_000
LIFE_S = 600.0
LIFE_JITTER = 0.2
IDLE_S = 30.0
GRACE_S = 30.0
"""How long after its time a stream may take to say so; a reader that takes nothing more is left then."""
RETRY_MS = 1_000


class LiveStream(Response):
    """Endless answer: a greeting, what was missed since `last_event_id`, then news as they come."""

    media_type = "text/event-stream"

    def __init__(self, hub: Hub, last_event_id: str | None, life_s: float | None = None) -> None:
        super().__init__(
            headers={"Cache-Control": "no-cache, no-transform", "X-Accel-Buffering": "no"}
        )
        del self.headers["content-length"]
        self.hub, self.last_event_id = hub, last_event_id
        jitter = 1 + LIFE_JITTER * (
            2 * random.random() - 1
        )  # so that browsers do not return at once
        self.life_s = life_s if life_s is not None else LIFE_S * jitter

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Stream until the browser leaves, its time is up or the program stops."""
        await send(
            {
                "type": "http.response.start",
                "status": self.status_code,
                "headers": self.raw_headers,
            }
        )
        self.hub.readers += 1
        leaving = asyncio.create_task(_disconnected(receive))
        sending = asyncio.create_task(self._send_all(send))
        try:
            await asyncio.wait(
                {leaving, sending},
                timeout=self.life_s + GRACE_S,
                return_when=asyncio.FIRST_COMPLETED,
            )
        finally:
            self.hub.readers -= 1
            for task in (leaving, sending):
                task.cancel()
            await asyncio.gather(leaving, sending, return_exceptions=True)

    async def _send_all(self, send: Send) -> None:
        ring, clock = self.hub.ring, asyncio.get_running_loop().time
        ends_at = clock() + self.life_s
        greeting, seq = self._greeting(ring)
        await send({"type": "http.response.body", "body": greeting, "more_body": True})
        while not ring.closed and (left_s := ends_at - clock()) > 0:
            if not await ring.wait(seq, min(left_s, IDLE_S)):
                continue
            heard = ring.after(seq)
            body = b"".join(heard.chunks)
            if heard.lost:
                body = encode("resync", resync_json("missed"), ring.id_of(heard.seq))
            seq = heard.seq
            if body:
                await send({"type": "http.response.body", "body": body, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    def _greeting(self, ring: Ring) -> tuple[bytes, int]:
        """The server's time at once; and `resync` for a reader that comes back with an id nobody knows."""
        hello = f"retry: {RETRY_MS}\n".encode()
        now = tick_json(self.hub.context.clock())
        if not self.last_event_id:
            return hello + encode("tick", now, ring.id_of(ring.seq)), ring.seq
        seq = ring.position_of(self.last_event_id)
        if seq is None:
            missed = encode("resync", resync_json("missed"), ring.id_of(ring.seq))
            return hello + encode("tick", now) + missed, ring.seq
        return hello + encode("tick", now), seq


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
