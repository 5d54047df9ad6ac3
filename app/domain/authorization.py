"""Who may charge: id tokens and the decision about one."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class TokenStatus(StrEnum):
    """The decision about an id token (2.0.1 AuthorizationStatusEnumType)."""

    ACCEPTED = "Accepted"
    BLOCKED = "Blocked"
    EXPIRED = "Expired"
    INVALID = "Invalid"
    UNKNOWN = "Unknown"
    CONCURRENT_TX = "ConcurrentTx"
    NO_CREDIT = "NoCredit"
    NOT_ALLOWED_TYPE_EVSE = "NotAllowedTypeEVSE"
    NOT_AT_THIS_LOCATION = "NotAtThisLocation"
    NOT_AT_THIS_TIME = "NotAtThisTime"


@dataclass(frozen=True, slots=True, kw_only=True)
class IdToken:
    """What is stored of a token. `status`: what is answered about it while it is neither blocked nor expired."""

    token: str
    type: str | None = None
    status: TokenStatus = TokenStatus.ACCEPTED
    blocked: bool = False
    expires_at: datetime | None = None
    group: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenInfo:
    """What is answered about a token."""

    status: TokenStatus
    group: str | None = None
    expires_at: datetime | None = None


NO_AUTHORIZATION = "NoAuthorization"
"""The type of an empty token: whoever plugs in may charge (C02, C06)."""

TOKEN_TYPES = (
    *("Central", "eMAID", "ISO14443", "ISO15693", "KeyCode", "Local", "MacAddress"),
    *(NO_AUTHORIZATION, "DirectPayment", "EVCCID", "VIN"),
)
"""Kinds of tokens, in the words of 2.x."""


def decide(token: IdToken | None, now: datetime) -> TokenInfo:
    """Whether `token` may charge at `now`; None is a token that nobody registered."""
    if token is None:
        return TokenInfo(status=TokenStatus.UNKNOWN)
    if token.blocked:
        status = TokenStatus.BLOCKED
    elif token.status is not TokenStatus.ACCEPTED:
        status = token.status
    elif token.expires_at is not None and token.expires_at <= now:
        status = TokenStatus.EXPIRED
    else:
        status = TokenStatus.ACCEPTED
    return TokenInfo(status=status, group=token.group, expires_at=token.expires_at)


def may_stop(stopping: str | None, started_with: str | None, groups: dict[str, str | None]) -> bool:
    """Whether a token may end a transaction: the one that started it, or one of the same group; none given: yes."""
    if stopping is None or started_with is None or stopping == started_with:
        return True
    return same_group(groups.get(stopping), groups.get(started_with))


def same_group(one: str | None, other: str | None) -> bool:
    """Whether two tokens' groups are one; no group is nobody's. Letters of either case are the same."""
    return one is not None and other is not None and one.lower() == other.lower()
