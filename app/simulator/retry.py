"""When to try to connect again, and what a refused connection means in plain words."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from websockets.exceptions import InvalidStatus, InvalidURI

__all__ = ["BackOff", "why"]


@dataclass(frozen=True, slots=True, kw_only=True)
class BackOff:
    """Waits between attempts to connect: doubling, with jitter (2.0.1 part 4, 5.3)."""

    first_s: float = 1.0
    most_s: float = 60.0
    jitter: float = 0.5

    def wait_s(self, attempt: int, rng: Random) -> float:
        """Seconds before attempt number `attempt` (1 is the first retry)."""
        wait_s = min(self.most_s, self.first_s * 2.0 ** min(attempt - 1, 16))
        return wait_s * (1.0 + rng.uniform(0.0, self.jitter))


def why(error: Exception, url: str) -> str:
    """A refused connection in a sentence that says what to do."""
    if isinstance(error, InvalidStatus):
        status = error.response.status_code
        hints = {
            401: "check the station's password",
            403: "the station is not allowed in",
            404: "the CSMS does not know this station or path",
            400: "the CSMS does not speak this OCPP version",
        }
        return f"{url} answered HTTP {status}: {hints.get(status, 'see the log of the CSMS')}"
    if isinstance(error, InvalidURI):
        return f"{url} is not a WebSocket address; it should look like ws://host:9000"
    return f"{url} cannot be reached ({error}); is the CSMS running?"
