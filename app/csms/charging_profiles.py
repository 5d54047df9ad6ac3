"""What the system does when a station tells of charging profiles, of limits of others and of what vehicles need;
and the verbs with which profiles are set, read and cleared (block K).

A power limit (`app.csms.smart_charging`) is the short way to a profile; here is the whole of it.
"""

import secrets
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from app.csms.actors import Actor
from app.csms.batch import Batch
from app.csms.commands import CommandResult, carry_out, resolve
from app.csms.context import Context
from app.domain.charging_profiles import (
    ChargingLimitCleared,
    ChargingLimitNotified,
    CompositeScheduleReported,
    EvNeedsAnswer,
    EvNeedsNotified,
    EvScheduleAnswer,
    EvScheduleNotified,
    ProfileCriteria,
    ProfileInstalled,
    ProfilesAsked,
    ProfilesCleared,
    ProfilesReported,
    Wire,
)
from app.domain.commands import ClearChargingProfile, GetChargingProfiles, InstallChargingProfile
from app.domain.errors import Conflict, Invalid
from app.domain.reports import Answer, Received, Report
from app.domain.smart_charging import ChargingProfile, ProfilePurpose, checked_profile
from app.store.charging_profiles import (
    CriteriaRow,
    ProfileRow,
    ask_series,
    forget_limits,
    forget_profiles,
    replace_profiles,
    save_composite_schedules,
    save_limits,
    save_needs,
    save_profiles,
    save_schedules,
    settle_profiles,
)

_RUNNING = """
SELECT transaction_id FROM transaction WHERE station_id = %s AND evse_id = %s AND ended_at IS NULL
ORDER BY id DESC LIMIT 1
"""

# --- what stations tell


def on_profile_installed(batch: Batch, received: Received) -> Answer:
    """K01, K05: it is the station's now, and what it replaces is not."""
    report = received.report
    assert isinstance(report, ProfileInstalled)
    station_id = batch.station(received.station_id).station_id
    row = _row(station_id, report.evse_id, report.profile, "installed", report.at)
    replaces = (*row[:4], row.stack_level, report.replaces_level)
    batch.add(replace_profiles, replaces)
    batch.add(save_profiles, row)
    return Answer()


def on_profiles_reported(batch: Batch, received: Received) -> Answer:
    """K09: each part as it comes; with the last one, what was asked for and not named is gone."""
    report = received.report
    assert isinstance(report, ProfilesReported)
    station_id = batch.station(received.station_id).station_id
    for profile in report.profiles:
        batch.add(
            save_profiles,
            _row(
                station_id,
                report.evse_id,
                profile,
                "reported",
                received.at,
                source=report.source,
                request_id=report.request_id,
            ),
        )
    if not report.more_follows:
        batch.add(settle_profiles, (station_id, report.request_id))
    return Answer()


def on_profiles_asked(batch: Batch, received: Received) -> Answer:
    """Remember what the series that comes is about."""
    report = received.report
    assert isinstance(report, ProfilesAsked)
    station_id = batch.station(received.station_id).station_id
    of = report.criteria
    criteria = {
        "evse_id": of.evse_id,
        "purpose": of.purpose,
        "stack_level": of.stack_level,
        "profile_ids": list(of.profile_ids),
        "sources": list(of.sources),
    }
    batch.add(ask_series, (station_id, "profiles", report.request_id, Jsonb(criteria), report.at))
    return Answer()


def on_profiles_cleared(batch: Batch, received: Received) -> Answer:
    """K10."""
    report = received.report
    assert isinstance(report, ProfilesCleared)
    of = report.criteria
    batch.add(
        forget_profiles,
        CriteriaRow(
            batch.station(received.station_id).station_id,
            of.evse_id,
            of.purpose,
            of.stack_level,
            list(of.profile_ids),
            list(of.sources),
        ),
    )
    return Answer()


def on_composite_schedule(batch: Batch, received: Received) -> Answer:
    """K08."""
    report = received.report
    assert isinstance(report, CompositeScheduleReported)
    batch.add(
        save_composite_schedules,
        (
            batch.station(received.station_id).station_id,
            report.evse_id,
            report.start_at,
            report.duration_s,
            report.unit,
            Jsonb(list(report.periods)),
            report.at,
        ),
    )
    return Answer()


def on_charging_limit(batch: Batch, received: Received) -> Answer:
    """K12."""
    report = received.report
    assert isinstance(report, ChargingLimitNotified)
    schedules = [dict(schedule) for schedule in report.schedules]
    batch.add(
        save_limits,
        (
            batch.station(received.station_id).station_id,
            report.evse_id,
            report.source,
            report.is_grid_critical,
            Jsonb(schedules),
            received.at,
        ),
    )
    return Answer()


def on_charging_limit_cleared(batch: Batch, received: Received) -> Answer:
    """K13."""
    report = received.report
    assert isinstance(report, ChargingLimitCleared)
    station_id = batch.station(received.station_id).station_id
    batch.add(forget_limits, (station_id, report.evse_id, report.source))
    return Answer()


def on_ev_needs(batch: Batch, received: Received) -> EvNeedsAnswer:
    """K15: a schedule follows (`app.csms.ev_schedules`), at once if a transaction runs."""
    report = received.report
    assert isinstance(report, EvNeedsNotified)
    number = _running_number(batch, received.station_id, report.evse_id)
    batch.add(
        save_needs,
        (
            received.station_id,
            report.evse_id,
            number,
            report.energy_transfer,
            report.departure_at,
            report.max_schedule_tuples,
            Jsonb(dict(report.needs)),
            received.at,
        ),
    )
    return EvNeedsAnswer(status="Processing" if number is None else "Accepted")


def on_ev_schedule(batch: Batch, received: Received) -> EvScheduleAnswer:
    """K15, K17: kept; whether it is within the limits is looked at next (`app.csms.ev_schedules`)."""
    report = received.report
    assert isinstance(report, EvScheduleNotified)
    batch.add(
        save_schedules,
        (
            received.station_id,
            report.evse_id,
            _running_number(batch, received.station_id, report.evse_id),
            report.time_base,
            Jsonb(dict(report.schedule)),
            received.at,
        ),
    )
    return EvScheduleAnswer()


def _running_number(batch: Batch, station_id: str, evse_id: int) -> int | None:
    evse = batch.evses.get((batch.station(station_id).station_id, evse_id))
    return None if evse is None else evse.transaction_id


def _row(
    station_id: str,
    evse_id: int,
    profile: Wire,
    origin: str,
    at: datetime,
    *,
    source: str = "CSO",
    request_id: int | None = None,
) -> ProfileRow:
    return ProfileRow(
        station_id,
        evse_id,
        profile["id"],
        profile["chargingProfilePurpose"],
        profile["chargingProfileKind"],
        profile["stackLevel"],
        profile.get("transactionId"),
        _moment(profile.get("validFrom")),
        _moment(profile.get("validTo")),
        source,
        Jsonb(dict(profile)),
        origin,
        request_id,
        at,
    )


def _moment(text: Any) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


HANDLES: dict[type[Report], Callable[[Batch, Received], Answer]] = {
    ProfileInstalled: on_profile_installed,
    ProfilesCleared: on_profiles_cleared,
    ProfilesAsked: on_profiles_asked,
    ProfilesReported: on_profiles_reported,
    CompositeScheduleReported: on_composite_schedule,
    ChargingLimitNotified: on_charging_limit,
    ChargingLimitCleared: on_charging_limit_cleared,
    EvNeedsNotified: on_ev_needs,
    EvScheduleNotified: on_ev_schedule,
}

# --- what people and programs ask for


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
        request_id=secrets.randbelow(2**31 - 1) + 1,
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
