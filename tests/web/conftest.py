"""The dashboard over a real database, and browsers: a stranger's, and one signed in for each role."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import httpx
import pytest
from fastapi import FastAPI

from app.csms.accounts import create_account, sign_in
from app.csms.audit import HALLA
from app.csms.context import Context
from app.domain.roles import Role
from app.store.database import Database
from app.web.app import create_app
from app.web.auth import SESSION_COOKIE
from tests.queries.planting import NOW, Garden

PASSWORD = "long enough to pass"

SignedInBrowser = Callable[[Role], Awaitable[httpx.AsyncClient]]


@pytest.fixture
def application(context: Context) -> FastAPI:
    return create_app(context)


@pytest.fixture
def garden(database: Database) -> Garden:
    return Garden(database)


def browser_of(application: FastAPI) -> httpx.AsyncClient:
    """A browser without a past."""
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(application),
        base_url="http://halla",
        headers={"Accept": "text/html", "Accept-Language": "en"},
    )


@pytest.fixture
async def stranger(application: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """Not signed in."""
    async with browser_of(application) as browser:
        yield browser


@pytest.fixture
async def signed_in(application: FastAPI, context: Context) -> AsyncIterator[SignedInBrowser]:
    """`await signed_in(role)`: a browser of somebody with that role, with the CSRF token of its pages."""
    async with AsyncExitStack() as stack:

        async def enter(role: Role) -> httpx.AsyncClient:
            await create_account(context, HALLA, f"a {role}", PASSWORD, role)
            told = await sign_in(context, f"a {role}", PASSWORD)
            browser = await stack.enter_async_context(browser_of(application))
            browser.cookies.set(SESSION_COOKIE, told.token)
            browser.headers["X-CSRF-Token"] = told.csrf_token
            return browser

        yield enter


@pytest.fixture
async def admin(signed_in: SignedInBrowser) -> httpx.AsyncClient:
    return await signed_in(Role.ADMIN)


@pytest.fixture
async def planted(garden: Garden) -> Garden:
    """A site with a charger in each state, one of them charging with readings, one that waits for approval."""
    site = await garden.location()
    for name, status in (("AVAILABLE", "Available"), ("FAULTED", "Faulted"), ("BUSY", "Occupied")):
        await garden.station(name, location_id=site, online=True)
        await garden.connector(
            name, status, error_code="GroundFailure" if name == "FAULTED" else None
        )
    await garden.station("OFFLINE", location_id=site, online=False, disconnected_at=NOW)
    await garden.station("<b>NEW", online=True, registration="pending")
    number = await garden.charging("BUSY", id_token="card-1", soc_percent=63.0)
    for minute in range(5):
        await garden.sample(
            "BUSY",
            NOW.replace(minute=minute),
            transaction_id=number,
            power_w=90_000.0 - minute,
            energy_wh=minute * 1_500,
        )
    await garden.transaction(
        "AVAILABLE",
        transaction_id="tx0",
        ended_at=NOW,
        stop_reason="Local",
        energy_wh=416.67,
        cost=63,
    )
    await garden.put(
        "station_command",
        station_id="BUSY",
        action="InstallChargingProfile",
        request='{"profile": {"purpose": "TxProfile", "periods": [{"start_s": 0, "limit_w": 50000.0}]}}',
        requested_by="kim",
        requested_at=NOW,
        status="rejected",
        detail="NoProfile",
        latency_ms=800.0,
    )
    return garden
