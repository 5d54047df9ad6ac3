"""A charge point as one form describes it: the station, and with it a site and a price that are new; all or nothing."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from app.csms.actors import Actor
from app.csms.context import Context
from app.csms.sites import create_site_in
from app.csms.stations import hash_of, tell_registration, write_station_in
from app.csms.tariffs import create_tariff_in
from app.csms.work import work
from app.domain.errors import Conflict
from app.domain.locations import TariffRecord
from app.domain.stations import Registration
from app.store.tables.stations import Station


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargePoint:
    """`facts` as `csms.stations.write_station` takes them. `site`, `tariff`: made first, then its own."""

    station_id: str
    facts: Mapping[str, Any]
    site: Mapping[str, Any] | None = None
    tariff: TariffRecord | None = None


PASSWORD_SIGNS = "abcdefghjkmnpqrstuvwxyz23456789"
"""Letters and digits that nobody takes for another one when they are typed from a screen."""


def make_password() -> str:
    """Four times five signs with dashes between, about 99 bits: to be typed into a charger once.

    What is sent to a station that is connected is `csms.security.make_password`.
    """
    groups = ("".join(secrets.choice(PASSWORD_SIGNS) for _ in range(5)) for _ in range(4))
    return "-".join(groups)


def with_password(wanted: ChargePoint, password: str) -> ChargePoint:
    """The same with a password."""
    return replace(wanted, facts={**wanted.facts, "password": password})


async def create_charge_point(context: Context, actor: Actor, wanted: ChargePoint) -> None:
    """Make it; one that waits for an admin's word is accepted by this. Raises Conflict if it is there, Invalid."""
    await _save(context, actor, wanted, create=True)


async def change_charge_point(context: Context, actor: Actor, wanted: ChargePoint) -> None:
    """Write what is named and leave the rest. Raises StationNotFound, Invalid."""
    await _save(context, actor, wanted, create=False)


async def _save(context: Context, actor: Actor, wanted: ChargePoint, *, create: bool) -> None:
    password_hash = await hash_of(wanted.facts)
    async with work(context) as w:
        facts = dict(wanted.facts)
        if create:
            there = await w.session.get(Station, wanted.station_id)
            if (
                there is not None
                and there.retired_at is None
                and there.registration != Registration.PENDING
            ):
                raise Conflict(
                    f"There is a charger {wanted.station_id} already.", field="station_id"
                )
            facts.setdefault("registration", Registration.ACCEPTED)
        if wanted.site is not None:
            site = {"position": facts.get("position"), **wanted.site}
            facts["location_id"] = await create_site_in(w, actor, site)
        if wanted.tariff is not None:
            facts["tariff_id"] = await create_tariff_in(w, actor, wanted.tariff)
        written = await write_station_in(
            w, actor, wanted.station_id, facts, password_hash=password_hash, create=create
        )
    if written.turned:
        await tell_registration(context, actor, wanted.station_id)
