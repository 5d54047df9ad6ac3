"""How stations prove who they are, changed from here: passwords, security profiles; and what they tell of attacks.

Certificates are `app.csms.certificates`' business, deciding about one connection the door's.
"""

import secrets
from collections.abc import Sequence

from sqlalchemy import text

from app.csms import passwords
from app.csms.actors import Actor
from app.csms.audit import note
from app.csms.batch import Batch
from app.csms.commands import CommandResult, carry_out, resolve
from app.csms.context import Context
from app.csms.work import batch_work, work
from app.domain.certificates import (
    OfferSecurityProfile,
    PasswordTaken,
    PreferNetworkProfiles,
    SecurityEventReported,
    SetStationPassword,
)
from app.domain.commands import OutcomeStatus, Reset, ResetKind
from app.domain.errors import Conflict, Invalid
from app.domain.reports import Answer, Received
from app.store.security import EventRow, RefusalRow, save_events, save_refusals

Refusal = RefusalRow

MIN_PASSWORD, MAX_PASSWORD = 16, 40
"""What a station has to accept (A00.FR.205, configuration key AuthorizationKey)."""

HIGHEST_PROFILE = 3

HELD_S = 5.0
"""How long it may take to hear whether a station's socket is held."""

_OFFER_PASSWORD = """
INSERT INTO station_security (station_id, next_password_hash) VALUES (%(station)s, %(hash)s)
ON CONFLICT (station_id) DO UPDATE SET next_password_hash = excluded.next_password_hash
"""
_OFFERED_PASSWORD = "SELECT next_password_hash FROM station_security WHERE station_id = %s"
_FORGET_PASSWORD = """
UPDATE station_security SET next_password_hash = %(before)s
WHERE station_id = %(station)s AND next_password_hash = %(hash)s
"""
_MINIMUM = """
INSERT INTO station_security (station_id, minimum_profile) VALUES (:station, :profile)
ON CONFLICT (station_id) DO UPDATE SET minimum_profile = excluded.minimum_profile, wanted_profile = NULL
"""
_WANTED = """
INSERT INTO station_security (station_id, wanted_profile) VALUES (%(station)s, %(profile)s)
ON CONFLICT (station_id) DO UPDATE SET wanted_profile = excluded.wanted_profile
"""

_NOT_TAKEN = frozenset(
    {
        OutcomeStatus.REJECTED,
        OutcomeStatus.ERROR,
        OutcomeStatus.NOT_SUPPORTED,
        OutcomeStatus.INVALID,
    }
)
"""Ends of a command after which the station certainly goes on as before."""


def on_security_event(batch: Batch, received: Received) -> Answer:
    """A04: keep what a station tells of its security."""
    report = received.report
    assert isinstance(report, SecurityEventReported)
    batch.station(received.station_id)
    row = EventRow(
        station_id=received.station_id,
        type=report.type,
        at=report.at,
        tech_info=report.tech_info.replace("\x00", "?"),
        received_at=received.at,
    )
    batch.add(save_events, row)
    return Answer()


async def on_password_taken(context: Context, received: Received) -> Answer:
    """A01: whoever sent it, the station has a new password; the old one counts until the new one was seen."""
    report = received.report
    assert isinstance(report, PasswordTaken)
    if report.password:
        hashed = await passwords.hash_password(report.password, passwords.STATIONS)
        await _write(context, _OFFER_PASSWORD, station=received.station_id, hash=hashed)
    return Answer()


async def record_refusals(context: Context, refusals: Sequence[Refusal]) -> None:
    """Keep who was refused and why. Raises Unavailable."""
    async with batch_work(context) as unit:
        await save_refusals(unit.connection, refusals)


async def rotate_password(
    context: Context, actor: Actor, station_id: str, password: str | None = None
) -> CommandResult:
    """Give a station a new password for HTTP Basic authentication (A01); one is made up if none is given.

    The old one counts until the station has used the new one: nobody knows when it changes over, and an answer may
    be lost. If the station refuses, or nothing was sent, the new one is forgotten. Raises Invalid for a password that
    no station can keep.
    """
    station = await resolve(context, station_id)
    new = password or make_password()
    if not MIN_PASSWORD <= len(new) <= MAX_PASSWORD or not new.isascii() or not new.isprintable():
        raise Invalid(
            f"A station's password has {MIN_PASSWORD} to {MAX_PASSWORD} letters, digits and signs.",
            field="password",
        )
    hashed = await passwords.hash_password(new, passwords.STATIONS)
    async with context.database.read() as connection:
        row = await (await connection.execute(_OFFERED_PASSWORD, (station.id,))).fetchone()
    before = None if row is None else row[0]
    await _write(context, _OFFER_PASSWORD, station=station.id, hash=hashed)
    result = await carry_out(context, actor, station.id, SetStationPassword(password=new))
    if result.outcome.status in _NOT_TAKEN or await _never_left(context, station.id, result):
        await _write(context, _FORGET_PASSWORD, station=station.id, hash=hashed, before=before)
    return result


async def _never_left(context: Context, station_id: str, result: CommandResult) -> bool:
    """Whether nobody can have sent it. Where two processes hold a station for a moment, both take a command, and the
    one whose socket is dead may be heard first: offline is certain if nobody holds it."""
    if result.outcome.status is not OutcomeStatus.OFFLINE:
        return False
    bus_is_away = result.outcome.description is not None
    return bus_is_away or await context.bus.held(station_id, HELD_S) is False


def make_password() -> str:
    """40 hexadecimal digits: as text what 2.x wants, and 20 bytes for stations that take it as a key (1.6).

    The first of these bytes occurs in no text, so that a key is never taken for one.
    """
    return "ff" + secrets.token_hex(MAX_PASSWORD // 2 - 1)


async def set_minimum_profile(
    context: Context, actor: Actor, station_id: str, profile: int
) -> None:
    """The security profile that a station's next connection has to have at least; 0: nothing is proven."""
    _check(profile, 0)
    station = await resolve(context, station_id)
    async with work(context) as w:
        values = {"station": station.id, "profile": profile}
        await (await w.session.connection()).execute(text(_MINIMUM), values)
        note(w, actor, "station.security_profile", f"station:{station.id}", least=profile)


async def upgrade_profile(
    context: Context,
    actor: Actor,
    station_id: str,
    profile: int,
    *,
    url: str | None = None,
    slot: int = 1,
    slots: tuple[int, ...] = (),
    message_timeout_s: int = 30,
    interface: str = "Wired0",
) -> CommandResult:
    """Have a station connect with a higher security profile (A05); once it did, a lower one is refused.

    Where connections have slots, `url` is put into `slot`, that slot is preferred (`slots`: all of them in order),
    and the station starts again. The result is the last step's, or that of the step that failed. Raises Conflict
    for a profile that is no upgrade, and where profile 3 is asked of a station without a certificate.
    """
    _check(profile, 1)
    station = await resolve(context, station_id)
    await _check_upgrade(context, station.id, profile)
    await _write(context, _WANTED, station=station.id, profile=profile)
    offer = OfferSecurityProfile(
        profile=profile,
        url=url,
        slot=slot,
        message_timeout_s=message_timeout_s,
        interface=interface,
    )
    result = await carry_out(context, actor, station.id, offer)
    if result.outcome.status is OutcomeStatus.ACCEPTED:
        prefer = PreferNetworkProfiles(slots=slots or (slot,))
        preferred = await carry_out(context, actor, station.id, prefer)
        if preferred.outcome.status is OutcomeStatus.NOT_SUPPORTED and not preferred.outcome.detail:
            return result  # connections have no slots: the station changes over by itself
        result = preferred
    if result.outcome.status is OutcomeStatus.ACCEPTED:
        result = await carry_out(context, actor, station.id, Reset(kind=ResetKind.ON_IDLE))
    if result.outcome.status in _NOT_TAKEN:
        await _write(context, _WANTED, station=station.id, profile=None)
    return result


async def _check_upgrade(context: Context, station_id: str, profile: int) -> None:
    async with context.database.read() as connection:
        cursor = await connection.execute(
            "SELECT password_hash IS NOT NULL OR x.next_password_hash IS NOT NULL,"
            " coalesce(x.profile, 0), coalesce(x.minimum_profile, 0)"
            " FROM station LEFT JOIN station_security x ON x.station_id = id WHERE id = %s",
            (station_id,),
        )
        row = await cursor.fetchone()
    assert row is not None
    has_password, current, minimum = row
    if profile < minimum or profile < current:
        raise Conflict(
            f"{station_id} has security profile {max(current, minimum)} already; it is not lowered from here."
        )
    if profile < HIGHEST_PROFILE and not has_password:
        raise Conflict(f"{station_id} needs a password first, for security profiles 1 and 2.")


def _check(profile: int, least: int) -> None:
    if not least <= profile <= HIGHEST_PROFILE:
        raise Invalid(
            f"A security profile is a number from {least} to {HIGHEST_PROFILE}.",
            field="security_profile",
        )


async def _write(context: Context, statement: str, **values: object) -> None:
    async with batch_work(context) as unit:
        await unit.connection.execute(statement, values)
