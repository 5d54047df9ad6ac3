"""What a session costs. Money is Decimal, rounded once, to the currency's minor unit, half up."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

_CENT = Decimal("0.01")
_NO_DIGITS = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
_THREE_DIGITS = "BHD IQD JOD KWD LYD OMR TND"
_MINOR_UNITS = {
    **dict.fromkeys(_NO_DIGITS.split(), Decimal(1)),
    **dict.fromkeys(_THREE_DIGITS.split(), Decimal("0.001")),
}
"""ISO 4217: those that have other than two digits behind the point."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tariff:
    """Prices as numbers of the currency's major unit."""

    currency: str
    price_per_kwh: Decimal
    session_fee: Decimal = Decimal(0)


def tariff_of(
    currency: str | None, price_per_kwh: Decimal | None, session_fee: Decimal | None
) -> Tariff | None:
    """The prices that are written down with a session or a station; None where none are."""
    if currency is None or price_per_kwh is None:
        return None
    return Tariff(
        currency=currency, price_per_kwh=price_per_kwh, session_fee=session_fee or Decimal(0)
    )


class Cost(NamedTuple):
    """`exact` as it was computed, `amount` as it is billed and shown."""

    exact: Decimal
    amount: Decimal
    currency: str


def round_money(amount: Decimal, currency: str) -> Decimal:
    """Round half up to the currency's minor unit: 62.5 won is 63."""
    return amount.quantize(_MINOR_UNITS.get(currency, _CENT), ROUND_HALF_UP)


def cost_of(energy_wh: Decimal, tariff: Tariff) -> Cost:
    """The cost of a session of `energy_wh`: 0.41667 kWh at 150 KRW/kWh is 62.5005 exactly, billed 63."""
    exact = tariff.session_fee + energy_wh * tariff.price_per_kwh / 1000
    return Cost(exact, round_money(exact, tariff.currency), tariff.currency)


def differs(told: Decimal, billed: Decimal, currency: str) -> bool:
    """Whether a station's own figure is another cost than ours, not only another way to round it."""
    return abs(told - billed) > _MINOR_UNITS.get(currency, _CENT)
