"""The station of the originals' `demo_protocol_debug`: one charge from the CSMS, and one mistake on either side.

Its firmware does not know GetBaseReport, so it answers that with an error; and it ends with StopTransaction, a word of
OCPP 1.6 in a session of a newer version, so the CSMS answers that with an error. Both are stored as what they are.
"""

import asyncio
import logging
from datetime import UTC, datetime

from app.csms.actors import Actor
from app.csms.context import Context
from app.csms.device import get_base_report
from app.csms.remote_control import start_charging, stop_charging
from app.domain.errors import CsmsError
from app.domain.roles import Role
from app.protocol_log.log import ProtocolLog
from app.simulator.outbox import Outgoing
from app.simulator.plan import StationPlan
from app.simulator.station import VirtualStation

logger = logging.getLogger(__name__)

STATION = "charger_debug_001"
TOKEN = "token_user_001"
CHARGES_S = 3.0
ACTOR = Actor(name="halla demo", role=Role.OPERATOR)


async def play(context: Context, url: str, log: ProtocolLog) -> None:
    """Connect, charge for three seconds, err, disconnect. What fails is logged."""
    plan = StationPlan(
        station_id=STATION,
        vendor="TestVendor",
        model="Debug Charger",
        serial_number=f"SN-{STATION}-001",
        max_power_w=50_000.0,
        lacks=frozenset({"GetBaseReport"}),
    )
    station = VirtualStation(plan, url, strict=False, log=log)
    try:
        async with station:
            station.plug_in()
            await start_charging(context, ACTOR, STATION, id_token=TOKEN)
            await asyncio.sleep(CHARGES_S)
            await stop_charging(context, ACTOR, STATION)
            station.unplug()
            await get_base_report(context, ACTOR, STATION)
            station.send([Outgoing(action="StopTransaction", build=_of_another_version)])
            await station.flush()
    except (CsmsError, TimeoutError) as error:
        logger.warning("%s: the protocol demo ended early: %s", STATION, error)


def _of_another_version() -> dict[str, object]:
    return {"transactionId": 1, "meterStop": 0, "timestamp": datetime.now(UTC).isoformat()}
