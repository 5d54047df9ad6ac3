"""What a station remembers because the CSMS told it to: lists, reservations, messages, monitors, certificates, jobs.

Plain state; the dialects read and write it. A reboot keeps it, as a real station's flash does.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import datetime

from .plan import Payload

__all__ = ["Certificate", "Job", "Memory", "Reservation"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reservation:
    """An EVSE that is kept for a token (or its group) until a moment."""

    id: int
    evse: int
    token: str
    group: str | None
    expires_at: datetime

    def allows(self, token: str) -> bool:
        """May this token use it? The station knows no groups but the one that it was told."""
        return token.lower() in {self.token.lower(), (self.group or self.token).lower()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """One that was installed: what it is for, and how OCPP names it (CertificateHashDataType)."""

    use: str
    hashes: Payload
    pem: str


@dataclass(slots=True, kw_only=True)
class Job:
    """A log upload or a firmware update. `id` None: 1.6 gives none. `status`: the last word said of it."""

    id: int | None
    status: str = "Idle"
    task: asyncio.Task[None] | None = None

    @property
    def running(self) -> bool:
        """Is there more to come?"""
        return self.task is not None and not self.task.done()


@dataclass(slots=True, kw_only=True)
class Memory:
    """Empty when the station leaves the factory."""

    firmware: str = "1.0.0"
    list_version: int = 0
    list_entries: dict[str, Payload] = field(default_factory=dict)
    reservations: dict[int, Reservation] = field(default_factory=dict)
    messages: dict[int, Payload] = field(default_factory=dict)
    monitors: dict[int, Payload] = field(default_factory=dict)
    certificates: list[Certificate] = field(default_factory=list)
    networks: dict[int, Payload] = field(default_factory=dict)
    costs: dict[str, float] = field(default_factory=dict)
    seen: dict[int, float] = field(default_factory=dict)
    events: int = 0
    log: Job = field(default_factory=lambda: Job(id=None))
    update: Job = field(default_factory=lambda: Job(id=None))
