"""The verbs with which charging profiles are set, read and cleared (K01, K09, K10).

A power limit (`app.csms.smart_charging`) is the short way to a profile; here is the whole of it. What stations tell of
theirs is in `app.csms.charging_reports`.
"""

from dataclasses import replace

from app.csms.actors import Actor
from app.csms.commands import CommandResult, carry_out, request_number, resolve
from app.csms.context import Context
from app.domain.charging_profiles import ProfileCriteria
from app.domain.commands import ClearChargingProfile, GetChargingProfiles, InstallChargingProfile
from app.domain.errors import Conflict, Invalid
from app.domain.smart_charging import ChargingProfile, ProfilePurpose, checked_profile

_RUNNING = """
SELECT transaction_id FROM transaction WHERE station_id = %s AND evse_id = %s AND ended_at IS NULL
ORDER BY id DESC LIMIT 1
"""


async def set_profile(
    context: Context, actor: Actor, station_id: str, profile: ChargingProfile, evse_id: int = 0
) -> CommandResult:
    """Install `profile` at an EVSE (0: the station) (K01). A TxProfile without a transaction is for the running one.

    Raises Invalid for what no station may be asked for, Conflict when there is no transaction to be found.
    """
    station = await resolve(context, station_id)
    if profile.purpose is ProfilePurpose.TX and profile.transaction is None and evse_id > 0:
        transaction = await _running(context, station.id, evse_id)
        profile = replace(profile, transaction=transaction)
    command = InstallChargingProfile(evse_id=evse_id, profile=checked_profile(profile, evse_id))
    return await carry_out(context, actor, station.id, command, evse_id=evse_id)


async def get_profiles(
    context: Context, actor: Actor, station_id: str, criteria: ProfileCriteria | None = None
) -> CommandResult:
    """Have the station report its profiles (K09); they are in `queries.charging_profiles` when the series ends."""
    station = await resolve(context, station_id)
    of = criteria or ProfileCriteria()
    command = GetChargingProfiles(
        request_id=request_number(),
        evse_id=of.evse_id,
        purpose=of.purpose,
        stack_level=of.stack_level,
        profile_ids=of.profile_ids,
        sources=of.sources,
    )
    return await carry_out(context, actor, station.id, command, evse_id=of.evse_id)


async def clear_profiles(
    context: Context, actor: Actor, station_id: str, criteria: ProfileCriteria
) -> CommandResult:
    """Take away one profile, by its id, or all of an EVSE, a purpose, a stack level (K10).

    Raises Invalid for criteria that the protocol cannot say.
    """
    station = await resolve(context, station_id)
    others = (criteria.evse_id, criteria.purpose, criteria.stack_level)
    if len(criteria.profile_ids) > 1 or criteria.sources:
        raise Invalid("Profiles are cleared by one id, or by EVSE, purpose and stack level.")
    if criteria.profile_ids and others != (None, None, None):
        raise Invalid("Name a profile's id, or criteria; not both.")
    if not criteria.profile_ids and others == (None, None, None):
        raise Invalid("Name a profile's id, an EVSE, a purpose or a stack level.")
    command = ClearChargingProfile(
        profile_id=criteria.profile_ids[0] if criteria.profile_ids else None,
        evse_id=criteria.evse_id,
        purpose=criteria.purpose,
        stack_level=criteria.stack_level,
    )
    return await carry_out(context, actor, station.id, command, evse_id=criteria.evse_id)


async def _running(context: Context, station_id: str, evse_id: int) -> str:
    async with context.database.read() as connection:
        row = await (await connection.execute(_RUNNING, (station_id, evse_id))).fetchone()
    if row is None:
        raise Conflict("Nothing is charging at this EVSE; a TxProfile needs a transaction.")
    return str(row[0])
