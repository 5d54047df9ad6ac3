"""The bus between processes, over NATS core (at most once, which is enough: the database is the truth)."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

import nats
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from nats.errors import Error, NoRespondersError
from nats.errors import TimeoutError as NatsTimeoutError

from app.bus.codec import decode_change, decode_command, decode_outcome, encode, encode_outcome
from app.bus.memory import drain, offer
from app.bus.port import CommandHandler, nobody_minds
from app.bus.subjects import CHANGES, commands_of
from app.domain.changes import Change
from app.domain.commands import Command, Outcome, OutcomeStatus

logger = logging.getLogger(__name__)

__all__ = ["Error", "NatsBus", "connect"]

CONNECT_S = 5
FLUSH_S = 10
"""How long it may take until the server knows what one listens to."""
MOST_COMMANDS = 1000
"""How many commands one process carries out at once."""


PRESENCE = b""
"""The question whether somebody holds a station, and its answer: a message without a command."""
AWAY = Outcome(
    status=OutcomeStatus.OFFLINE,
    description="The bus between Halla's processes is away, so nothing was sent; try again when NATS is back.",
)
"""Given to the client now, a command would leave when the server is back, long after its asker was told that it
failed: a car would begin to charge out of the blue."""
TAKEN = b"taken "
"""Begins what an owner tells the others: the number of his connection; a greater one is newer."""


class NatsBus:
    """See `app.bus.port.Bus`. Owning a station is a subscription on its subject; no responders is offline."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._closed = asyncio.Event()
        self._queues: set[asyncio.Queue[Change | None]] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._owned: set[tuple[str, int]] = set()
        self._mute = False

    async def publish(self, change: Change) -> None:
        """News that cannot be told is lost: whoever missed it looks at the database when the bus is back."""
        try:
            await self._client.publish(CHANGES, encode(change))
        except (Error, OSError) as error:
            if not self._mute:
                logger.warning("NATS is away, news is lost until it is back: %s", error)
            self._mute = True
        else:
            self._mute = False

    @asynccontextmanager
    async def listen(self, queue_size: int = 10_000) -> AsyncIterator[AsyncIterator[Change | None]]:
        queue: asyncio.Queue[Change | None] = asyncio.Queue(queue_size)

        async def on_message(message: Msg) -> None:
            offer(queue, decode_change(message.data))

        subscription = await self._client.subscribe(CHANGES, cb=on_message)
        self._queues.add(queue)
        try:
            # Away at this very moment: it listens from when the server is back, and is told so then.
            with suppress(Error, OSError):
                await self._client.flush(FLUSH_S)
            yield drain(queue, self._closed)
        finally:
            self._queues.discard(queue)
            if not self._client.is_closed:
                await subscription.unsubscribe()

    async def ask(self, station_id: str, command: Command, timeout_s: float) -> Outcome:
        if not self._client.is_connected:
            return AWAY
        try:
            reply = await self._client.request(
                commands_of(station_id), encode(command), timeout=timeout_s
            )
        except NoRespondersError:
            return Outcome(status=OutcomeStatus.OFFLINE)
        except (NatsTimeoutError, TimeoutError):
            return Outcome(status=OutcomeStatus.TIMED_OUT)
        return decode_outcome(reply.data)

    async def held(self, station_id: str, timeout_s: float) -> bool | None:
        if not self._client.is_connected:
            return None
        try:
            await self._client.request(commands_of(station_id), PRESENCE, timeout=timeout_s)
        except NoRespondersError:
            return False
        except (NatsTimeoutError, TimeoutError):
            return None
        return True

    async def serve(
        self,
        station_id: str,
        handler: CommandHandler,
        since: int = 0,
        taken: Callable[[], None] = nobody_minds,
    ) -> Callable[[], Awaitable[None]]:
        subscription: Subscription | None = None
        owned = station_id, since
        lost = False

        async def carry_out(message: Msg) -> None:
            outcome = await handler(decode_command(message.data))
            await message.respond(encode_outcome(outcome))

        async def on_message(message: Msg) -> None:
            if message.data == PRESENCE:
                await message.respond(PRESENCE)
                return
            if message.data.startswith(TAKEN):
                await on_owner(int(message.data.removeprefix(TAKEN)))
                return
            # A task each: a station that is slow to answer must not hold up the next question.
            if len(self._tasks) >= MOST_COMMANDS:
                busy = Outcome(status=OutcomeStatus.ERROR, detail="Busy")
                await message.respond(encode_outcome(busy))
                return
            task = asyncio.create_task(carry_out(message))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

        async def on_owner(number: int) -> None:
            nonlocal lost
            if number > since and not lost:
                lost = True
                await let_go()
                taken()
            elif number < since and not lost:
                # it came late, and does not know that it is the older one
                await self._tell_owner(*owned)

        async def let_go() -> None:
            nonlocal subscription
            self._owned.discard(owned)
            if subscription is not None and not self._client.is_closed:
                held, subscription = subscription, None
                await held.unsubscribe()

        subscription = await self._client.subscribe(commands_of(station_id), cb=on_message)
        if lost:
            await let_go()
            return let_go
        self._owned.add(owned)
        await self._tell_owner(*owned)
        return let_go

    async def _tell_owner(self, station_id: str, since: int) -> None:
        """A command that two hold is sent twice, and the one whose socket is dead says that it is offline."""
        with suppress(Error, OSError):  # nobody hears it now; it is said when the server is back
            await self._client.publish(commands_of(station_id), TAKEN + b"%d" % since)

    async def tell_owners(self) -> None:
        """Say again who holds what: while there was no server, a station may have come in at two processes."""
        for station_id, since in tuple(self._owned):
            await self._tell_owner(station_id, since)

    def tell_listeners(self) -> None:
        """What others told while there was no server is lost here, and nobody else knows it."""
        for queue in self._queues:
            offer(queue, None)

    async def close(self) -> None:
        self._closed.set()
        for task in self._tasks:
            task.cancel()
        with suppress(Error, OSError):  # what still waits cannot be told when NATS is away
            await self._client.close()


async def connect(url: str) -> NatsBus:
    """Connect to a NATS server; raises its OSError or nats.errors.Error when there is none within 5 s.

    A server that is lost later is tried for again and again: the client would do so from the start.
    """
    connected = False
    last: OSError | Error = TimeoutError("no answer")
    bus: NatsBus | None = None

    async def note(error: Exception) -> None:
        nonlocal last
        if connected:
            logger.warning("NATS: %s", error)
        elif isinstance(error, OSError | Error):
            last = error

    async def back() -> None:
        if bus is not None:
            bus.tell_listeners()
            await bus.tell_owners()

    try:
        async with asyncio.timeout(CONNECT_S):
            client = await nats.connect(
                url,
                connect_timeout=CONNECT_S,
                max_reconnect_attempts=-1,
                allow_reconnect=True,
                error_cb=note,
                reconnected_cb=back,
            )
    except TimeoutError:
        raise last from None
    connected = True
    bus = NatsBus(client)
    return bus
