"""Id tokens of 2.x: how one is read and how the decision about it is answered."""

from __future__ import annotations

from typing import Any

from app.domain.authorization import NO_AUTHORIZATION, TokenInfo
from app.ingress.block import Payload
from app.ingress.wire import wire_time


def id_token_info(info: TokenInfo) -> Payload:
    """IdTokenInfoType, members in the schema's order."""
    payload: Payload = {"status": info.status.value}
    if info.expires_at is not None:
        payload["cacheExpiryDateTime"] = wire_time(info.expires_at)
    if info.group is not None:
        payload["groupIdToken"] = {"idToken": info.group, "type": "Central"}
    return payload


def presented(id_token: Any | None) -> tuple[str | None, str | None]:
    """(token, type) of an IdTokenType; no token when none was presented or none was needed (NoAuthorization)."""
    if id_token is None:
        return None, None
    if not id_token.idToken or id_token.type == NO_AUTHORIZATION:
        return None, id_token.type
    return id_token.idToken, id_token.type
