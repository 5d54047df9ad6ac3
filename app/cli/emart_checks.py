"""Whether the Emart stores of Jeju are installed as their files say: sites, chargers, places, prices, names."""

from collections.abc import Iterable
from dataclasses import dataclass

from app.cli.seed import DEFAULT
from app.csms.context import Context
from app.queries import geo, installation_checks
from app.queries.geo import ChargerPlace, SitePlace
from app.seed.read import read
from app.seed.records import Seed

SITES, CHARGERS, KILOWATTS, WON_PER_KWH = 3, 34, 2_900, 150
"""What the originals' own script counted, and the price that they reckoned with."""

TOLERANCE_M = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """What is there of what should be, and what is wrong with it."""

    sites: tuple[SitePlace, ...]
    chargers: tuple[ChargerPlace, ...]
    complaints: tuple[str, ...]


async def check(context: Context) -> Installation:
    """Compare the database with the files."""
    database, wanted = context.database, read(DEFAULT)
    site_ids = {site.id for site in wanted.locations}
    sites = tuple(site for site in await geo.sites(database) if site.location_id in site_ids)
    chargers = tuple(
        place for place in await geo.chargers(database) if place.location_id in site_ids
    )
    complaints = [
        *_counted(sites, chargers),
        *_named(wanted, sites),
        *_installed(wanted, chargers),
    ]
    complaints += await _placed(context, wanted)
    known = await installation_checks.aliases(database)
    for station in wanted.stations:
        for alias in station.aliases:
            if known.get(alias) != station.id:
                complaints.append(f"{alias}: is no alias of {station.id}")
    return Installation(sites=sites, chargers=chargers, complaints=tuple(complaints))


def kilowatts(chargers: Iterable[ChargerPlace]) -> float:
    """Their rated power together."""
    return sum(charger.max_power_w for charger in chargers) / 1000


def _counted(sites: tuple[SitePlace, ...], chargers: tuple[ChargerPlace, ...]) -> Iterable[str]:
    if len(sites) != SITES:
        yield f"{len(sites)} sites instead of {SITES}"
    if len(chargers) != CHARGERS:
        yield f"{len(chargers)} chargers instead of {CHARGERS}"
    if kilowatts(chargers) != KILOWATTS:
        yield f"{kilowatts(chargers):,.6g} kW instead of {KILOWATTS:,}"


def _named(wanted: Seed, sites: tuple[SitePlace, ...]) -> Iterable[str]:
    there = {site.location_id: site for site in sites}
    for site in wanted.locations:
        found = there.get(site.id)
        if found is None:
            yield f"{site.id}: is not there"
        elif (found.name, found.address) != (site.name, site.address):
            yield f"{site.id}: is {found.name}, {found.address} instead of {site.name}, {site.address}"


def _installed(wanted: Seed, chargers: tuple[ChargerPlace, ...]) -> Iterable[str]:
    there = {charger.station_id: charger for charger in chargers}
    for site in wanted.locations:
        for station in site.stations:
            charger = there.pop(station.id, None)
            if charger is None:
                yield f"{station.id}: is not there"
                continue
            if charger.location_id != site.id:
                yield f"{station.id}: stands at {charger.location_id} instead of {site.id}"
            if charger.max_power_w != station.max_power_w:
                yield f"{station.id}: {charger.max_power_w:g} W instead of {station.max_power_w:g}"
            if charger.serial_number != station.serial_number:
                yield f"{station.id}: is no. {charger.serial_number} instead of {station.serial_number}"
            if station.category and charger.category != station.category:
                yield f"{station.id}: is {charger.category} instead of {station.category}"
            if charger.price_per_kwh != WON_PER_KWH or charger.currency != "KRW":
                price = f"{charger.price_per_kwh} {charger.currency}"
                yield f"{station.id}: costs {price} a kWh instead of {WON_PER_KWH} KRW"
    for station_id in there:
        yield f"{station_id}: is not in the files"


async def _placed(context: Context, wanted: Seed) -> list[str]:
    database = context.database
    sites = [(site.id, site.position) for site in wanted.locations if site.position]
    stations = [(one.id, one.position) for one in wanted.stations if one.position]
    off = await installation_checks.sites_off(database, sites)
    off |= await installation_checks.stations_off(database, stations)
    return [
        f"{name}: stands nowhere"
        if metres is None
        else f"{name}: stands {metres:,.0f} m from where it should"
        for name, metres in sorted(off.items())
        if metres is None or metres > TOLERANCE_M
    ]
