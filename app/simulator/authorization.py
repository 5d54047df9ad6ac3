"""Asking the CSMS whether a token may charge, before anything starts."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from .equipment import Token
from .outbox import Outgoing
from .plan import Payload

if TYPE_CHECKING:
    from .station import VirtualStation

__all__ = ["authorized"]


async def authorized(station: VirtualStation, token: Token, timeout_s: float) -> bool:
    """True when the CSMS accepts the token; False when not, or without an answer in time."""
    verdict: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

    def settle(accepted: bool) -> None:
        if not verdict.done():
            verdict.set_result(accepted)

    def take(answer: Payload) -> None:
        settle(station.dialect.accepted(answer))

    action, payload = station.dialect.authorize(station, token)
    station.outbox.put(
        Outgoing(
            action=action,
            build=lambda: payload,
            on_answer=take,
            on_refusal=lambda: settle(False),
        )
    )
    try:
        return await asyncio.wait_for(verdict, timeout_s)
    except TimeoutError:
        return False
