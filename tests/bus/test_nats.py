"""What holds of NATS alone."""

import asyncio
from urllib.parse import urlsplit

import pytest

from app.bus import nats
from app.domain.changes import StationsChanged
from app.domain.commands import Command, Outcome, OutcomeStatus, Reset, TriggerMessage
from tests.nats_server import find_nats_server, nats_server


async def test_a_server_that_is_not_there_is_told_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(nats, "CONNECT_S", 0.5)
    async with asyncio.timeout(20):
        with pytest.raises(ConnectionRefusedError):
            await nats.connect("nats://127.0.0.1:1")
    assert caplog.text == ""


async def test_who_is_the_owner_is_settled_when_the_server_is_back(nats_url: str) -> None:
    """A station may come in at another process while nobody hears anything; `nats_url` only skips without a server."""
    told: list[int] = []

    async def obey(_command: Command) -> Outcome:
        return Outcome(status=OutcomeStatus.ACCEPTED)

    program = find_nats_server()
    assert program is not None
    with nats_server(program) as url:
        one, other = await nats.connect(url), await nats.connect(url)
        await one.serve("S", obey, 1, lambda: told.append(1))
    # What waits to be sent is lost with its process' link: only what was served is known when the server is back.
    await other.serve("S", obey, 2, lambda: told.append(2))
    other._client._pending.clear()
    with nats_server(program, urlsplit(url).port):
        async with asyncio.timeout(20):
            while not told:
                await asyncio.sleep(0.05)
        await asyncio.sleep(0.2)
        await one.close()
        await other.close()
    assert told == [1]


async def test_who_listens_is_told_that_news_were_lost_when_the_server_is_back(
    nats_url: str,
) -> None:
    """What others told meanwhile never comes; `nats_url` only skips without a server."""
    program = find_nats_server()
    assert program is not None
    with nats_server(program) as url:
        bus = await nats.connect(url)
        listening = bus.listen()
        heard = await listening.__aenter__()
    with nats_server(program, urlsplit(url).port):
        async with asyncio.timeout(20):
            assert await anext(heard) is None
            await bus.publish(StationsChanged(stations=("S",)))
            assert await anext(heard) == StationsChanged(stations=("S",))
        await listening.__aexit__(None, None, None)
        await bus.close()


async def test_who_begins_to_listen_while_the_server_is_away_hears_it_when_it_is_back(
    nats_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A hub that gave up here would be deaf for ever; `nats_url` only skips without a server."""
    monkeypatch.setattr(nats, "FLUSH_S", 1)
    program = find_nats_server()
    assert program is not None
    with nats_server(program) as url:
        bus = await nats.connect(url)
    async with bus.listen() as heard, asyncio.timeout(20):
        with nats_server(program, urlsplit(url).port):
            assert await anext(heard) is None
            await bus.publish(StationsChanged(stations=("S",)))
            assert await anext(heard) == StationsChanged(stations=("S",))
            await bus.close()


async def test_a_command_that_could_not_be_sent_is_not_sent_when_the_server_is_back(
    nats_url: str,
) -> None:
    """Its asker was told that it failed; `nats_url` only skips without a server."""
    heard: list[Command] = []

    async def obey(command: Command) -> Outcome:
        heard.append(command)
        return Outcome(status=OutcomeStatus.ACCEPTED)

    program = find_nats_server()
    assert program is not None
    with nats_server(program) as url:
        bus = await nats.connect(url)
        await bus.serve("S", obey)
        assert await bus.ask("S", Reset(), 5) == Outcome(status=OutcomeStatus.ACCEPTED)
    async with asyncio.timeout(20):
        while bus._client.is_connected:
            await asyncio.sleep(0.05)
    heard.clear()
    refused = await bus.ask("S", Reset(), 1)
    assert await bus.held("S", 1) is None
    with nats_server(program, urlsplit(url).port):
        async with asyncio.timeout(20):
            while not heard:
                await bus.ask("S", TriggerMessage(message="Heartbeat"), 1)
                await asyncio.sleep(0.05)
        await bus.close()
    assert [type(command) for command in heard] == [TriggerMessage]
    assert refused == nats.AWAY
