"""Id tags of 1.6: how the decision about one is answered."""

from __future__ import annotations

from app.domain.authorization import TokenInfo, TokenStatus
from app.ingress.block import Payload
from app.ingress.wire import wire_time

TOKEN_TYPE = None
"""1.6 does not say what kind of token an id tag is."""

LONGEST = 20
"""Characters of an id tag."""

_WORDS = {
    TokenStatus.ACCEPTED: TokenStatus.ACCEPTED,
    TokenStatus.BLOCKED: TokenStatus.BLOCKED,
    TokenStatus.EXPIRED: TokenStatus.EXPIRED,
    TokenStatus.INVALID: TokenStatus.INVALID,
    TokenStatus.UNKNOWN: TokenStatus.INVALID,
    TokenStatus.CONCURRENT_TX: TokenStatus.CONCURRENT_TX,
}
"""What else a token may be refused for (no credit, not here, not now) is Blocked to 1.6."""


def id_tag_info(info: TokenInfo) -> Payload:
    """IdTagInfo, members in the schema's order, in the five words that 1.6 has."""
    payload: Payload = {}
    if info.expires_at is not None:
        payload["expiryDate"] = wire_time(info.expires_at)
    if info.group is not None:
        payload["parentIdTag"] = info.group[:LONGEST]
    payload["status"] = _WORDS.get(info.status, TokenStatus.BLOCKED).value
    return payload
