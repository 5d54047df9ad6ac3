"""Who does something: a person or a program, with a role. Signing in is `sign_ins`' business."""

from dataclasses import dataclass

from app.domain.roles import Role


@dataclass(frozen=True, slots=True)
class Actor:
    """`name` as commands and audit keep it; a program's is `api:` and the name of its key."""

    name: str
    role: Role


SYSTEM = Actor("Halla", Role.OPERATOR)
"""Who asks stations where nobody did: Halla's own jobs and reactions."""
