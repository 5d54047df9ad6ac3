"""The API over a real database: a client without a key, one per role, and stations that answer on the bus."""

from collections.abc import AsyncIterator, Awaitable, Callable

import httpx
import pytest
from fastapi import FastAPI

from app.api.app import add_api
from app.csms.accounts import create_api_key
from app.csms.audit import HALLA
from app.csms.context import Context
from app.domain.commands import Command, Outcome
from app.domain.roles import Role
from app.store.database import Database
from tests.queries.planting import Garden


@pytest.fixture
def garden(database: Database) -> Garden:
    return Garden(database)


@pytest.fixture
def application(context: Context) -> FastAPI:
    made = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    add_api(made, context)
    return made


@pytest.fixture
async def stranger(application: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """Sends no key."""
    transport = httpx.ASGITransport(application)
    async with httpx.AsyncClient(transport=transport, base_url="http://halla") as client:
        yield client


@pytest.fixture
async def keys(context: Context) -> dict[Role, str]:
    """A key of each role."""
    return {role: await create_api_key(context, HALLA, f"test {role}", role) for role in Role}


@pytest.fixture
async def admin(stranger: httpx.AsyncClient, keys: dict[Role, str]) -> httpx.AsyncClient:
    """May do everything."""
    stranger.headers["Authorization"] = f"Bearer {keys[Role.ADMIN]}"
    return stranger


class Answers:
    """Stations that hold a socket: `to` says what one answers; what it was asked is kept."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.asked: list[Command] = []

    async def to(
        self, station_id: str, answer: Outcome | Callable[[Command], Awaitable[Outcome]]
    ) -> None:
        async def handle(command: Command) -> Outcome:
            self.asked.append(command)
            return answer if isinstance(answer, Outcome) else await answer(command)

        await self.context.bus.serve(station_id, handle)


@pytest.fixture
def answers(context: Context) -> Answers:
    return Answers(context)
