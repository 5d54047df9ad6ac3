"""The five scenarios of the originals and the run of simulator B: who plays, and what happens.

A scenario waits only through its `Stage`, so that all its chargers stand in the same second.
"""

from __future__ import annotations

from .cast import Charger
from .examples import EXAMPLES, connect_and_leave
from .legacy import LegacyCharger
from .stage import Scenario, Stage, parts

__all__ = ["ALL", "GAP_S", "SCENARIOS", "chosen"]

GAP_S = 3.0
ALL = ("1", "2", "3", "4", "5")

JEJU_1, JEJU_2, SHINJEJU = "emart_jeju_01", "emart_jeju_02", "emart_shinjeju_01"
TEST_TRANSACTION = "txn_test_001"
TEST_KWH = (0.5, 1.0, 1.5)
TOKEN, SECOND_TOKEN, SHARED_TOKEN = "token_user_001", "token_user_002", "token_multi_001"


def chosen(name: str) -> tuple[Scenario, ...]:
    """The scenario of this name, or all five. LookupError with a sentence."""
    if name == "all":
        return tuple(SCENARIOS[one] for one in ALL)
    if name not in SCENARIOS:
        raise LookupError(
            f"There is no scenario {name!r}; choose one of {', '.join(SCENARIOS)}, all."
        )
    return (SCENARIOS[name],)


async def _session(stage: Stage) -> None:
    charger = stage.first
    await charger.connect()
    await stage.wait(2.0)
    await charger.start(TOKEN)
    await charger.charge(15.0)
    await charger.stop()
    await stage.wait(2.0)
    await charger.disconnect()


async def _parallel(stage: Stage) -> None:
    await stage.all_connect()
    await stage.wait(3.0)
    await stage.meet(*(one.start(SHARED_TOKEN) for one in stage.chargers))
    await stage.meet(*(one.charge(20.0) for one in stage.chargers))
    await stage.meet(*(one.stop() for one in stage.chargers))
    await stage.wait(2.0)
    await stage.all_leave()


async def _values(stage: Stage) -> None:
    charger = stage.first
    await charger.connect()
    await stage.wait(1.0)
    await charger.recite(TEST_TRANSACTION, TEST_KWH, TOKEN)
    await stage.wait(1.0)
    await charger.disconnect()


async def _stress(stage: Stage) -> None:
    charger = stage.first
    await charger.connect()
    await stage.wait(2.0)
    for number in range(1, 6):
        stage.say(f"transaction {number} of 5")
        await charger.start(f"token_{number}")
        await charger.charge(5.0)
        await charger.stop()
        await stage.wait(1.0)
    await charger.disconnect()


async def _two_chargers(stage: Stage) -> None:
    """B's own program, second by second."""
    one, two = stage.chargers
    await one.connect()
    await stage.wait(2.0)
    await two.connect()
    await stage.wait(3.0)
    await stage.wait(2.0)
    begun = stage.second
    await stage.meet(
        _alone(one, 0.0, TOKEN, 23.0),
        _alone(two, 5.0, SECOND_TOKEN, 21.0),
        _show_status(stage, begun + 22.0),
    )
    await stage.wait(3.0)
    await stage.all_leave()


async def _alone(charger: Charger, after_s: float, token: str, charges_s: float) -> None:
    await charger.line.wait(after_s)
    await charger.start(token)
    await charger.charge(charges_s)
    await charger.stop()


async def _show_status(stage: Stage, second: float) -> None:
    """B sends one StatusNotification in the middle; a standard charger has told it already."""
    await stage.first.line.clock.until(second)
    for charger in stage.chargers:
        if isinstance(charger, LegacyCharger):
            await charger.show_status()


_ONE = parts(JEJU_1)

SCENARIOS: dict[str, Scenario] = {
    one.name: one
    for one in (
        Scenario(name="1", title="connection", lasts_s=5.0, parts=_ONE, act=connect_and_leave),
        Scenario(name="2", title="one session with energy", lasts_s=22.0, parts=_ONE, act=_session),
        Scenario(
            name="3",
            title="three stations in parallel",
            lasts_s=28.0,
            parts=(*parts(JEJU_1, JEJU_2), *parts(SHINJEJU, max_kw=50.0)),
            act=_parallel,
        ),
        Scenario(name="4", title="given energies: 1.5 kWh", lasts_s=6.0, parts=_ONE, act=_values),
        Scenario(name="5", title="stress: five sessions", lasts_s=47.0, parts=_ONE, act=_stress),
        *EXAMPLES,
        Scenario(
            name="two-chargers",
            title="the run of the older simulator",
            lasts_s=42.0,
            parts=parts(JEJU_1, SHINJEJU),
            act=_two_chargers,
            dialect="legacy-b",
        ),
    )
}
