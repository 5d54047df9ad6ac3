"""Server and charger in one process and one log: a call is written in the order of the originals."""

import re
from datetime import UTC, datetime
from pathlib import Path

from app.csms.context import Context
from app.csms.lanes import Lanes
from app.domain.masks import without_secrets
from app.ingress.server import serve
from app.protocol_log.log import Places, open_log
from app.simulator.originals.cast import Part
from app.simulator.originals.clock import Clock, Line
from app.simulator.originals.legacy import LegacyCharger
from app.simulator.originals.words_a import A
from app.simulator.originals.words_b import B
from tests.factories import make_station

TAG = re.compile(r" - DEBUG - \[([A-Z-]+)\]")
ONE_CALL = [
    "OCPP-CALL-SEND",
    "OCPP-PAYLOAD-SEND",
    "CHARGER-SEND",
    "SERVER-RECV",
    "OCPP-RAW-RECV",
    "OCPP-CALL-RECV",
    "OCPP-PAYLOAD-RECV",
    "OCPP-CALLRESULT-SEND",
    "OCPP-RESPONSE-SEND",
    "SERVER-SEND",
    "CHARGER-RECV",
    "OCPP-RAW-RECV",
    "OCPP-CALLRESULT-RECV",
    "OCPP-RESPONSE-RECV",
]


async def test_one_call(context: Context, tmp_path: Path) -> None:
    await make_station(context, "cp-a")
    await make_station(context, "cp-b")
    with open_log(
        Places(file=tmp_path / "ocpp.log", directory=tmp_path / "each"), without_secrets
    ) as log:
        async with (
            Lanes(context).run() as lanes,
            serve(context, lanes, None, host="127.0.0.1", port=0, log=log) as server,
        ):
            url = f"ws://127.0.0.1:{server.port}"
            for habits, name in ((A, "cp-a"), (B, "cp-b")):
                line = Line(clock=Clock(begins=datetime.now(UTC), speed=100.0))
                part = Part(station_id=name)
                charger = LegacyCharger(habits, part, line, lambda *_: None, url=url, log=log)
                await charger.connect()
                await charger.disconnect()
    assert TAG.findall((tmp_path / "ocpp.log").read_text(encoding="utf-8")) == ONE_CALL * 2
    # B says who it is only in its first message; that one is in its file too, on both sides.
    assert sorted(path.name for path in (tmp_path / "each").glob("*.log")) == [
        "ocpp_cp-a.log",
        "ocpp_cp-b.log",
    ]
    assert TAG.findall((tmp_path / "each" / "ocpp_cp-b.log").read_text(encoding="utf-8")) == (
        ONE_CALL
    )
