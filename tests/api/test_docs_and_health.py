"""The description describes, the page is ours alone, and health tells the truth."""

import json
import re

import httpx
import pytest

from app.bus.nats import AWAY
from app.config import ROOT
from app.csms.context import Context
from app.domain.commands import Command, Outcome, OutcomeStatus


async def test_the_description_names_routes_keys_and_refusals(admin: httpx.AsyncClient) -> None:
    description = (await admin.get("/openapi.json")).json()
    assert description["info"]["title"] == "Halla"
    assert set(description["components"]["securitySchemes"]) == {"Bearer", "X-API-Key"}
    tags = {tag["name"] for tag in description["tags"]}
    for path, methods in description["paths"].items():
        for method, operation in methods.items():
            assert operation["summary"], path
            assert set(operation["tags"]) <= tags, path
            assert operation["description"], path
            for parameter in operation.get("parameters", ()):
                assert parameter.get("description"), (method, path, parameter["name"])
            if path == "/health":
                assert "security" not in operation
                continue
            assert operation["security"] == [{"Bearer": []}, {"X-API-Key": []}], (method, path)
            assert {"401", "403", "422"} <= set(operation["responses"]), (method, path)
    assert "HTTPValidationError" not in description["components"]["schemas"]
    assert "/docs" not in description["paths"]
    assert "/live" not in description["paths"]
    named = set(re.findall(r'"\$ref": "([^"]+)"', json.dumps(description)))
    there = {f"#/components/schemas/{name}" for name in description["components"]["schemas"]}
    assert named <= there


async def test_the_page_loads_nothing_from_elsewhere(admin: httpx.AsyncClient) -> None:
    answer = await admin.get("/docs")
    assert answer.headers["content-type"].startswith("text/html")
    assert "script-src 'self';" in answer.headers["Content-Security-Policy"]
    addresses = re.findall(r'(?:src|href)="([^"]+)"', answer.text)
    assert addresses
    for address in addresses:
        assert address.startswith("/")
        if address.startswith("/static/"):
            assert (ROOT / address.lstrip("/")).is_file(), address
    assert "<script>" not in answer.text


async def test_a_healthy_house_says_so(stranger: httpx.AsyncClient) -> None:
    answer = await stranger.get("/health")
    assert answer.status_code == 200
    body = answer.json()
    assert body["status"] == "healthy"
    assert body["database"]["status"] == "ok"
    assert body["bus"]["status"] == "ok"
    assert body["version"]


async def test_without_a_database_it_is_not_healthy(
    stranger: httpx.AsyncClient, context: Context
) -> None:
    await context.database.pool.close()
    answer = await stranger.get("/health")
    assert answer.status_code == 503
    assert answer.json()["status"] == "unhealthy"
    assert "HALLA_DATABASE_URL" in answer.json()["database"]["message"]
    assert answer.json()["bus"]["status"] == "ok"


@pytest.mark.parametrize("outcome", [Outcome(status=OutcomeStatus.TIMED_OUT), AWAY])
async def test_a_dumb_bus_is_not_healthy(
    stranger: httpx.AsyncClient,
    context: Context,
    monkeypatch: pytest.MonkeyPatch,
    outcome: Outcome,
) -> None:
    async def ask(station_id: str, command: Command, timeout_s: float) -> Outcome:
        return outcome

    monkeypatch.setattr(context.bus, "ask", ask)
    answer = await stranger.get("/health")
    assert answer.status_code == 503
    assert "HALLA_NATS_URL" in answer.json()["bus"]["message"]
