"""Who may charge: id tokens and the decision about one."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class TokenStatus(StrEnum):
    """The decision about an id token (2.0.1 AuthorizationStatusEnumType, the part that we give)."""

    ACCEPTED = "Accepted"
    BLOCKED = "Blocked"
    EXPIRED = "Expired"
    INVALID = "Invalid"
    UNKNOWN = "Unknown"
    CONCURRENT_TX = "ConcurrentTx"


@dataclass(frozen=True, slots=True, kw_only=True)
class IdToken:
    """What is stored of a token."""

    token: str
    blocked: bool = False
    expires_at: datetime | None = None
    group: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenInfo:
    """What is answered about a token."""

    status: TokenStatus
    group: str | None = None
    expires_at: datetime | None = None


def decide(token: IdToken | None, now: datetime) -> TokenInfo:
    """Whether `token` may charge at `now`; None is a token that nobody registered."""
    if token is None:
        return TokenInfo(status=TokenStatus.UNKNOWN)
    if token.blocked:
        status = TokenStatus.BLOCKED
    elif token.expires_at is not None and token.expires_at <= now:
        status = TokenStatus.EXPIRED
    else:
        status = TokenStatus.ACCEPTED
    return TokenInfo(status=status, group=token.group, expires_at=token.expires_at)


def may_stop(stopping: str | None, started_with: str | None, groups: dict[str, str | None]) -> bool:
    """Whether a token may end a transaction: the one that started it, or one of the same group; none given: yes."""
    if stopping is None or started_with is None or stopping == started_with:
        return True
    group = groups.get(stopping)
    return group is not None and group == groups.get(started_with)
