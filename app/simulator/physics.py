"""How a battery takes power: pure arithmetic, no clock and no randomness.

A vehicle takes what the charger allows until `taper_from` (constant current), then less and less
(constant voltage) until its target is reached. Energy is integrated piece by piece so that a
register never drifts from the power that was reported. Which limit applies is not decided here
(see `profiles`), nor when a step is taken (see `station`).
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Battery", "Step", "Supply", "advance", "appetite_w"]

SECONDS_PER_HOUR = 3600.0
TRICKLE = 0.05
TAPER_STEP_S = 1.0
SMALLEST_DC_W = 500.0
SMALLEST_AC_A = 6.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Battery:
    """What a vehicle is made of. `efficiency` is stored energy per metered energy."""

    capacity_wh: float = 77_400.0
    max_power_w: float = 220_000.0
    taper_from: float = 0.8
    target_soc: float = 1.0
    efficiency: float = 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """The state after some seconds, and the metered energy that flowed in them."""

    soc: float
    power_w: float
    energy_wh: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Supply:
    """The electrical side of an EVSE: how watts, amperes and volts belong together."""

    max_power_w: float
    direct: bool
    phases: int
    phase_voltage_v: float = 220.0

    @classmethod
    def rated(cls, max_power_w: float) -> Supply:
        """Up to 7.7 kW one phase, up to 22 kW three phases, above that direct current."""
        if max_power_w > 22_100.0:
            return cls(max_power_w=max_power_w, direct=True, phases=1)
        return cls(max_power_w=max_power_w, direct=False, phases=1 if max_power_w <= 7_700.0 else 3)

    @property
    def smallest_power_w(self) -> float:
        """Below this a limit means: do not charge (6 A per phase on alternating current)."""
        if self.direct:
            return SMALLEST_DC_W
        return SMALLEST_AC_A * self.phase_voltage_v * self.phases

    def voltage_v(self, soc: float) -> float:
        """Pack voltage for direct current, phase voltage otherwise."""
        return round(340.0 + 70.0 * soc, 1) if self.direct else self.phase_voltage_v

    def current_a(self, power_w: float, soc: float) -> float:
        """Amperes per phase."""
        return power_w / (self.voltage_v(soc) * self.phases)

    def watts(self, amperes: float, phases: int | None = None) -> float:
        """A limit in amperes as watts; for direct current at a nominal 400 V."""
        if self.direct:
            return amperes * 400.0
        return amperes * self.phase_voltage_v * min(phases or self.phases, self.phases)

    def amperes(self, watts: float) -> float:
        """The inverse of `watts`."""
        return watts / self.watts(1.0)


def appetite_w(battery: Battery, soc: float) -> float:
    """Power the vehicle would take at this state of charge if nothing limited it, in W."""
    if soc >= battery.target_soc:
        return 0.0
    if soc <= battery.taper_from:
        return battery.max_power_w
    left = (1.0 - soc) / (1.0 - battery.taper_from)
    return battery.max_power_w * max(left, TRICKLE)


def advance(
    battery: Battery,
    *,
    soc: float,
    power_w: float,
    limit_w: float,
    dt_s: float,
    ramp_w_per_s: float = float("inf"),
) -> Step:
    """Charge for `dt_s` seconds under `limit_w`.

    Power falls at once and rises by at most `ramp_w_per_s`. With `dt_s` = 0 only the power is
    brought under the limit. When the target is reached the energy stops exactly there.
    """
    energy_wh = 0.0
    left_s = dt_s
    while True:
        target_w = min(limit_w, appetite_w(battery, soc))
        power_w = _toward(power_w, target_w, ramp_w_per_s)
        if left_s <= 0.0 or target_w <= 0.0:
            return Step(soc=soc, power_w=power_w, energy_wh=energy_wh)
        piece_s, end_w = _piece(battery, soc, power_w, target_w, left_s, ramp_w_per_s)
        piece_wh = (power_w + end_w) / 2.0 * piece_s / SECONDS_PER_HOUR
        missing_wh = (battery.target_soc - soc) * battery.capacity_wh / battery.efficiency
        if piece_wh >= missing_wh:
            return Step(soc=battery.target_soc, power_w=0.0, energy_wh=energy_wh + missing_wh)
        soc += piece_wh * battery.efficiency / battery.capacity_wh
        energy_wh += piece_wh
        power_w = end_w
        left_s -= piece_s


def _toward(power_w: float, target_w: float, ramp_w_per_s: float) -> float:
    """Down at once; up at once only when there is no ramp."""
    if power_w > target_w or ramp_w_per_s == float("inf"):
        return target_w
    return power_w


def _piece(
    battery: Battery,
    soc: float,
    power_w: float,
    target_w: float,
    left_s: float,
    ramp_w_per_s: float,
) -> tuple[float, float]:
    """The longest stretch over which power is a straight line, and the power at its end."""
    if power_w < target_w:
        ramp_s = (target_w - power_w) / ramp_w_per_s
        piece_s = min(left_s, ramp_s, TAPER_STEP_S if soc > battery.taper_from else left_s)
        reached = piece_s >= ramp_s
        return piece_s, target_w if reached else power_w + ramp_w_per_s * piece_s
    if soc > battery.taper_from:
        return min(left_s, TAPER_STEP_S), power_w
    room_wh = (battery.taper_from - soc) * battery.capacity_wh / battery.efficiency
    until_taper_s = room_wh * SECONDS_PER_HOUR / power_w if power_w > 0.0 else left_s
    return min(left_s, max(until_taper_s, TAPER_STEP_S)), power_w
