"""The audit log's shapes."""

from typing import Any

from pydantic import Field

from app.api.schemas.common import Instant, Output


class AuditEntry(Output):
    """One thing that somebody did."""

    id: str = Field(description="`a` and a number; of a command to a station `c` and its number.")
    at: Instant
    actor: str = Field(description="A user; `api:` and a key's name; `cli:` and who ran it.")
    role: str | None = Field(description="As it was then; of commands it is not kept.")
    action: str = Field(description="noun.verb; `command.` and its name of a command.")
    subject: str = Field(description="noun:id.")
    detail: Any = Field(description="What it became, without secrets.")
    outcome: str = Field(description="`done`; of a command how it ended, or how far it has come.")


class AuditPage(Output):
    """A page of them. `next`: the `before` of the next page; null: this is the last."""

    items: list[AuditEntry]
    next: str | None
