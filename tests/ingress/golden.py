"""Golden frames: one JSON file per message variant, and how reports and answers are written in them.

A file holds `frame` (as the station sends it), `reports` (what it means; only fields that differ from their defaults),
`given` (what the living room answers) and `answer` (the frame that goes back). `findings`: deviations put right.
"""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Any

from app.domain.authorization import TokenInfo, TokenStatus
from app.domain.reports import Answer
from app.domain.stations import Registration

FRAMES = Path(__file__).resolve().parent.parent / "frames"
SUBPROTOCOLS = {
    "v16": "ocpp1.6",
    "v201": "ocpp2.0.1",
    "v21": "ocpp2.1",
    "legacy": "ocpp2.0.1",
    "field": "ocpp1.6",
}
RECEIVED_AT = datetime(2026, 1, 21, 10, 31, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Golden:
    """One file."""

    name: str
    subprotocol: str
    action: str
    frame: str
    content: dict[str, Any]


def golden_frames() -> list[Golden]:
    """All of them, by folder and name."""
    found = []
    for path in sorted(FRAMES.glob("*/*.json")):
        content = json.loads(path.read_text(encoding="utf-8"))
        found.append(
            Golden(
                name=f"{path.parent.name}/{path.stem}",
                subprotocol=content.get("subprotocol", SUBPROTOCOLS[path.parent.name]),
                action=path.stem.split(".")[0],
                frame=json.dumps(content["frame"]),
                content=content,
            )
        )
    return found


def written(thing: Any) -> Any:
    """A report as it stands in a file: its type's name and every field that is not its default."""
    match thing:
        case datetime():
            return thing.isoformat().replace("+00:00", "Z")
        case Enum():
            return thing.value
        case Decimal():
            return str(thing)
    if hasattr(thing, "_fields"):
        defaults = {name: thing._field_defaults.get(name, _NONE) for name in thing._fields}
    elif dataclasses.is_dataclass(thing):
        defaults = {field.name: field.default for field in dataclasses.fields(thing)}
    elif isinstance(thing, tuple | list):
        return [written(item) for item in thing]
    else:
        return thing
    fields = {
        name: written(getattr(thing, name))
        for name, default in defaults.items()
        if default is _NONE or getattr(thing, name) != default
    }
    return {"is": type(thing).__name__, **fields}


_NONE = dataclasses.MISSING


def given(content: dict[str, Any] | None) -> Answer | None:
    """The living room's answer that a file names."""
    if content is None:
        return None
    kind = {"Answer": Answer, **{k.__name__: k for k in Answer.__subclasses__()}}[content["is"]]
    values = {name: value for name, value in content.items() if name != "is"}
    for name, value in values.items():
        if name == "now":
            values[name] = datetime.fromisoformat(value)
        elif name == "registration":
            values[name] = Registration(value)
        elif name in ("cost", "running_cost"):
            values[name] = Decimal(value)
        elif name == "token" and value is not None:
            expires = value.get("expires_at")
            values[name] = TokenInfo(
                status=TokenStatus(value["status"]),
                group=value.get("group"),
                expires_at=datetime.fromisoformat(expires) if expires else None,
            )
    answer: Answer = kind(**values)
    return answer
