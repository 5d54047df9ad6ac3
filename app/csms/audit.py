"""The audit log: every change that a person or a program makes, written in the same work as the change itself.

What a verb changes it notes here; commands to stations are kept by `commands` with who asked and what came of it, and
the log's reader (`app.queries.audit`) shows both. Passwords, keys and secrets never get in.
"""

import getpass
from typing import Any

import msgspec

from app.csms.actors import Actor
from app.csms.work import Work
from app.domain import masks
from app.domain.roles import Role
from app.store.tables.audit import AuditEntry

HALLA = Actor("halla", Role.ADMIN)
"""Halla itself: what it does at its start and by its own jobs."""


def at_the_terminal() -> Actor:
    """Whoever runs the command line: `cli:` and the machine's name of them. Who has the database may do everything."""
    try:
        name = getpass.getuser()
    except OSError:  # no such user, as in some containers
        name = "unknown"
    return Actor(f"cli:{name}", Role.ADMIN)


def note(w: Work, actor: Actor, action: str, subject: str, **detail: Any) -> None:
    """Write down that `actor` did `action` (`tag.write`) to `subject` (`tag:card-1`), if the work succeeds.

    `detail`: what it was set to, anything that is JSON once moments and enums are texts.
    """
    w.session.add(
        AuditEntry(
            actor=actor.name,
            role=actor.role.value,
            action=action,
            subject=subject,
            detail=masks.hidden(msgspec.to_builtins(detail, str_keys=True)) or None,
        )
    )
