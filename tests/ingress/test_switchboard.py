"""What all sessions share is bounded by the number of stations, not by what they say."""

import asyncio
from typing import Any

import pytest

from app.csms.context import Context
from app.csms.lanes import Lanes
from app.ingress import switchboard
from app.ingress.habits import HabitTable
from app.ingress.refusals import Refusals
from app.ingress.switchboard import Switchboard
from tests.factories import NOON


async def test_a_station_s_power_is_followed_once_at_a_time(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    followed: list[tuple[str, float]] = []
    may_end = asyncio.Event()

    async def follow(_context: Context, station_id: str, _at: Any, power_w: float) -> None:
        followed.append((station_id, power_w))
        await may_end.wait()

    monkeypatch.setattr(switchboard, "react_to_power", follow)
    board = Switchboard(context, Lanes(context), None, Refusals(context), HabitTable(context))
    for power_w in (1.0, 2.0, 3.0):
        for station in ("A", "B"):
            board.follow_power(station, NOON, power_w)
        await asyncio.sleep(0)
    assert followed == [("A", 1.0), ("B", 1.0)]
    may_end.set()
    await asyncio.gather(*board.reacting)
    board.follow_power("A", NOON, 4.0)
    await asyncio.gather(*board.reacting)
    assert followed[2:] == [("A", 4.0)]
