"""What the system does when a station tells of charging profiles, of limits of others and of what vehicles need (K)."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from psycopg.types.json import Jsonb

from app.csms.batch import Batch
from app.csms.effects import REPORTED, note_fulfilled
from app.domain.charging_profiles import (
    ChargingLimitCleared,
    ChargingLimitNotified,
    CompositeScheduleReported,
    EvNeedsAnswer,
    EvNeedsNotified,
    EvScheduleAnswer,
    EvScheduleNotified,
    ProfileInstalled,
    ProfilesAsked,
    ProfilesCleared,
    ProfilesReported,
    Wire,
)
from app.domain.reports import Answer, Received, Report
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
        note_fulfilled(batch, received, report.request_id, REPORTED)
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
