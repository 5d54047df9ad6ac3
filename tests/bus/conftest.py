"""A bus of each kind."""

from collections.abc import AsyncIterator

import pytest

from app.bus import nats
from app.bus.memory import MemoryBus
from app.bus.port import Bus


@pytest.fixture(params=["memory", "nats"])
async def bus(request: pytest.FixtureRequest) -> AsyncIterator[Bus]:
    made: Bus
    if request.param == "memory":
        made = MemoryBus()
    else:
        made = await nats.connect(request.getfixturevalue("nats_url"))
    yield made
    await made.close()
