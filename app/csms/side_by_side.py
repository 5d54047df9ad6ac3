"""Work of the same kind for many stations at once: who is silent takes no time away from the others."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

T = TypeVar("T")


async def side_by_side(do: Callable[[T], Awaitable[object]], many: Iterable[T], most: int) -> None:
    """`do` all of `many`, `most` at once. What fails harms itself only; the first error is raised at the end."""
    free = asyncio.Semaphore(most)

    async def one(each: T) -> None:
        async with free:
            await do(each)

    ended = await asyncio.gather(*(one(each) for each in many), return_exceptions=True)
    for error in ended:
        if isinstance(error, BaseException):
            raise error
