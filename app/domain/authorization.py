"""Who may charge: id tokens and the decision about one."""

from dataclasses import dataclass, replace
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

MASTER_PASS = "MasterPass"
"""The stop reason of a token that may end everybody's transaction; the station knows its group (C16)."""

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


def decide_start(token: IdToken | None, now: datetime, *, charging: bool) -> TokenInfo:
    """The decision about a token that is to begin a transaction.

    `charging`: whether it has one already, and two at once are not allowed (ConcurrentTx).
    """
    decision = decide(token, now)
    if charging and decision.status is TokenStatus.ACCEPTED:
        return replace(decision, status=TokenStatus.CONCURRENT_TX)
    return decision


def decide_stop(
    presented: IdToken | None, started_with: IdToken | str | None, now: datetime
) -> TokenInfo:
    """The decision about a token with which a transaction was ended; `started_with`: a text is one nobody registered.

    A token that is good by itself and has no right to this transaction is Invalid. That the transaction has ended is
    a fact all the same. The token that began it may always end it; what is said of it is still the truth, for
    stations cache it.
    """
    decision = decide(presented, now)
    if presented is None or decision.status is not TokenStatus.ACCEPTED:
        return decision
    if may_stop(presented, started_with):
        return decision
    return replace(decision, status=TokenStatus.INVALID)


def may_stop(presented: IdToken, started_with: IdToken | str | None) -> bool:
    """Whether a token may end a transaction: its own, one of its group, one of which it is the group's own token."""
    if started_with is None:
        return True
    if isinstance(started_with, str):
        return presented.token.lower() == started_with.lower()
    return (
        presented.token.lower() == started_with.token.lower()
        or same_group(presented.group, started_with.group)
        or same_group(presented.token, started_with.group)
    )


def same_group(one: str | None, other: str | None) -> bool:
    """Whether two tokens' groups are one; no group is nobody's. Letters of either case are the same."""
    return one is not None and other is not None and one.lower() == other.lower()
