"""Simulated sessions over the API: marked, and found by their numbers below zero like any other."""

import httpx

from tests.queries.planting import Garden


async def test_simulated_sessions_are_marked_and_come_after_the_real(
    admin: httpx.AsyncClient, garden: Garden
) -> None:
    await garden.station("A")
    real = await garden.transaction("A")
    for number in (-2, -1):
        await garden.transaction("A", id=number, transaction_id=f"SIM-A-{number}", simulated=True)
    first = (await admin.get("/api/v1/transactions", params={"limit": 2})).json()
    assert [(row["id"], row["simulated"]) for row in first["items"]] == [(real, False), (-1, True)]
    rest = (await admin.get("/api/v1/transactions", params={"before": first["next"]})).json()
    assert [row["id"] for row in rest["items"]] == [-2]
    one = await admin.get("/api/v1/transactions/-2")
    assert (one.status_code, one.json()["transaction_id"]) == (200, "SIM-A--2")
    for part in ("samples", "curve"):
        assert (await admin.get(f"/api/v1/transactions/-2/{part}")).status_code == 200
    log = (await admin.get("/api/usage-logs", params={"limit": 1, "before": -1})).json()
    assert [(row["id"], row["extra_data"]["simulated"]) for row in log] == [(-2, True)]
