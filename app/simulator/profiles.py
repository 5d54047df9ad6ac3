"""Charging profiles as a station keeps them, and the limit that follows from them.

Smart charging of OCPP 2.0.1 (use cases K01 to K10) and 1.6 (section 5.16): the highest stack level
wins within a purpose, TxProfile replaces TxDefaultProfile, and the station's maximum caps both.
Everything here is pure; the dialects read the wire form and `station` obeys the number.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from .physics import Supply
from .plan import Payload

__all__ = [
    "STATION_MAX",
    "TX",
    "TX_DEFAULT",
    "Installed",
    "Occasion",
    "Period",
    "Profile",
    "Schedule",
    "clear",
    "composite",
    "install",
    "limit_w",
    "read_profile",
]

STATION_MAX = "ChargingStationMaxProfile"
TX_DEFAULT = "TxDefaultProfile"
TX = "TxProfile"
_REPEATS = {"Daily": timedelta(days=1), "Weekly": timedelta(days=7)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """From `start_s` seconds into the schedule: at most `limit` (None: no limit), W or A."""

    start_s: float
    limit: float | None
    phases: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """Periods in one unit. `start_at` None means: when the transaction started (relative)."""

    unit: str
    periods: tuple[Period, ...]
    duration_s: float | None = None
    start_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """One charging profile in the words of 2.0.1; `raw` as the CSMS sent it."""

    id: int
    stack_level: int
    purpose: str
    kind: str
    schedule: Schedule
    recurrency: str | None = None
    valid_from: datetime | None = None
    valid_to: datetime | None = None
    transaction_id: str | None = None
    raw: Payload = field(default_factory=dict, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Installed:
    """A profile and the EVSE it was set for (0: the station, or every EVSE)."""

    evse: int
    profile: Profile


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """For whom and when a limit is asked. `started_at` is None without a transaction;
    `sharing` EVSEs divide the station's maximum."""

    evse: int
    at: datetime
    supply: Supply
    started_at: datetime | None = None
    transaction_id: str | None = None
    sharing: int = 1


def read_profile(raw: Payload, *, id_key: str, purposes: dict[str, str]) -> Profile:
    """Translate a `chargingProfile` (2.x) or `csChargingProfiles` (1.6) that is schema-valid.

    `purposes` maps the purposes this station supports to ours. Raises ValueError with a reason
    code for what the schema allows and this station does not accept.
    """
    purpose = purposes.get(raw["chargingProfilePurpose"])
    if purpose is None:
        raise ValueError("InvalidProfile")
    if raw["chargingProfileKind"] == "Dynamic":
        raise ValueError("UnsupportedKind")
    schedules = raw["chargingSchedule"]
    first = schedules[0] if isinstance(schedules, list) else schedules
    transaction = raw.get("transactionId")
    profile = Profile(
        id=raw[id_key],
        stack_level=raw["stackLevel"],
        purpose=purpose,
        kind=raw["chargingProfileKind"],
        schedule=_schedule(first),
        recurrency=raw.get("recurrencyKind"),
        valid_from=_moment(raw.get("validFrom")),
        valid_to=_moment(raw.get("validTo")),
        transaction_id=None if transaction is None else str(transaction),
        raw=raw,
    )
    _check(profile)
    return profile


def install(kept: Iterable[Installed], new: Installed) -> list[Installed]:
    """Add a profile; it replaces one of the same id, or of the same place in the stack."""
    return [old for old in kept if not _replaced(old, new)] + [new]


def clear(
    kept: Iterable[Installed],
    *,
    profile_id: int | None = None,
    evse: int | None = None,
    purpose: str | None = None,
    stack_level: int | None = None,
) -> list[Installed]:
    """What is left after removing all that match every given criterion (an id stands alone)."""

    def matches(one: Installed) -> bool:
        profile = one.profile
        if profile_id is not None:
            return profile.id == profile_id
        return (
            evse in (None, one.evse)
            and purpose in (None, profile.purpose)
            and stack_level in (None, profile.stack_level)
        )

    return [one for one in kept if not matches(one)]


def limit_w(kept: Iterable[Installed], occasion: Occasion) -> float:
    """The power allowed at this moment in W; never above what the EVSE can give."""
    kept = list(kept)
    rated = occasion.supply.max_power_w
    session = _leading(kept, TX, occasion) if occasion.started_at else None
    if session is None:
        session = _leading(kept, TX_DEFAULT, occasion)
    station = _leading(kept, STATION_MAX, occasion)
    allowed = rated if session is None else min(rated, session)
    if station is not None:
        allowed = min(allowed, station / max(1, occasion.sharing))
    return max(0.0, allowed)


def composite(
    kept: Iterable[Installed], occasion: Occasion, duration_s: int
) -> list[tuple[int, float]]:
    """(seconds from now, W) wherever the limit changes within `duration_s`; starts at 0."""
    kept = list(kept)
    steps: list[tuple[int, float]] = []
    for offset_s in sorted(_turning_points(kept, occasion, duration_s)):
        at = occasion.at + timedelta(seconds=offset_s)
        watts = limit_w(kept, replace(occasion, at=at))
        if not steps or steps[-1][1] != watts:
            steps.append((offset_s, watts))
    return steps


def _schedule(raw: Payload) -> Schedule:
    periods = tuple(
        Period(start_s=one["startPeriod"], limit=one.get("limit"), phases=one.get("numberPhases"))
        for one in raw["chargingSchedulePeriod"]
    )
    return Schedule(
        unit=raw["chargingRateUnit"],
        periods=periods,
        duration_s=raw.get("duration"),
        start_at=_moment(raw.get("startSchedule")),
    )


def _check(profile: Profile) -> None:
    """What a schema cannot say (K01.FR.31 and its neighbours)."""
    periods = profile.schedule.periods
    starts = [period.start_s for period in periods]
    if not starts or starts[0] != 0 or starts != sorted(set(starts)):
        raise ValueError("InvalidSchedule")
    if any(period.limit is not None and period.limit < 0 for period in periods):
        raise ValueError("InvalidSchedule")
    if profile.kind == "Recurring" and profile.recurrency not in _REPEATS:
        raise ValueError("InvalidProfile")
    if profile.kind == "Relative" and profile.purpose == STATION_MAX:
        raise ValueError("InvalidProfile")
    if profile.stack_level < 0:
        raise ValueError("InvalidStackLevel")


def _moment(text: str | None) -> datetime | None:
    """A zone-less time is taken as UTC."""
    if text is None:
        return None
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _replaced(old: Installed, new: Installed) -> bool:
    one, other = old.profile, new.profile
    if one.id == other.id:
        return True
    return (
        old.evse == new.evse
        and one.purpose == other.purpose
        and one.stack_level == other.stack_level
        and one.transaction_id == other.transaction_id
    )


def _leading(kept: list[Installed], purpose: str, occasion: Occasion) -> float | None:
    """The limit in W of the highest active stack level; at a tie the own EVSE's beats EVSE 0's."""
    found: tuple[tuple[int, bool], float] | None = None
    for one in kept:
        profile = one.profile
        if profile.purpose != purpose or one.evse not in (0, occasion.evse):
            continue
        if profile.transaction_id not in (None, occasion.transaction_id):
            continue
        watts = _active_w(profile, occasion)
        rank = (profile.stack_level, one.evse == occasion.evse)
        if watts is not None and (found is None or rank > found[0]):
            found = (rank, watts)
    return None if found is None else found[1]


def _active_w(profile: Profile, occasion: Occasion) -> float | None:
    """The profile's limit at that moment in W, or None while it says nothing."""
    at = occasion.at
    if profile.valid_from and at < profile.valid_from:
        return None
    if profile.valid_to and at >= profile.valid_to:
        return None
    start = _start(profile, occasion)
    elapsed_s = (at - start).total_seconds()
    if elapsed_s < 0:
        return None
    duration_s = profile.schedule.duration_s
    if duration_s is not None and elapsed_s >= duration_s:
        return None
    period = [one for one in profile.schedule.periods if one.start_s <= elapsed_s][-1]
    if period.limit is None:
        return None
    if profile.schedule.unit == "A":
        return occasion.supply.watts(period.limit, period.phases)
    return float(period.limit)


def _start(profile: Profile, occasion: Occasion) -> datetime:
    """When the running turn of this profile's schedule began."""
    base = profile.schedule.start_at
    if profile.kind == "Relative" or base is None:
        return occasion.started_at or profile.valid_from or occasion.at
    if profile.kind == "Recurring" and profile.recurrency:
        turn = _REPEATS[profile.recurrency]
        return base + turn * ((occasion.at - base) // turn)
    return base


def _turning_points(kept: list[Installed], occasion: Occasion, duration_s: int) -> set[int]:
    """Whole seconds from now at which some profile may begin, change or end."""
    end = occasion.at + timedelta(seconds=duration_s)
    moments: set[datetime] = set()
    for profile in (one.profile for one in kept):
        moments.update(edge for edge in (profile.valid_from, profile.valid_to) if edge)
        start = _start(profile, occasion)
        turns = [start]
        if profile.kind == "Recurring" and profile.recurrency:
            turn = _REPEATS[profile.recurrency]
            while turns[-1] + turn < end:
                turns.append(turns[-1] + turn)
        for begin in turns:
            moments.update(begin + timedelta(seconds=p.start_s) for p in profile.schedule.periods)
            if profile.schedule.duration_s is not None:
                moments.add(begin + timedelta(seconds=profile.schedule.duration_s))
    # Rounded up: at the whole second after an edge the new limit is certainly in force.
    offsets = {-int((occasion.at - moment).total_seconds() // 1) for moment in moments}
    return {0} | {offset for offset in offsets if 0 < offset < duration_s}
