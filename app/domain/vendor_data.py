"""What vendors' own data is answered (block P)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from app.domain.reports import Report


@dataclass(frozen=True, slots=True, kw_only=True)
class VendorDataExchanged(Report):
    """A station answered a DataTransfer of ours (P01)."""

    vendor: str
    message: str | None
    data: object
    status: str
    answer: object
    at: datetime


def verdict(known: Mapping[str, frozenset[str] | None], vendor: str, message: str | None) -> str:
    """How a DataTransfer is answered. `known`: vendors with the ids of their messages, None: any."""
    if vendor not in known:
        return "UnknownVendorId"
    messages = known[vendor]
    if messages is None or message in messages:
        return "Accepted"
    return "UnknownMessageId"
