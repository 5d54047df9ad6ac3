"""Money in several currencies, which are never added to each other."""

from collections.abc import Iterable
from decimal import Decimal

Money = tuple[tuple[str, Decimal], ...]
"""Amounts by currency, each currency once."""

OTHER_MONEY = """jsonb_agg(jsonb_build_array({row}.currency, {row}.cost::text))
               FILTER (WHERE {row}.currency <> {main} AND {row}.cost <> 0)"""
"""SQL: what of the rows `row` is in other currencies than `main`; for `money_of`."""


def money_of(found: Iterable[tuple[str, str]] | None) -> Money:
    """The sums of what OTHER_MONEY found."""
    return added((currency, Decimal(amount)) for currency, amount in found or ())


def added(amounts: Iterable[tuple[str, Decimal]]) -> Money:
    """The sum of each currency."""
    sums: dict[str, Decimal] = {}
    for currency, amount in amounts:
        sums[currency] = sums.get(currency, Decimal(0)) + amount
    return tuple(sorted(sums.items()))
