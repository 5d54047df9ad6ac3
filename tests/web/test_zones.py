"""Tables of several sites say whose clock they show."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest

from tests.queries.planting import NOW, Garden

SUMMER = datetime(2026, 7, 1, 10, 0, tzinfo=UTC)
PAGES = ("/sessions", "/partials/operations/ended")


async def sold(garden: Garden, zone: str, at: datetime) -> None:
    name = f"{zone} {at:%m}"
    await garden.location(name, name=name, time_zone=zone)
    await garden.station(name, location_id=name)
    await garden.transaction(name, started_at=at, ended_at=at + timedelta(minutes=5))


@pytest.mark.parametrize("page", PAGES)
async def test_the_head_names_the_clock_that_all_rows_share(
    admin: httpx.AsyncClient, garden: Garden, page: str
) -> None:
    await sold(garden, "Europe/Berlin", NOW)
    html = (await admin.get(page)).text
    head, body = html.split("<tbody>")
    assert "CET (UTC+1)</span></th>" in head
    assert "2026-11-20 07:30:00" in body
    assert "UTC+" not in body
    if page == "/sessions":
        assert 'data-zone="Europe/Berlin"' in head


@pytest.mark.parametrize("page", PAGES)
async def test_rows_name_their_clocks_where_they_differ(
    admin: httpx.AsyncClient, garden: Garden, page: str
) -> None:
    """Between sites, and between summer and winter."""
    await sold(garden, "Europe/Berlin", NOW)
    await sold(garden, "Europe/Berlin", SUMMER)
    head, body = (await admin.get(page)).text.split("<tbody>")
    assert "UTC+" not in head
    assert "CEST (UTC+2)" in body
    assert "CET (UTC+1)" in body
    await sold(garden, "Asia/Seoul", NOW)
    head, body = (await admin.get(page)).text.split("<tbody>")
    assert "UTC+" not in head
    assert "KST (UTC+9)" in body
    if page == "/sessions":
        assert 'data-zone="Asia/Seoul"' in head
