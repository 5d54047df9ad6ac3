"""People and programs: accounts, sign-ins, keys. Secrets are stored as hashes only."""

from datetime import datetime

from sqlalchemy import BigInteger, Column, Identity
from sqlmodel import Field, SQLModel

from app.domain.roles import Role
from app.store.tables.columns import instant, one_of, word


class Account(SQLModel, table=True):
    """A person who signs in."""

    __tablename__ = "account"
    __table_args__ = (one_of("account", "role", Role),)

    id: int | None = Field(
        default=None, sa_column=Column(BigInteger, Identity(always=False), primary_key=True)
    )
    name: str = Field(unique=True)
    password_hash: str
    role: str = Field(sa_column=word())
    disabled: bool = Field(default=False, sa_column_kwargs={"server_default": "false"})
    created_at: datetime | None = Field(default=None, sa_column=instant(now=True))


class SignIn(SQLModel, table=True):
    """A browser that is signed in: the cookie's hash, and the secret of its forms."""

    __tablename__ = "sign_in"

    token_hash: str = Field(primary_key=True)
    account_id: int = Field(
        sa_type=BigInteger, foreign_key="account.id", ondelete="CASCADE", index=True
    )
    csrf_token: str
    created_at: datetime | None = Field(default=None, sa_column=instant(now=True))
    expires_at: datetime = Field(sa_column=instant(nullable=False))


class SignInLink(SQLModel, table=True):
    """A link that signs in once."""

    __tablename__ = "sign_in_link"

    token_hash: str = Field(primary_key=True)
    account_id: int = Field(sa_type=BigInteger, foreign_key="account.id", ondelete="CASCADE")
    expires_at: datetime = Field(sa_column=instant(nullable=False))


class ApiKey(SQLModel, table=True):
    """A program's key. `prefix` tells keys apart for people."""

    __tablename__ = "api_key"
    __table_args__ = (one_of("api_key", "role", Role),)

    id: int | None = Field(
        default=None, sa_column=Column(BigInteger, Identity(always=False), primary_key=True)
    )
    name: str = Field(unique=True)
    prefix: str
    key_hash: str = Field(unique=True)
    role: str = Field(sa_column=word())
    created_at: datetime | None = Field(default=None, sa_column=instant(now=True))
    last_used_at: datetime | None = Field(default=None, sa_column=instant())
