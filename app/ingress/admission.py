"""Who may open a socket: decided before the upgrade, from the path, the subprotocols, the password or certificate.

The path's last segment is the station's identity. A path without one is let through for simulators that name
themselves only in BootNotification; they are admitted there (`Admitted.station_id` is None until then).

Security profiles (2.0.1 part 2, A00): 0 nothing is proven, 1 a password, 2 a password over TLS, 3 a certificate whose
name is the station's.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from urllib.parse import unquote, urlsplit

from app.csms import passwords, provisioning
from app.csms.context import Context
from app.csms.provisioning import Admission
from app.domain.errors import (
    CsmsError,
    Locked,
    NotAllowed,
    NotRegistered,
    NotSignedIn,
    Unavailable,
)
from app.ingress import browsers
from app.ingress.dialects import DIALECTS, WITHOUT_SUBPROTOCOL, Dialect
from app.ingress.tls import Shown

logger = logging.getLogger(__name__)

_SERIAL = re.compile(r"SN-(.+)-\d+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Knock:
    """What is known of somebody at the door. `shown`: a certificate that was found good; `secure`: TLS is around it.

    `origin`: of the page whose browser it is; None for everybody else. `offered` may hold a browser's secrets.
    """

    path: str
    offered: Sequence[str] = field(default=(), repr=False)
    origin: str | None = None
    authorization: str | None = field(default=None, repr=False)
    remote_address: str = ""
    secure: bool = False
    shown: Shown | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Proven:
    """Who it is, and how that was proven. `new_password_hash`: of a password that is used for the first time."""

    station_id: str
    profile: int
    new_password_hash: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Admitted:
    """May come in. `subprotocol`: what is answered in the handshake; None when the station offered none.

    `proven` is None for a station that has yet to say who it is.
    """

    dialect: Dialect
    subprotocol: str | None
    knock: Knock
    proven: Proven | None


@dataclass(frozen=True, slots=True)
class Refused:
    """May not come in: an HTTP status, a sentence about what to do, and a word for lists."""

    status: HTTPStatus
    sentence: str
    code: str


class WrongCertificate(NotAllowed):
    """The certificate is another station's."""


class ProfileTooLow(NotAllowed):
    """This station has to prove more about itself."""


_REFUSALS: tuple[tuple[type[CsmsError], HTTPStatus, str], ...] = (
    (NotRegistered, HTTPStatus.NOT_FOUND, "not_registered"),
    (NotSignedIn, HTTPStatus.UNAUTHORIZED, "wrong_password"),
    (WrongCertificate, HTTPStatus.FORBIDDEN, "wrong_certificate"),
    (ProfileTooLow, HTTPStatus.FORBIDDEN, "profile_too_low"),
    (Unavailable, HTTPStatus.SERVICE_UNAVAILABLE, "busy"),
    (Locked, HTTPStatus.SERVICE_UNAVAILABLE, "busy"),
    (CsmsError, HTTPStatus.FORBIDDEN, "not_allowed"),
)


async def admit(context: Context, knock: Knock) -> Admitted | Refused:
    """Decide about one handshake. The subprotocols are in the station's own order of preference."""
    identity = identity_of(knock.path)
    if knock.origin is not None:
        try:
            knock = await browsers.let_in(context, knock, identity)
        except CsmsError as error:
            status, code = refused_with(error)
            return Refused(status, error.message, code)
    offered = knock.offered
    subprotocol = next((name for name in offered if name in DIALECTS), None)
    if offered and subprotocol is None:
        return Refused(
            HTTPStatus.BAD_REQUEST,
            f"None of the offered subprotocols ({', '.join(browsers.without_secrets(offered))[:200]}) is spoken here;"
            f" offer one of {', '.join(DIALECTS)}.",
            "subprotocol",
        )
    if not offered and context.settings.without_subprotocol == "deny":
        return Refused(
            HTTPStatus.BAD_REQUEST,
            f"No subprotocol is offered; offer one of {', '.join(DIALECTS)}.",
            "subprotocol",
        )
    try:
        proven = await authenticate(context, identity, knock) if identity else None
    except CsmsError as error:
        status, code = refused_with(error)
        return Refused(status, error.message, code)
    if subprotocol is None:
        logger.info(
            "%s offers no subprotocol: taken for %s", identity, WITHOUT_SUBPROTOCOL.subprotocol
        )
    return Admitted(
        dialect=DIALECTS[subprotocol] if subprotocol else WITHOUT_SUBPROTOCOL,
        subprotocol=subprotocol,
        # The password is needed once more only by a station that has yet to say who it is.
        knock=knock if proven is None else replace(knock, authorization=None),
        proven=proven,
    )


def refused_with(error: CsmsError) -> tuple[HTTPStatus, str]:
    """The HTTP status and the word for why somebody may not come in."""
    return next((status, code) for kind, status, code in _REFUSALS if isinstance(error, kind))


async def authenticate(context: Context, identity: str, knock: Knock) -> Proven:
    """The station's own id, for an identity that may be an alias, and how it was proven.

    Raises NotRegistered for one that may not come in, NotSignedIn when its password is not the one that is kept,
    WrongCertificate when it shows another's (A00.FR.405), ProfileTooLow when more is asked of it.
    """
    admission = await provisioning.admit(context, identity)
    names = {identity, admission.station_id}
    best = 3 if knock.shown else 2 if knock.secure else 1
    if best < admission.minimum_profile:
        raise _too_low(admission, best)
    if knock.shown is not None:
        if not names & knock.shown.names:
            raise WrongCertificate(
                f"{identity} shows a certificate of {', '.join(sorted(knock.shown.names))[:200] or 'nobody'};"
                " its common name, or an alternative name, has to be the station's id."
            )
        if admission.pinned_certificate not in (None, knock.shown.fingerprint):
            raise WrongCertificate(
                f"{identity} shows another certificate (SHA-256 {knock.shown.fingerprint}) than the one that was"
                " written down for it; write this one down, or none."
            )
        return Proven(station_id=admission.station_id, profile=3)
    proven = await _by_password(identity, admission, names, knock)
    if proven.profile < admission.minimum_profile:
        raise _too_low(admission, proven.profile)
    return proven


async def _by_password(
    identity: str, admission: Admission, names: set[str], knock: Knock
) -> Proven:
    current, coming = admission.password_hash, admission.next_password_hash
    profile = 2 if knock.secure else 1
    user, password = _credentials(knock.authorization)
    if current is None and (coming is None or not password):
        return Proven(station_id=admission.station_id, profile=0)
    named = any(hmac.compare_digest(user.encode(), name.encode()) for name in names)
    if current is not None and await passwords.verify(current if named else None, password):
        return Proven(station_id=admission.station_id, profile=profile)
    if coming is not None and named and await passwords.verify(coming, password):
        return Proven(station_id=admission.station_id, profile=profile, new_password_hash=coming)
    if current is None:
        return Proven(station_id=admission.station_id, profile=0)
    raise NotSignedIn(
        f"{identity} has a password: send it with HTTP Basic authentication, the user being"
        " the station's id."
    )


def _too_low(admission: Admission, profile: int) -> ProfileTooLow:
    wanted = {
        1: "a password (set one for it)",
        2: "TLS (wss://) and a password",
        3: "TLS (wss://) and a certificate of its own",
    }[admission.minimum_profile]
    return ProfileTooLow(
        f"{admission.station_id} has to connect with security profile {admission.minimum_profile}, that is"
        f" {wanted}; this connection has profile {profile}."
    )


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
