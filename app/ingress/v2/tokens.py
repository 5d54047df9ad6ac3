"""Id tokens of 2.x: how one is read and how the decision about it is answered."""

from __future__ import annotations

from typing import Any

from app.domain.authorization import NO_AUTHORIZATION, TokenInfo
from app.ingress.block import Payload
from app.ingress.wire import wire_time

LONGEST = 36
"""Characters of a token; 2.1 allows more, but a token has to mean the same to every station."""

_KINDS = frozenset(
    {
        *("Central", "eMAID", "ISO14443", "ISO15693"),
        *("KeyCode", "Local", "MacAddress", NO_AUTHORIZATION),
    }
)
"""What both versions of 2.x know."""


def id_token_info(info: TokenInfo) -> Payload:
    """IdTokenInfoType, members in the schema's order."""
    payload: Payload = {"status": info.status.value}
    if info.expires_at is not None:
        payload["cacheExpiryDateTime"] = wire_time(info.expires_at)
    if info.group is not None:
        payload["groupIdToken"] = group_token(info.group)
    return payload


def group_token(group: str) -> Payload:
    """A group, which is a token too."""
    return {"idToken": group[:LONGEST], "type": "Central"}


def id_token(token: str, kind: str | None, unknown: str = "Central") -> Payload:
    """IdTokenType; `unknown`: the type of one of which nobody said, or that not both versions know."""
    return {"idToken": token, "type": kind if kind in _KINDS else unknown}


def presented(id_token: Any | None) -> tuple[str | None, str | None]:
    """(token, type) of an IdTokenType; no token when none was presented or none was needed (NoAuthorization)."""
    if id_token is None:
        return None, None
    if not id_token.idToken or id_token.type == NO_AUTHORIZATION:
        return None, id_token.type
    return id_token.idToken, id_token.type
