"""Energy is the area under the power, whatever the step."""

import pytest

from app.simulator.physics import Battery, Supply, advance, appetite_w

BIG = Battery(capacity_wh=100_000, max_power_w=250_000, efficiency=0.95)


def test_constant_power_gives_exact_energy() -> None:
    step = advance(BIG, soc=0.2, power_w=0, limit_w=100_000, dt_s=15)
    assert step.energy_wh == pytest.approx(416.6666667, abs=1e-6)
    assert step.soc == pytest.approx(0.2 + 416.6666667 * 0.95 / 100_000)


def test_many_small_steps_equal_one_big_one() -> None:
    soc, power, energy = 0.2, 0.0, 0.0
    for _ in range(300):
        step = advance(BIG, soc=soc, power_w=power, limit_w=100_000, dt_s=0.1, ramp_w_per_s=20_000)
        soc, power, energy = step.soc, step.power_w, energy + step.energy_wh
    once = advance(BIG, soc=0.2, power_w=0, limit_w=100_000, dt_s=30, ramp_w_per_s=20_000)
    assert energy == pytest.approx(once.energy_wh)
    # five seconds of ramp (a triangle), then twenty-five of plateau
    assert once.energy_wh == pytest.approx((100_000 * 5 / 2 + 100_000 * 25) / 3600)


def test_power_falls_at_once_and_rises_slowly() -> None:
    down = advance(BIG, soc=0.2, power_w=90_000, limit_w=10_000, dt_s=0, ramp_w_per_s=1_000)
    assert down.power_w == 10_000
    up = advance(BIG, soc=0.2, power_w=10_000, limit_w=90_000, dt_s=3, ramp_w_per_s=1_000)
    assert up.power_w == 13_000


def test_the_vehicle_takes_less_when_it_is_nearly_full() -> None:
    assert appetite_w(BIG, 0.5) == 250_000
    assert appetite_w(BIG, 0.9) == pytest.approx(125_000)
    assert appetite_w(BIG, 0.999) == pytest.approx(250_000 * 0.05)
    assert appetite_w(BIG, 1.0) == 0


def test_charging_stops_exactly_at_the_target() -> None:
    target = Battery(capacity_wh=50_000, max_power_w=50_000, target_soc=0.9, efficiency=0.9)
    step = advance(target, soc=0.5, power_w=0, limit_w=1e6, dt_s=100_000)
    assert step.soc == 0.9
    assert step.power_w == 0
    assert step.energy_wh == pytest.approx(0.4 * 50_000 / 0.9)


@pytest.mark.parametrize(
    ("power", "direct", "phases"),
    [
        (3_500, False, 1),
        (7_000, False, 1),
        (11_000, False, 3),
        (22_000, False, 3),
        (50_000, True, 1),
    ],
)
def test_a_supply_follows_from_its_power(power: float, direct: bool, phases: int) -> None:
    supply = Supply.rated(power)
    assert (supply.direct, supply.phases) == (direct, phases)
    assert supply.amperes(supply.watts(10)) == pytest.approx(10)
    volts_amperes = supply.voltage_v(0.5) * supply.current_a(power, 0.5) * supply.phases
    assert volts_amperes == pytest.approx(power)
