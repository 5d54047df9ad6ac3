"""From a connector to its sessions."""

import httpx

from tests.conftest import Clock
from tests.queries.planting import NOW, Garden


async def test_a_connector_leads_to_its_sessions(
    admin: httpx.AsyncClient, garden: Garden, clock: Clock
) -> None:
    """By its EVSE's number; where an EVSE has two connectors, by its own besides."""
    clock.now = NOW
    await garden.station("A&B", online=True)
    for evse, connector in ((1, 1), (2, 1), (2, 2)):
        place = {"station_id": "A&B", "evse_id": evse, "connector_id": connector}
        await garden.put("connector", **place)
    await garden.transaction("A&B", transaction_id="one", ended_at=NOW)
    await garden.transaction("A&B", transaction_id="two", evse_id=2, ended_at=NOW)
    await garden.charging("A&B", transaction_id="three", evse_id=2, connector_id=2)
    html = (await admin.get("/connectors")).text
    for connector, sessions in (("1", {"one"}), ("2.1", {"two"}), ("2.2", {"three"})):
        assert f'href="/sessions?station=A%26B&amp;connector={connector}"' in html
        found = (await admin.get(f"/sessions?station=A%26B&connector={connector}")).text
        assert {name for name in ("one", "two", "three") if f">{name}</span>" in found} == sessions
        assert f'name="connector" value="{connector}"' in found
    both = (await admin.get("/sessions?station=A%26B&connector=2")).text
    assert ">two</span>" in both
    assert ">three</span>" in both
    assert html.count("95.0 kW") == 1, "the session runs at one of the two"
