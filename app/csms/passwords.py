"""Passwords of people and of charging stations: hashed with Argon2id, never kept in clear.

Hashing is slow on purpose, so it happens in threads, a few at a time, and the line before them is
bounded. Who may sign in is `app.csms.accounts`' business, who may connect is the ingress'.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError

from app.domain.errors import Unavailable

PEOPLE = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
"""OWASP's recommendation for passwords that people choose: about 20 ms."""

STATIONS = PasswordHasher(time_cost=1, memory_cost=8 * 1024, parallelism=1)
"""For the random secrets of stations, of which thousands connect at once after a power cut."""

AT_ONCE = 2
MAX_WAITING = 4096
WAIT_S = 30.0

_threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="passwords")
_waiting = 0

T = TypeVar("T")


async def hash_password(text: str, hasher: PasswordHasher = PEOPLE) -> str:
    """An Argon2id hash of `text` in its usual text form. Raises Unavailable when too many wait."""
    return await _in_thread(lambda: hasher.hash(text))


async def verify(password_hash: str | None, text: str) -> bool:
    """Whether `text` is the password. None is nobody's hash: as slow, and never right.

    Raises Unavailable when too many wait.
    """
    if password_hash is None:
        await hash_password(text)
        return False
    known: str = password_hash
    return await _in_thread(lambda: _matches(known, text))


def _matches(password_hash: str, text: str) -> bool:
    try:
        return PEOPLE.verify(password_hash, text)
    except (VerifyMismatchError, VerificationError, InvalidHashError):
        return False


async def _in_thread(function: Callable[[], T]) -> T:
    global _waiting
    if _waiting >= MAX_WAITING:
        raise Unavailable("Too many passwords are being checked at the moment; try again shortly.")
    _waiting += 1
    try:
        async with asyncio.timeout(WAIT_S):
            return await asyncio.get_running_loop().run_in_executor(_threads, function)
    except TimeoutError as error:
        raise Unavailable(
            "Checking the password took too long, the server is busy; try again shortly."
        ) from error
    finally:
        _waiting -= 1
