"""What of a frame may be written down: everything but passwords, keys and the tokens that people charge with.

Works on the text of a frame, also of one that was cut or is no JSON at all. Cheap for the many frames that hold
nothing secret: some searches for a substring.
"""

import json
import re
from typing import Any

MASK = "***"

_TOKEN = re.compile(r'(dT(?:ag|oken)"\s*:\s*)"(?:[^"\\]|\\.)*(?:"|$)')
"""idTag, parentIdTag, idToken, additionalIdToken."""

_LOGIN = re.compile(r"://[^/\s\"@]+@")
_SECRET_NAME = re.compile(r"password|passphrase|authorizationkey|secret|privatekey|simpin", re.I)
_ANY_VALUE = re.compile(
    r'("(?:attributeValue|value|data|[^"\\]*(?:assword|assphrase|ecret)[^"\\]*)"\s*:\s*)'
    r'"(?:[^"\\]|\\.)*("|$)'
)
_VALUES = frozenset({"value", "attributeValue", "data"})
_FREQUENT = frozenset(
    {
        "Heartbeat",
        "StatusNotification",
        "TransactionEvent",
        "MeterValues",
        "StartTransaction",
        "StopTransaction",
        "Authorize",
        "BootNotification",
    }
)
_VPN = frozenset({"user", "password", "key"})


def without_secrets(text: str, action: str | None = None) -> str:
    """`text` with the values of passwords, keys and id tokens hidden; what remains says the same.

    `action`: what the frame is about, if it is known; the frequent ones have no place for a password.
    """
    if "\\" in text and "\\u" in text:  # looking for one sign is thirty times as fast as for two
        text = _plain(text)
    if action not in _FREQUENT:
        if _may_hold_a_secret(text):
            text = _hidden(text)
        if "@" in text:
            text = _LOGIN.sub(f"://{MASK}@", text)
    return _without_tokens(text)


def _may_hold_a_secret(text: str) -> bool:
    return (
        "assword" in text
        or "uthorizationKey" in text
        or "ecret" in text
        or "imPin" in text
        or "assphrase" in text
        or "ASSWORD" in text
        or '"vpn"' in text
    )


def _without_tokens(text: str) -> str:
    """By looking for two letters instead of with one expression over the whole: several times as fast."""
    at = text.find("dT")
    if at < 0:
        return text
    parts: list[str] = []
    begin = 0
    while at >= 0:
        found = _TOKEN.match(text, at)
        if found is not None:
            parts += (text[begin : found.end(1)], f'"{MASK}"')
            begin = found.end()
        at = text.find("dT", at + 2 if found is None else begin)
    parts.append(text[begin:])
    return "".join(parts)


def hidden(content: Any) -> Any:
    """JSON that was read already, with the values of passwords and keys hidden."""
    return _walk(content, secret=False, vpn=False)


def _plain(text: str) -> str:
    """Without escapes that could hide a member's name."""
    try:
        return _written(json.loads(text))
    except (ValueError, RecursionError):
        return text


def _hidden(text: str) -> str:
    try:
        return _written(_walk(json.loads(text), secret=False, vpn=False))
    except (ValueError, RecursionError):  # cut, or never JSON: rather too much than too little
        return _ANY_VALUE.sub(rf'\1"{MASK}"', text)


def _walk(value: Any, *, secret: bool, vpn: bool) -> Any:
    if isinstance(value, list):
        return [_walk(item, secret=secret, vpn=vpn) for item in value]
    if not isinstance(value, dict):
        return value
    secret = secret or _names_a_secret(value)
    made = {}
    for name, item in value.items():
        hides = (secret and name in _VALUES) or (vpn and name in _VPN) or _SECRET_NAME.search(name)
        if hides and isinstance(item, str | int | float):
            made[name] = MASK
        else:
            made[name] = _walk(item, secret=secret, vpn=name == "vpn")
    return made


def _names_a_secret(value: dict[str, Any]) -> bool:
    """Whether this is a configuration key, or a variable of the device model, that holds a secret."""
    variable = value.get("variable")
    named = variable.get("name") if isinstance(variable, dict) else None
    named = named or value.get("key") or value.get("name")
    return isinstance(named, str) and _SECRET_NAME.search(named) is not None


def _written(content: Any) -> str:
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "replace").decode()  # half a surrogate pair is no character
