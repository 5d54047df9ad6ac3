"""However a station cuts its messages into frames and its frames into segments, the same messages arrive."""

import asyncio
import random
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.frames import CloseCode, Frame, Opcode, apply_mask
from websockets.protocol import State
from websockets.server import ServerProtocol

from app.ingress.connection import StationConnection, framed, whole_text

SHORT, LONG, LONGER = b'[3,"1",{}]', b"x" * 700, b"y" * 70_000
MASK = b"\x37\xfa\x21\x3d"


def frame(payload: bytes, first: int = 0x81) -> bytes:
    """A client's frame."""
    size = len(payload)
    if size < 126:
        head = bytes((first, 0x80 | size))
    elif size < 65_536:
        head = bytes((first, 0xFE)) + size.to_bytes(2, "big")
    else:
        head = bytes((first, 0xFF)) + size.to_bytes(8, "big")
    return head + MASK + apply_mask(payload, MASK)


PING, CONTINUED, LAST, CLOSE = 0x89, 0x01, 0x80, 0x88

SEGMENTS: dict[str, tuple[list[bytes], list[bytes]]] = {
    "one frame": ([frame(SHORT)], [SHORT]),
    "a longer frame": ([frame(LONG)], [LONG]),
    "the longest two-byte length": ([frame(b"z" * 65_535)], [b"z" * 65_535]),
    "an eight-byte length": ([frame(LONGER)], [LONGER]),
    "an empty frame": ([frame(b""), frame(SHORT)], [b"", SHORT]),
    "two frames in one segment": ([frame(SHORT) + frame(LONG)], [SHORT, LONG]),
    "a frame in two segments": ([frame(LONG)[:100], frame(LONG)[100:]], [LONG]),
    "cut in the head": ([frame(LONG)[:3], frame(LONG)[3:]], [LONG]),
    "a rest that looks like a frame": (
        [frame(frame(SHORT) * 2)[:20], frame(frame(SHORT) * 2)[20:], frame(SHORT)],
        [frame(SHORT) * 2, SHORT],
    ),
    "one and a half": ([frame(SHORT) + frame(LONG)[:9], frame(LONG)[9:]], [SHORT, LONG]),
    "fragments with a ping between": (
        [frame(b"[2,", CONTINUED), frame(b"hi", PING), frame(b"1]", LAST), frame(SHORT)],
        [b"[2,1]", SHORT],
    ),
    "a ping first": ([frame(b"", PING), frame(SHORT)], [SHORT]),
    "binary": ([frame(SHORT, 0x82)], [SHORT]),
}


@asynccontextmanager
async def served(
    busy_s: float = 0,
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter, "asyncio.Queue[bytes | int]"]]:
    """A raw client, and what the server hears: messages, then the close code. `busy_s`: how long with each."""
    heard: asyncio.Queue[bytes | int] = asyncio.Queue()

    async def hear(connection: ServerConnection) -> None:
        assert isinstance(connection, StationConnection)
        try:
            while True:
                message = await connection.receive()
                heard.put_nowait(bytes(message))
                await asyncio.sleep(busy_s)
                await connection.send_text(b"heard %d" % len(message))
        except ConnectionClosed:
            heard.put_nowait(connection.close_code or 0)

    async with serve(
        hear, "127.0.0.1", 0, create_connection=StationConnection, compression=None
    ) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        key = secrets.token_bytes(16).hex()[:22] + "=="
        writer.write(
            b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " + key.encode() + b"\r\n\r\n"
        )
        await reader.readuntil(b"\r\n\r\n")
        try:
            yield reader, writer, heard
        finally:
            writer.close()
            await writer.wait_closed()


@pytest.mark.parametrize("case", SEGMENTS)
async def test_the_same_messages_arrive(case: str) -> None:
    segments, messages = SEGMENTS[case]
    async with asyncio.timeout(10), served() as (_, writer, heard):
        for segment in segments:
            writer.write(segment)
            await writer.drain()
            await asyncio.sleep(0.02)  # so that it is a segment of its own
        assert [await heard.get() for _ in messages] == messages
        assert heard.empty()


async def test_the_order_is_kept_however_segments_and_answers_fall() -> None:
    """Whole frames, two in one segment, fragments, pings, while the reader waits and while it is busy."""
    chance = random.Random(20261120)
    segments, messages = [], []
    for number in range(0, 300, 2):
        one, other = (b"[2,%d]" % n for n in (number, number + 1))
        messages += [one, other]
        segments += chance.choice(
            (
                [frame(one), frame(other)],
                [frame(one) + frame(other)],
                [frame(one[:2], CONTINUED) + frame(one[2:], LAST), frame(other)],
                [frame(one[:2], CONTINUED), frame(b"", PING) + frame(one[2:], LAST) + frame(other)],
                [frame(one) + frame(other)[:5], frame(other)[5:]],
                [frame(b"", PING), frame(one), frame(other)],
            )
        )
    async with asyncio.timeout(30), served(busy_s=0.002) as (_, writer, heard):
        for segment in segments:
            writer.write(segment)
            await asyncio.sleep(chance.choice((0, 0, 0.001, 0.004)))
        assert [await heard.get() for _ in messages] == messages


async def test_a_reader_that_waits_learns_that_the_connection_is_gone() -> None:
    async with asyncio.timeout(10), served() as (_, writer, heard):
        writer.write(frame(SHORT))
        assert await heard.get() == SHORT
        writer.transport.abort()
        assert await heard.get() == CloseCode.ABNORMAL_CLOSURE


@pytest.mark.parametrize("length", [0, 125, 126, 65_535, 65_536])
def test_what_is_sent_is_the_frame_that_the_library_makes(length: int) -> None:
    message = b"x" * length
    assert framed(message) == Frame(Opcode.TEXT, message).serialize(mask=False)


async def test_answers_come_back_as_frames() -> None:
    async with asyncio.timeout(10), served() as (reader, writer, _):
        writer.write(frame(LONG))
        assert await reader.readexactly(11) == b"\x81\x09heard 700"


@pytest.mark.parametrize(
    ("segment", "code"),
    [
        (frame(b"\x03\xe8", CLOSE), CloseCode.NORMAL_CLOSURE),
        (b"\x81\x0a" + SHORT, CloseCode.PROTOCOL_ERROR),  # not masked
        (frame(SHORT, 0xC1), CloseCode.PROTOCOL_ERROR),  # a reserved bit
        (frame(b"[2", CONTINUED) + frame(SHORT), CloseCode.PROTOCOL_ERROR),
    ],
)
async def test_what_ends_a_connection_still_does(segment: bytes, code: int) -> None:
    async with asyncio.timeout(10), served() as (reader, writer, heard):
        writer.write(frame(SHORT))
        assert await heard.get() == SHORT
        writer.write(segment)
        goodbye = await reader.read()
        begin = goodbye.index(b"\x88") + 2
        assert int.from_bytes(goodbye[begin : begin + 2], "big") == code
        writer.close()
        await heard.get()
        assert heard.empty()


async def test_nothing_is_sent_after_the_end() -> None:
    async with asyncio.timeout(10):
        ended: asyncio.Future[StationConnection] = asyncio.get_running_loop().create_future()

        async def wait(connection: ServerConnection) -> None:
            assert isinstance(connection, StationConnection)
            await connection.wait_closed()
            with pytest.raises(ConnectionClosed):
                await connection.send_text(SHORT)
            ended.set_result(connection)

        async with serve(
            wait, "127.0.0.1", 0, create_connection=StationConnection, compression=None
        ) as server:
            port = next(iter(server.sockets)).getsockname()[1]
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(
                b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
            )
            await reader.readuntil(b"\r\n\r\n")
            writer.close()
            await ended


def test_the_straight_path_is_taken_for_a_whole_frame_only() -> None:
    protocol = ServerProtocol()
    protocol.state = State.OPEN
    assert whole_text(protocol, frame(LONG)) == LONG
    assert whole_text(protocol, frame(LONG) + b"\x81") is None
    assert whole_text(protocol, frame(LONG)[:-1]) is None
    assert whole_text(protocol, frame(LONGER)) is None
    protocol.current_size = 3  # in the middle of fragments
    assert whole_text(protocol, frame(LONG)) is None
