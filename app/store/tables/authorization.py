"""Id tokens."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from app.store.tables.columns import instant


class IdToken(SQLModel, table=True):
    """Who may charge. OCPP compares tokens case-insensitively, so `token` is stored in lower case."""

    __tablename__ = "id_token"

    token: str = Field(primary_key=True)
    name: str | None = None
    group_id: str | None = Field(default=None, index=True)
    blocked: bool = Field(default=False, sa_column_kwargs={"server_default": "false"})
    expires_at: datetime | None = Field(default=None, sa_column=instant())
    created_at: datetime | None = Field(default=None, sa_column=instant(now=True))
