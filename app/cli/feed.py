"""A running Halla, listened to over HTTP with a key: what its API says, and its live stream, joined again when lost.

Blocking on purpose: who uses it has nothing else to do than to wait for the next news.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.client import HTTPException, HTTPResponse
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

ANSWER_S = 10.0
SILENCE_S = 20.0
"""The stream tells the time every 5 s; after so long without a word it is lost."""
AGAIN_S = 2.0


class FeedError(Exception):
    """A sentence: what is wrong, and what to do."""


class Refused(FeedError):
    """It answers, but not to this key: trying again does not help."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that the stream said. `name`: status, meter, command, tick, resync; `lost`: the stream is away."""

    name: str
    body: Any = None


@dataclass(slots=True)
class Feed:
    """One Halla, by the address of its dashboard."""

    base: str
    key: str = field(repr=False)
    again_s: float = AGAIN_S

    def __post_init__(self) -> None:
        self.base = self.base.rstrip("/")
        if urlsplit(self.base).scheme not in ("http", "https"):
            raise Refused(f"{self.base} is no address; it begins with http:// or https://.")

    def get(self, path: str) -> Any:
        """What the API answers at `path`. Raises FeedError, Refused."""
        with self._open(path, ANSWER_S) as answer:
            try:
                return json.load(answer)
            except (ValueError, OSError, HTTPException) as error:
                raise FeedError(f"{self.base} answered no JSON: is that a Halla?") from error

    def events(self) -> Iterator[Event]:
        """The stream for ever; `lost` with a sentence when it breaks, then it is tried again. Raises Refused."""
        while True:
            try:
                with self._open("/live", SILENCE_S) as stream:
                    yield Event("joined")
                    yield from _read(stream)
                yield Event("lost", f"{self.base} ended the stream; joining again.")
            except Refused:
                raise
            except FeedError as error:
                yield Event("lost", str(error))
                time.sleep(self.again_s)
            except (OSError, HTTPException, ValueError):
                yield Event("lost", f"The stream of {self.base} broke off; joining again.")
                time.sleep(self.again_s)

    def _open(self, path: str, timeout_s: float) -> HTTPResponse:
        request = Request(self.base + path, headers={"Authorization": f"Bearer {self.key}"})
        try:
            answer: HTTPResponse = urlopen(request, timeout=timeout_s)
        except HTTPError as error:
            with error:
                if error.code in (401, 403):
                    raise Refused(
                        f"{self.base} does not know this key, or it may not look;"
                        " `halla apikey add` makes one."
                    ) from error
                raise FeedError(f"{self.base} answered {error.code} to {path}.") from error
        except (URLError, OSError, HTTPException) as error:
            reason = getattr(error, "reason", error)
            raise FeedError(
                f"No Halla answers at {self.base} ({reason}); is it running? Trying again."
            ) from error
        return answer


def _read(stream: HTTPResponse) -> Iterator[Event]:
    """Server-sent events: `event:` and `data:` lines, an empty line ends one."""
    name, data = "message", list[str]()
    for raw in stream:
        line = raw.decode("utf-8").rstrip("\r\n")
        if not line:
            if data:
                yield Event(name, json.loads("\n".join(data)))
            name, data = "message", []
        elif line.startswith("event:"):
            name = line[6:].strip()
        elif line.startswith("data:"):
            data.append(line[5:].lstrip())
