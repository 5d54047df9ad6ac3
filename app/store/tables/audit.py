"""The audit log: what people and programs changed. Commands to stations have rows of their own (`station_command`)."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Column, Identity, Index, text
from sqlmodel import Field, SQLModel

from app.store.tables.columns import document, instant


class AuditEntry(SQLModel, table=True):
    """One change: `action` is noun.verb (`tag.write`), `subject` is noun:id (`tag:card-1`), `detail` what it became."""

    __tablename__ = "audit_entry"
    __table_args__ = (
        Index("audit_entry_at", text("at DESC")),
        Index("audit_entry_subject", "subject", text("at DESC")),
    )

    id: int | None = Field(
        default=None, sa_column=Column(BigInteger, Identity(always=False), primary_key=True)
    )
    at: datetime | None = Field(default=None, sa_column=instant(now=True))
    actor: str
    role: str
    action: str
    subject: str
    detail: Any = Field(default=None, sa_column=document())
