"""A station's socket while the protocol is logged. Without the log its class is the plain one, and nothing is paid."""

from __future__ import annotations

import re
from typing import Any

from app.ingress.admission import identity_in
from app.ingress.connection import StationConnection
from app.protocol_log.log import ProtocolLog

_SERIAL = re.compile(rb'"serialNumber"\s*:\s*"(SN-[^"\\]{1,255})"')


def connections(log: ProtocolLog | None) -> type[StationConnection]:
    """The class of connections that tell `log` of every frame."""
    return StationConnection if log is None else _logged(log)


def _logged(log: ProtocolLog) -> type[StationConnection]:
    class LoggedConnection(StationConnection):
        """Every frame passes by the log."""

        named = ""

        async def receive(self) -> bytes:
            frame = await super().receive()
            log.received("SERVER", self._station(frame), frame)
            return frame

        async def send(self, message: Any, text: bool | None = None) -> None:
            log.sent("SERVER", self.named, message)
            await super().send(message, text=text)

        async def send_text(self, message: bytes) -> None:
            await self.send(message, text=True)

        def _station(self, frame: bytes) -> str:
            """Its id; one that has none in its path says it in its first frame."""
            if not self.named:
                proven = self.admitted.proven if self.admitted else None
                found = _SERIAL.search(frame)
                said = identity_in(found[1].decode("utf-8", "replace")) if found else None
                self.named = proven.station_id if proven else said or ""
            return self.named

    return LoggedConnection
