"""Id tags of 1.6: how the decision about one is answered."""

from __future__ import annotations

from app.domain.authorization import TokenInfo, TokenStatus
from app.ingress.block import Payload
from app.ingress.wire import wire_time

TOKEN_TYPE = None
"""1.6 does not say what kind of token an id tag is."""


def id_tag_info(info: TokenInfo) -> Payload:
    """IdTagInfo, members in the schema's order. 1.6 has no word Unknown: it says Invalid."""
    payload: Payload = {}
    if info.expires_at is not None:
        payload["expiryDate"] = wire_time(info.expires_at)
    if info.group is not None:
        payload["parentIdTag"] = info.group[:20]
    unknown = info.status is TokenStatus.UNKNOWN
    payload["status"] = TokenStatus.INVALID.value if unknown else info.status.value
    return payload
