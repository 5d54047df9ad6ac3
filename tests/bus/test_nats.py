"""What holds of NATS alone."""

import asyncio

import pytest

from app.bus import nats


async def test_a_server_that_is_not_there_is_told_once(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(nats, "CONNECT_S", 0.5)
    async with asyncio.timeout(20):
        with pytest.raises(ConnectionRefusedError):
            await nats.connect("nats://127.0.0.1:1")
    assert caplog.text == ""
