"""Column shapes that several tables share."""

from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, Column, DateTime, Numeric, Text, func
from sqlalchemy.dialects.postgresql import JSONB


def instant(*, nullable: bool = True, now: bool = False, primary_key: bool = False) -> Column[Any]:
    """An aware moment; `now` fills it by the database's clock."""
    return Column(
        DateTime(timezone=True),
        nullable=nullable and not now,
        server_default=func.now() if now else None,
        primary_key=primary_key,
    )


def energy(*, nullable: bool = True, zero: bool = False) -> Column[Any]:
    """Wh, exact."""
    return Column(Numeric, nullable=nullable and not zero, server_default="0" if zero else None)


def money(*, nullable: bool = True, zero: bool = False) -> Column[Any]:
    """Major units of a currency, exact."""
    return Column(Numeric, nullable=nullable and not zero, server_default="0" if zero else None)


def word(*, nullable: bool = False, default: str | None = None) -> Column[Any]:
    """A word of a StrEnum; the table adds `one_of` as its check."""
    return Column(Text, nullable=nullable, server_default=default)


def document(*, nullable: bool = True) -> Column[Any]:
    """JSON, kept as it is."""
    return Column(JSONB, nullable=nullable)


def one_of(table: str, column: str, words: type[StrEnum]) -> CheckConstraint:
    """Only words of `words`: text with a check, so that adding a word is a cheap migration."""
    listed = ", ".join(f"'{word}'" for word in words)
    return CheckConstraint(f"{column} IN ({listed})", name=f"{table}_{column}_known")
