"""What is too long is refused before it is read, whoever sends it and whether it was announced."""

from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI

from app.api.app import add_api
from app.csms.context import Context
from app.web.bodies import MOST

CHUNK = b"x" * 1024 * 1024
FILE = b'--b\r\nContent-Disposition: form-data; name="f"; filename="f"\r\n\r\n'


@pytest.mark.parametrize(
    ("path", "kind", "begin"),
    [
        ("/chargers", "application/json", b'{"charger_id": "'),
        ("/connectors/A/1/1/start", "multipart/form-data; boundary=b", FILE),
    ],
)
async def test_a_stranger_cannot_fill_memory_or_disk(
    application: FastAPI,
    context: Context,
    stranger: httpx.AsyncClient,
    path: str,
    kind: str,
    begin: bytes,
) -> None:
    add_api(application, context)
    taken = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal taken
        yield begin
        for _ in range(64):
            taken += 1
            yield CHUNK

    headers = {"Content-Type": kind, "Accept": "*/*"}
    answer = await stranger.post(path, content=endless(), headers=headers)
    assert answer.status_code == 413
    assert taken * len(CHUNK) <= MOST + len(CHUNK), "the rest was not even taken"
    announced = await stranger.post(path, headers=headers | {"Content-Length": str(MOST + 1)})
    assert announced.status_code == 413
    assert announced.headers["X-Content-Type-Options"] == "nosniff"


async def test_what_fits_goes_through(stranger: httpx.AsyncClient) -> None:
    answer = await stranger.post("/sign-in", data={"name": "nobody", "password": "wrong"})
    assert answer.status_code != 413
