"""What a station is made of: EVSEs, the vehicle that is plugged in, the running transaction.

Plain state without behaviour of the protocol; `station` changes it, the dialects put it in words.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from typing import Literal

from .physics import Battery, Supply
from .plan import StationPlan

__all__ = [
    "ChargingState",
    "Evse",
    "Sample",
    "Token",
    "Transaction",
    "Vehicle",
    "any_vehicle",
    "evses_of",
]

ChargingState = Literal["Charging", "EVConnected", "SuspendedEV", "SuspendedEVSE", "Idle"]

# capacity in Wh, most direct current in W, most alternating current in W: what drives in Korea.
_MODELS: tuple[tuple[str, float, float, float], ...] = (
    ("Ioniq 5", 77_400, 220_000, 11_000),
    ("Kona Electric", 64_800, 102_000, 11_000),
    ("EV6", 77_400, 235_000, 11_000),
    ("Niro EV", 64_800, 85_000, 11_000),
    ("EV9", 99_800, 210_000, 11_000),
    ("Porter II Electric", 58_800, 72_000, 7_200),
    ("Bolt EUV", 66_000, 55_000, 11_000),
    ("Model 3", 75_000, 170_000, 11_000),
)


@dataclass(slots=True, kw_only=True)
class Vehicle:
    """A car at the plug. `paused`: it takes no power although it could."""

    battery: Battery = field(default_factory=Battery)
    soc: float = 0.3
    paused: bool = False
    name: str = "vehicle"

    @property
    def full(self) -> bool:
        """It has what it came for."""
        return self.soc >= self.battery.target_soc


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """What a driver shows: the value and its kind in 2.x."""

    value: str
    kind: str = "ISO14443"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """The meter at one moment. `energy_wh` is the lifetime register of the EVSE."""

    at: datetime
    context: str
    energy_wh: float
    power_w: float
    current_a: float
    voltage_v: float
    soc_percent: float | None


@dataclass(slots=True, kw_only=True)
class Transaction:
    """A running transaction. `id` is ours in 2.x; in 1.6 it follows `number`,
    which the CSMS gives in its answer to the start."""

    id: str
    token: Token
    started_at: datetime
    register_start_wh: float
    remote_start_id: int | None = None
    number: int | None = None
    seq_no: int = 0
    charging_state: ChargingState = "EVConnected"
    charged_s: float = 0.0
    since_sample_s: float = 0.0
    limit_w: float | None = None
    limit_is_new: bool = False
    first_sample: Sample | None = None
    reservation: int | None = None


@dataclass(slots=True, kw_only=True)
class Evse:
    """One EVSE (1.6: one connector). `register_wh` counts over its whole life."""

    id: int
    supply: Supply
    connectors: int = 1
    register_wh: float = 0.0
    power_w: float = 0.0
    vehicle: Vehicle | None = None
    plug: int = 1
    transaction: Transaction | None = None
    finished: bool = False
    operative: bool = True
    scheduled_inoperative: bool = False
    fault: str | None = None
    reported: dict[int, str] = field(default_factory=dict)

    @property
    def free(self) -> bool:
        """May a transaction start here?"""
        return self.transaction is None and self.operative and self.fault is None

    def sample(self, at: datetime, context: str) -> Sample:
        """Read the meter."""
        soc = self.vehicle.soc if self.vehicle else 0.0
        return Sample(
            at=at,
            context=context,
            energy_wh=round(self.register_wh, 3),
            power_w=round(self.power_w, 1),
            current_a=round(self.supply.current_a(self.power_w, soc), 2),
            voltage_v=self.supply.voltage_v(soc),
            soc_percent=round(soc * 100.0, 1) if self.vehicle else None,
        )


def any_vehicle(rng: Random, supply: Supply, *, low: float = 0.1, high: float = 0.6) -> Vehicle:
    """A vehicle as it might drive up, with a state of charge between `low` and `high`."""
    name, capacity_wh, direct_w, alternating_w = rng.choice(_MODELS)
    battery = Battery(
        capacity_wh=capacity_wh,
        max_power_w=direct_w if supply.direct else alternating_w,
        taper_from=rng.uniform(0.72, 0.85),
        target_soc=rng.choice((0.8, 0.9, 0.9, 1.0)),
        efficiency=rng.uniform(0.92, 0.97),
    )
    return Vehicle(battery=battery, soc=rng.uniform(low, high), name=name)


def evses_of(plan: StationPlan) -> list[Evse]:
    """In 1.6 there are no EVSEs: every connector counts as one."""
    flat = plan.version == "1.6"
    count = plan.evses * plan.connectors if flat else plan.evses
    supply = Supply.rated(plan.max_power_w)
    return [
        Evse(id=number + 1, supply=supply, connectors=1 if flat else plan.connectors)
        for number in range(count)
    ]
