"""What a bus is: one contract, kept by `memory` (one process) and `nats` (several), proven by one test over both."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from app.domain.changes import Change
from app.domain.commands import Command, Outcome

CommandHandler = Callable[[Command], Awaitable[Outcome]]


def nobody_minds() -> None:
    """For owners that need not know that a newer one is there."""


class Bus(Protocol):
    """News go to everybody who listens now; a question goes to the one process that holds the station's socket."""

    async def publish(self, change: Change) -> None:
        """Tell everybody. Never waits for a listener, never raises for the lack of one."""

    def listen(
        self, queue_size: int = 10_000
    ) -> AbstractAsyncContextManager[AsyncIterator[Change | None]]:
        """Hear all news from now on. None in the stream: some were lost, ask for a snapshot."""

    async def ask(self, station_id: str, command: Command, timeout_s: float) -> Outcome:
        """Have `command` carried out. OFFLINE if no process holds the station, TIMED_OUT after `timeout_s`.

        OFFLINE with a description: the bus itself is away; nothing was sent, nor will be.
        """

    async def held(self, station_id: str, timeout_s: float) -> bool | None:
        """Whether a process holds the station's socket at this moment; None: nobody said within `timeout_s`."""

    async def serve(
        self,
        station_id: str,
        handler: CommandHandler,
        since: int = 0,
        taken: Callable[[], None] = nobody_minds,
    ) -> Callable[[], Awaitable[None]]:
        """Own a station: its commands come to `handler`. Returns how to let go of it.

        The newest owner wins. `since`: what tells who is newer, where several processes cannot see each other.
        `taken` is called once a newer owner is known of, also if that one was there first: this one is none any more.
        """

    async def close(self) -> None:
        """Stop; listeners' streams end."""
