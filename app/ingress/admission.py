"""Who may open a socket: decided before the upgrade, from the path, the subprotocols and the Authorization header.

The path's last segment is the station's identity. A path without one is let through for simulators that name
themselves only in BootNotification; they are admitted there (`Admitted.station_id` is None until then).
"""

from __future__ import annotations

import base64
import binascii
import hmac
import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import unquote, urlsplit

from app.csms import passwords, provisioning
from app.csms.context import Context
from app.domain.errors import CsmsError, NotRegistered, NotSignedIn, Unavailable
from app.ingress.dialects import DIALECTS, WITHOUT_SUBPROTOCOL, Dialect

logger = logging.getLogger(__name__)

_SERIAL = re.compile(r"SN-(.+)-\d+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Admitted:
    """May come in. `subprotocol`: what is answered in the handshake; None when the station offered none."""

    dialect: Dialect
    subprotocol: str | None
    station_id: str | None
    authorization: str | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """May not come in: an HTTP status and a sentence about what to do."""

    status: HTTPStatus
    sentence: str


async def admit(
    context: Context, path: str, offered: Sequence[str], authorization: str | None
) -> Admitted | Refused:
    """Decide about one handshake. `offered`: the station's subprotocols in its own order of preference."""
    subprotocol = next((name for name in offered if name in DIALECTS), None)
    if offered and subprotocol is None:
        return Refused(
            HTTPStatus.BAD_REQUEST,
            f"None of the offered subprotocols ({', '.join(offered)[:200]}) is spoken here;"
            f" offer one of {', '.join(DIALECTS)}.",
        )
    identity = identity_of(path)
    try:
        station_id = identity and await authenticate(context, identity, authorization)
    except NotRegistered as error:
        return Refused(HTTPStatus.NOT_FOUND, error.message)
    except NotSignedIn as error:
        return Refused(HTTPStatus.UNAUTHORIZED, error.message)
    except Unavailable as error:
        return Refused(HTTPStatus.SERVICE_UNAVAILABLE, error.message)
    except CsmsError as error:
        return Refused(HTTPStatus.FORBIDDEN, error.message)
    if subprotocol is None:
        logger.info(
            "%s offers no subprotocol: taken for %s", identity, WITHOUT_SUBPROTOCOL.subprotocol
        )
    return Admitted(
        dialect=DIALECTS[subprotocol] if subprotocol else WITHOUT_SUBPROTOCOL,
        subprotocol=subprotocol,
        station_id=station_id,
        # Needed once more only by a station that has yet to say who it is.
        authorization=authorization if station_id is None else None,
    )


async def authenticate(context: Context, identity: str, authorization: str | None) -> str:
    """The station's own id, for an identity that may be an alias.

    Raises NotRegistered for one that may not come in, NotSignedIn when its password is not the one that is kept.
    """
    admission = await provisioning.admit(context, identity)
    if admission.password_hash is None:
        return admission.station_id
    user, password = _credentials(authorization)
    known = {identity, admission.station_id}
    named = any(hmac.compare_digest(user.encode(), name.encode()) for name in known)
    if not await passwords.verify(admission.password_hash if named else None, password):
        raise NotSignedIn(
            f"{identity} has a password: send it with HTTP Basic authentication, the user being"
            " the station's id."
        )
    return admission.station_id


def identity_of(path: str) -> str | None:
    """The last segment of a request's path, decoded; None if there is none."""
    segments = [segment for segment in urlsplit(path).path.split("/") if segment]
    return unquote(segments[-1]) if segments else None


def identity_in(serial_number: str | None) -> str | None:
    """The identity inside a serial number SN-<identity>-<number>."""
    found = _SERIAL.fullmatch(serial_number or "")
    return found[1] if found else None


def _credentials(authorization: str | None) -> tuple[str, str]:
    """(user, password) of a Basic header; empty for anything else.

    A password that is no text is a key in raw bytes (1.6 security extension): it is meant in hexadecimal.
    """
    scheme, _, encoded = (authorization or "").partition(" ")
    if scheme.lower() != "basic":
        return "", ""
    try:
        user, _, password = base64.b64decode(encoded.strip(), validate=True).partition(b":")
        name = user.decode()
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return "", ""
    try:
        return name, password.decode()
    except UnicodeDecodeError:
        return name, password.hex()
