"""The real thing: lanes, ingress and a context, on a free port."""

from collections.abc import AsyncIterator

import pytest

from app.csms.context import Context
from app.csms.journal import Journal
from app.csms.lanes import Lanes
from app.ingress.server import serve


@pytest.fixture
async def ocpp_port(context: Context) -> AsyncIterator[int]:
    """An ingress over a database of one's own."""
    journal = Journal(context)
    async with (
        Lanes(context).run() as lanes,
        serve(context, lanes, journal, host="127.0.0.1", port=0) as server,
    ):
        yield server.port
