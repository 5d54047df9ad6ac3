"""Changes, commands and outcomes as bytes: a tagged pair of the type's name and its fields."""

import msgspec

from app.domain import changes, commands
from app.domain.changes import Change
from app.domain.commands import Command, Outcome

_CHANGES: dict[str, type[Change]] = {kind.__name__: kind for kind in changes.CHANGES}
_ENVELOPE = msgspec.json.Decoder(tuple[str, msgspec.Raw])
_OUTCOME = msgspec.json.Decoder(commands.Outcome)


def encode(thing: Change | Command) -> bytes:
    """`["StationsChanged", {...}]`."""
    return msgspec.json.encode((type(thing).__name__, thing))


def decode_change(data: bytes) -> Change:
    """Raises msgspec.DecodeError for anything that is no change."""
    name, body = _ENVELOPE.decode(data)
    if name not in _CHANGES:
        raise msgspec.DecodeError(f"{name!r} is not a change")
    return msgspec.json.decode(body, type=_CHANGES[name])


def decode_command(data: bytes) -> Command:
    """Raises msgspec.DecodeError for anything that is no command."""
    name, body = _ENVELOPE.decode(data)
    kinds = {kind.__name__: kind for kind in Command.__subclasses__()}
    if name not in kinds:
        raise msgspec.DecodeError(f"{name!r} is not a command")
    return msgspec.json.decode(body, type=kinds[name])


def encode_outcome(outcome: Outcome) -> bytes:
    """An answer to a question."""
    return msgspec.json.encode(outcome)


def decode_outcome(data: bytes) -> Outcome:
    """Raises msgspec.DecodeError."""
    return _OUTCOME.decode(data)
