"""Browsers at the stations' door: known by what they cannot help saying, let in with a ticket or by their origin.

Stations may send an Origin too (some WebSocket libraries always do), so that alone makes none a browser; a page's
scripts can change neither the origin nor the user agent that their browser sends. A page can send no Authorization
either: ticket and password come as subprotocols of their own, which are never answered and never shown.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from websockets.datastructures import Headers

from app.csms.context import Context
from app.csms.simulator_tickets import redeem_ticket
from app.domain.errors import NotAllowed

if TYPE_CHECKING:
    from app.ingress.admission import Knock

TICKET = "halla.ticket."
BASIC = "halla.basic."
"""Followed by `user:password` in base64url without padding, UTF-8."""
ANY = "*"


def origin_of(headers: Headers) -> str | None:
    """The origin of the page that opens this socket; None when it is no browser that asks."""
    origins = headers.get_all("Origin")
    agent = next(iter(headers.get_all("User-Agent")), "")
    return origins[0] if origins and agent.startswith("Mozilla/") else None


def without_secrets(offered: Sequence[str]) -> list[str]:
    """The subprotocols that mean a protocol."""
    return [name for name in offered if not name.startswith((TICKET, BASIC))]


async def let_in(context: Context, knock: Knock, identity: str | None) -> Knock:
    """The knock of a browser as a station's: its secrets where a station has them. Raises NotAllowed."""
    assert knock.origin is not None
    ticket = _value(knock.offered, TICKET)
    trusted = context.settings.browser_origins or ()
    if ticket is not None:
        await redeem_ticket(context, ticket, identity or "", knock.origin)
    elif knock.origin not in trusted and ANY not in trusted:
        raise NotAllowed(
            f"A page of {knock.origin} may not speak as a charging station. Use Halla's own simulator"
            " at /simulator, or name this origin in HALLA_BROWSER_ORIGINS."
        )
    basic = _value(knock.offered, BASIC)
    return replace(
        knock,
        offered=without_secrets(knock.offered),
        authorization=knock.authorization if basic is None else _authorization(basic),
    )


def _value(offered: Sequence[str], prefix: str) -> str | None:
    return next((name.removeprefix(prefix) for name in offered if name.startswith(prefix)), None)


def _authorization(encoded: str) -> str:
    try:
        plain = base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4))
    except (binascii.Error, ValueError):
        return ""
    return f"Basic {base64.b64encode(plain).decode()}"
