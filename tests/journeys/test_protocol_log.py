"""`OCPP_PROTOCOL_DEBUG=true halla demo`, as documented by the originals: here it really writes all of it."""

import asyncio
import re
from pathlib import Path

from app.protocol_log.lines import TAGS
from tests.journeys.program import program

TAG = re.compile(r" - DEBUG - \[([A-Z-]+)\] ")
OWN = re.compile(r"\[(?:CHARGER|SERVER)-[A-Z]+\] charger_debug_001: ")
WANTED = (
    "[CHARGER-RECV] emart_jeju_main_01: ",
    "[SERVER-RECV] charger_debug_001: [4,",
    "[CHARGER-RECV] charger_debug_001: [4,",
)
"""The fleet's frames, from another process; both ways an error of the one station that is there for it."""

SOON_S = 180.0


async def test_the_demo_writes_all_seventeen_tags(database_url: str, tmp_path: Path) -> None:
    environment = {
        "HALLA_DATABASE_URL": database_url,
        "HALLA_DATA_DIR": str(tmp_path),
        "HALLA_ADMIN_PASSWORD": "long enough to pass",
        "OCPP_PROTOCOL_DEBUG": "true",
    }
    path = tmp_path / "ocpp_protocol_debug.log"
    async with program("demo", environment=environment) as running:
        async with asyncio.timeout(SOON_S):
            text = ""
            while set(TAG.findall(text)) < TAGS or not all(each in text for each in WANTED):
                await asyncio.sleep(0.5)
                text = path.read_text(encoding="utf-8")
        console = "".join(running.said)
    assert f"Protocol log  {path}" in console
    assert "[OCPP-" not in console
    assert "with 34 simulated chargers" in console
    # The station of this process: one call in the order of the originals.
    own = [line for line in text.splitlines() if OWN.search(line)]
    assert [OWN.search(line)[0].split(" ")[0] for line in own[:4]] == [  # type: ignore[index]
        "[CHARGER-SEND]",
        "[SERVER-RECV]",
        "[SERVER-SEND]",
        "[CHARGER-RECV]",
    ]
