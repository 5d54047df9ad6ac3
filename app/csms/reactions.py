"""What follows of a report once it is durable and answered: things to ask of the station in return.

A reaction runs in a task of its own and may take its time; what it does goes through `app.csms.commands` like
anything that a person asks for.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime

from app.csms.context import Context
from app.csms.device import ask_inventory
from app.csms.ev_schedules import answer_needs, judge_schedule
from app.csms.signing import sign_and_send
from app.csms.smart_charging import remind_of_limit
from app.domain.certificates import SigningAsked
from app.domain.charging_profiles import EvNeedsNotified, EvScheduleNotified
from app.domain.errors import CsmsError
from app.domain.reports import Answer, Received, Report, StationBooted

logger = logging.getLogger(__name__)

LONGEST_S = 120.0

Reaction = Callable[[Context, Received, Answer], Awaitable[None]]

REACTIONS: Mapping[type[Report], tuple[Reaction, ...]] = {
    SigningAsked: (sign_and_send,),
    StationBooted: (ask_inventory,),
    EvNeedsNotified: (answer_needs,),
    EvScheduleNotified: (judge_schedule,),
}


async def react(context: Context, received: Received, answer: Answer) -> None:
    """Carry out all reactions to a report, one after the other; what goes wrong is logged."""
    for reaction in REACTIONS[type(received.report)]:
        await _bounded(received.station_id, reaction.__name__, reaction(context, received, answer))


async def react_to_power(context: Context, station_id: str, at: datetime, power_w: float) -> None:
    """What follows when a station of those that forget their limit tells what it takes."""
    await _bounded(station_id, "remind", remind_of_limit(context, station_id, at, power_w))


async def _bounded(station_id: str, name: str, what: Awaitable[None]) -> None:
    try:
        async with asyncio.timeout(LONGEST_S):
            await what
    except (CsmsError, TimeoutError) as error:
        logger.warning("%s: %s: %s", station_id, name, error)
