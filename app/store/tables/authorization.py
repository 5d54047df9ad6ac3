"""Id tokens."""

from datetime import datetime

from sqlmodel import Field, SQLModel

from app.domain.authorization import TokenStatus
from app.store.tables.columns import instant, one_of, word


class IdToken(SQLModel, table=True):
    """Who may charge. OCPP compares tokens case-insensitively, so `token` is stored in lower case.

    `blocked` outweighs `status`. `type`: what kind of token it is, in 2.0.1's words; null: nobody said. `written`: as
    a person wrote it, for comparing it with a card.
    """

    __tablename__ = "id_token"
    __table_args__ = (one_of("id_token", "status", TokenStatus),)

    token: str = Field(primary_key=True)
    written: str | None = None
    type: str | None = None
    status: str = Field(default=TokenStatus.ACCEPTED, sa_column=word(default=TokenStatus.ACCEPTED))
    name: str | None = None
    group_id: str | None = Field(default=None, index=True)
    blocked: bool = Field(default=False, sa_column_kwargs={"server_default": "false"})
    expires_at: datetime | None = Field(default=None, sa_column=instant())
    created_at: datetime | None = Field(default=None, sa_column=instant(now=True))
    updated_at: datetime | None = Field(default=None, sa_column=instant(now=True))
