"""Units are normalised at the door: everything inside is Wh, W, A, V, %, degrees Celsius.

OCPP's `multiplier` is a power of ten (2.0.1 part 2, UnitOfMeasureType).
"""

from decimal import Decimal

ENERGY_WH = {"Wh": Decimal(1), "kWh": Decimal(1000), "MWh": Decimal(1_000_000)}
POWER_W = {"W": 1.0, "kW": 1000.0, "VA": 1.0, "kVA": 1000.0, "var": 1.0, "kvar": 1000.0}


def energy_wh(value: Decimal, unit: str | None, multiplier: int = 0) -> Decimal:
    """`value` in Wh. Raises ValueError for a unit that is no energy."""
    factor = ENERGY_WH.get(unit or "Wh")
    if factor is None:
        raise ValueError(f"{unit!r} is not a unit of energy")
    wh = value * factor
    return wh.scaleb(multiplier) if multiplier else wh


def power_w(value: float, unit: str | None, multiplier: int = 0) -> float:
    """`value` in W. Raises ValueError for a unit that is no power."""
    factor = POWER_W.get(unit or "W")
    if factor is None:
        raise ValueError(f"{unit!r} is not a unit of power")
    return value * factor * 10.0**multiplier


def scaled(value: float, multiplier: int = 0) -> float:
    """A plain quantity (A, V, %) with its power-of-ten multiplier applied."""
    return value * 10.0**multiplier if multiplier else value
