"""The station as a device: its inventory, its network profiles (blocks B07 to B09), and what it agreed to be (G)."""

from collections.abc import Sequence

from app.csms.actors import SYSTEM, Actor
from app.csms.batch import Batch
from app.csms.commands import CommandResult, carry_out, request_number, resolve
from app.csms.context import Context
from app.domain.commands import GetBaseReport
from app.domain.device import AvailabilityAgreed, GetReport, NetworkProfileSet, SetNetworkProfile
from app.domain.reports import Answer, BootAnswer, Received, Variable
from app.domain.stations import Registration
from app.store.device import save_availability, save_network_profiles

_KNOWN = "SELECT FROM station_variable WHERE station_id = %s LIMIT 1"


async def get_base_report(
    context: Context, actor: Actor, station_id: str, base: str = "FullInventory"
) -> CommandResult:
    """Have a station report its inventory (B07): FullInventory, ConfigurationInventory or SummaryInventory."""
    station = await resolve(context, station_id)
    command = GetBaseReport(request_id=request_number(), base=base)
    return await carry_out(context, actor, station.id, command)


async def get_report(
    context: Context,
    actor: Actor,
    station_id: str,
    *,
    criteria: Sequence[str] = (),
    variables: Sequence[Variable] = (),
) -> CommandResult:
    """Have a station report what meets criteria, or these components and variables (B08)."""
    station = await resolve(context, station_id)
    command = GetReport(
        request_id=request_number(), criteria=tuple(criteria), variables=tuple(variables)
    )
    return await carry_out(context, actor, station.id, command)


async def set_network_profile(
    context: Context, actor: Actor, station_id: str, profile: SetNetworkProfile
) -> CommandResult:
    """Tell a station another way to its CSMS (B09); it is used when the priorities name its slot (B10)."""
    station = await resolve(context, station_id)
    return await carry_out(context, actor, station.id, profile)


def on_network_profile(batch: Batch, received: Received) -> Answer:
    """B09."""
    report = received.report
    assert isinstance(report, NetworkProfileSet)
    batch.station(received.station_id)
    batch.add(save_network_profiles, (received.station_id, report, received.at))
    return Answer()


def on_availability_agreed(batch: Batch, received: Received) -> Answer:
    """G03, G04: what was asked is kept apart from what is reported."""
    report = received.report
    assert isinstance(report, AvailabilityAgreed)
    station = batch.station(received.station_id)
    batch.add(save_availability, (station.station_id, report, received.at))
    if report.evse_id == 0:
        batch.status_changed(station.station_id, received.at)
    return Answer()


async def ask_inventory(context: Context, received: Received, answer: Answer) -> None:
    """B02: of a station that waits to be let in, ask once what it is made of, so that a person can judge."""
    if not isinstance(answer, BootAnswer) or answer.registration is not Registration.PENDING:
        return
    async with context.database.read() as connection:
        known = await (await connection.execute(_KNOWN, (received.station_id,))).fetchone()
    if known is None:
        command = GetBaseReport(request_id=request_number())
        await carry_out(context, SYSTEM, received.station_id, command)
