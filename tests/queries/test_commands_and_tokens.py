"""What was asked of stations, and who may charge."""

from datetime import timedelta

import pytest

from app.domain.errors import NotFound
from app.queries import commands, tokens
from app.store.database import Database
from tests.queries.planting import NOW, Garden


async def test_commands_come_newest_first_and_by_page(database: Database, garden: Garden) -> None:
    await garden.station("A")
    await garden.station("B")
    for name in "ABA":
        await garden.put(
            "station_command",
            station_id=name,
            action="Reset",
            requested_by="kim",
            requested_at=NOW,
            status="accepted",
            latency_ms=12.5,
        )
    newest, oldest = await commands.recent(database, "A")
    assert newest.id > oldest.id
    assert (newest.action, newest.status, newest.latency_ms) == ("Reset", "accepted", 12.5)
    assert [row.id for row in await commands.recent(database, "A", before=newest.id)] == [oldest.id]
    assert len(await commands.recent(database)) == 3
    assert await commands.one(database, oldest.id) == oldest
    with pytest.raises(NotFound):
        await commands.one(database, 999)


async def test_tokens_are_found_by_text_name_and_group(database: Database, garden: Garden) -> None:
    await garden.put("id_token", token="card-1", name="김", group_id="staff")
    await garden.put("id_token", token="card-2", blocked=True, expires_at=NOW + timedelta(days=1))
    both = await tokens.listing(database)
    assert [row.token for row in both] == ["card-1", "card-2"]
    assert [row.token for row in await tokens.listing(database, "STAFF")] == ["card-1"]
    assert [row.token for row in await tokens.listing(database, "김")] == ["card-1"]
    assert [row.token for row in await tokens.listing(database, after="card-1")] == ["card-2"]
    assert (await tokens.one(database, "CARD-2")).blocked
    with pytest.raises(NotFound):
        await tokens.one(database, "card-3")
