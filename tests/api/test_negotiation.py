"""One path, two doors: pages for people, data for programs. And which other pages may ask."""

from dataclasses import replace
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from app.api.app import add_api
from app.api.negotiation import is_program
from app.csms import accounts
from app.csms.audit import HALLA
from app.csms.context import Context
from app.domain.roles import Role
from app.web.app import create_app
from app.web.live import stream
from tests.queries.planting import Garden

HTML = {"Accept": "text/html,application/xhtml+xml"}


@pytest.mark.parametrize(
    ("headers", "program"),
    [
        ({}, True),
        ({"accept": "*/*"}, True),
        ({"accept": "application/json"}, True),
        ({"accept": "text/html"}, False),
        ({"accept": "text/html", "x-api-key": "k"}, True),
        ({"accept": "text/html", "authorization": "Bearer k"}, True),
        ({"accept": "text/html", "authorization": "Basic cHJveHk="}, False),
        ({"accept": "*/*", "hx-request": "true"}, False),
        ({"accept": "*/*", "cookie": "a=b; halla_session=x"}, False),
        ({"cookie": "halla_session=x", "x-api-key": "k"}, True),
        ({"cookie": "other=x"}, True),
    ],
)
def test_who_is_a_program(headers: dict[str, str], program: bool) -> None:
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    assert is_program({"type": "http", "headers": raw}) is program


@pytest.fixture
def whole(context: Context) -> FastAPI:
    """Pages and API, as the program puts them together; the origin of one other page is allowed."""
    settings = replace(context.settings, cors_origins=("https://maps.example.com",))
    context = replace(context, settings=settings)
    application = create_app(context)
    add_api(application, context)
    return application


async def test_a_charger_for_people_is_a_site_for_programs(
    whole: FastAPI, context: Context, garden: Garden, keys: dict[Role, str]
) -> None:
    await garden.station("A", location_id=await garden.location("here"), online=True)
    await garden.station("here")  # a charger and a site of one name
    await accounts.create_account(context, HALLA, "kim", "correct horse", Role.ADMIN)
    cookie = {"halla_session": (await accounts.sign_in(context, "kim", "correct horse")).token}
    key = {"X-API-Key": keys[Role.ADMIN]}
    transport = httpx.ASGITransport(whole)

    async def ask(method: str, path: str, **more: Any) -> httpx.Response:
        async with httpx.AsyncClient(transport=transport, base_url="http://halla") as client:
            client.cookies.update(more.pop("cookies", {}))
            return await client.request(method, path, **more)

    page = await ask("GET", "/stations/A", cookies=cookie, headers=HTML)
    assert (page.status_code, page.headers["Content-Type"][:9]) == (200, "text/html")
    assert (await ask("GET", "/stations/here", cookies=cookie)).text.startswith("<!doctype html>")
    data = await ask("GET", "/stations/here", headers=key)
    assert data.json()["total_chargers"] == 1
    assert (await ask("GET", "/stations/here", headers=key | HTML)).json() == data.json()
    hint = (await ask("GET", "/stations/A", headers=key)).json()["error"]
    assert "/chargers/A" in hint
    stranger = await ask("GET", "/stations/here")
    assert (stranger.status_code, stranger.headers["Content-Type"]) == (401, "application/json")
    led = await ask("GET", "/stations/here", headers=HTML)
    assert led.headers["Location"] == "/sign-in?next=%2Fstations%2Fhere"
    # the cookie alone never reaches the API, whatever the method
    for method in ("PUT", "DELETE"):
        answer = await ask(method, "/stations/here", cookies=cookie, json={"name": "x"})
        assert answer.status_code in (403, 404, 405), method
    assert (await ask("GET", "/stations/here", headers=key)).json()["station_name"] != "x"
    changed = await ask("PUT", "/stations/here", headers=key, json={"name": "새 이름"})
    assert changed.json()["station_name"] == "새 이름"
    waiting = await ask("GET", "/stations/waiting", cookies=cookie, headers=HTML)
    assert waiting.status_code == 200, "pages below the same path are untouched"
    # other origins
    origin = {"Origin": "https://maps.example.com"}
    wish = origin | {
        "Access-Control-Request-Method": "GET",
        "Access-Control-Request-Headers": "x-api-key",
    }
    asked = await ask("OPTIONS", "/geo/chargers", headers=wish)
    assert (asked.status_code, asked.headers["Access-Control-Allow-Origin"]) == (
        200,
        "https://maps.example.com",
    )
    given = await ask("GET", "/geo/chargers", headers=origin | key)
    assert given.headers["Access-Control-Allow-Origin"] == "https://maps.example.com"
    assert "Access-Control-Allow-Credentials" not in given.headers
    other = await ask("GET", "/geo/chargers", headers={"Origin": "https://evil.example"} | key)
    assert "Access-Control-Allow-Origin" not in other.headers
    pages = await ask("GET", "/sites", cookies=cookie, headers=origin | HTML)
    assert "Access-Control-Allow-Origin" not in pages.headers
    # a page of ours at a path of the originals
    operations = await ask("GET", "/operations", cookies=cookie, headers=HTML)
    assert (operations.status_code, operations.headers["Content-Type"][:9]) == (200, "text/html")


@pytest.mark.parametrize("path", ["/live", "/openapi.json"])
async def test_the_stream_and_the_description_are_open_to_an_allowed_origin(
    whole: FastAPI, keys: dict[Role, str], monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    monkeypatch.setattr(stream, "LIFE_S", 0.05)
    origin = {"Origin": "https://maps.example.com"}
    wish = {
        "Access-Control-Request-Method": "GET",
        "Access-Control-Request-Headers": "x-api-key, last-event-id",
    }
    transport = httpx.ASGITransport(whole)
    async with httpx.AsyncClient(transport=transport, base_url="http://halla") as client:
        asked = await client.request("OPTIONS", path, headers=origin | wish)
        key = {"X-API-Key": keys[Role.VIEWER]}
        given = await client.get(path, headers=origin | key)
        other = await client.get(path, headers={"Origin": "https://evil.example"} | key)
    for answer in (asked, given):
        assert answer.status_code == 200
        assert answer.headers["Access-Control-Allow-Origin"] == origin["Origin"]
        assert "Access-Control-Allow-Credentials" not in answer.headers
    assert "Access-Control-Allow-Origin" not in other.headers


async def test_no_other_origin_by_default(admin: httpx.AsyncClient) -> None:
    answer = await admin.get("/chargers", headers={"Origin": "https://maps.example.com"})
    assert answer.status_code == 200
    assert not [name for name in answer.headers if name.startswith("access-control")]
