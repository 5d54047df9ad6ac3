"""`python -m tests.bench.storm`: a whole fleet comes back in the same moment, each station with a queue of its own.

Every station connects without being let in by turns, boots, tells its connector's state, and sends the transaction
that it queued while it was cut off: start, readings, end, one call at a time as OCPP-J has it. In the second wave all
come again while their old sockets still count. Nothing is retried: a connection that is refused, a call that is not
answered with a result within 30 s, or a row that is missing afterwards is a failure.
"""

import argparse
import asyncio
import statistics
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import psycopg
import uvloop

from tests.bench import messages
from tests.bench.__main__ import _raise_file_limit
from tests.bench.database import private_database, station_ids
from tests.bench.machine import about_machine, running
from tests.bench.stations import Lost, Station

QUEUED = 10
"""Readings that wait in each station."""

OPEN_S = 60.0
P99_S = 10.0
"""What is asked of two cores at 1,000 stations."""

_COUNT = """
SELECT (SELECT count(*) FROM transaction), (SELECT count(*) FROM transaction WHERE ended_at IS NOT NULL),
       (SELECT count(*) FROM meter_sample), (SELECT count(*) FROM connector_state WHERE status = 'Occupied'),
       (SELECT count(*) FROM station_state WHERE online)
"""


@dataclass(slots=True)
class Storm:
    """What came of one wave or of several. Latencies are of calls, in s; `opened_s` of handshakes."""

    refused: list[str] = field(default_factory=list)
    unanswered: list[str] = field(default_factory=list)
    latencies_s: list[float] = field(default_factory=list)
    opened_s: list[float] = field(default_factory=list)
    seconds: float = 0.0
    stations: list[Station] = field(default_factory=list)

    def hang_up(self) -> None:
        """Close every socket."""
        for station in self.stations:
            station.close()

    @property
    def p99_s(self) -> float:
        """Of all calls."""
        return statistics.quantiles(self.latencies_s, n=100)[98]


async def storm(port: int, ids: Sequence[str], waves: int = 2) -> Storm:
    """All of `ids` at once, `waves` times; nobody hangs up before the next wave, nor after the last."""
    made = Storm()
    began = time.perf_counter()
    for wave in range(waves):
        stations = [Station(each, port) for each in ids]
        made.stations += stations
        await asyncio.gather(*(_come_back(station, wave, made) for station in stations))
    made.seconds = time.perf_counter() - began
    return made


async def _come_back(station: Station, wave: int, into: Storm) -> None:
    loop = asyncio.get_running_loop()
    began = time.perf_counter()
    try:
        await loop.create_connection(lambda: station, "127.0.0.1", station.port)
        await asyncio.wait_for(station.opened, OPEN_S)
    except (OSError, Lost, TimeoutError) as error:
        into.refused.append(f"{station.station_id}: {error!r}")
        return
    into.opened_s.append(time.perf_counter() - began)
    for frame in _queue(f"{station.station_id}-{wave}", wave):
        began = time.perf_counter()
        try:
            await station.call(frame)
        except (Lost, TimeoutError) as error:
            into.unanswered.append(f"{station.station_id}: {error!r}")
            return
        into.latencies_s.append(time.perf_counter() - began)


def _queue(transaction: str, wave: int) -> list[bytes]:
    """What a station has to say when it comes back."""
    cut_off = datetime.now(UTC) - timedelta(hours=3 - wave)

    def at(number: int) -> str:
        return (cut_off + timedelta(seconds=60 * number)).isoformat()[:-6] + "Z"

    readings = [messages.updated(transaction, n, at(n)) for n in range(1, QUEUED + 1)]
    ended = messages.updated(transaction, QUEUED + 1, at(QUEUED + 1))
    ended = ended.replace(b'"eventType":"Updated"', b'"eventType":"Ended"')
    return [
        messages.booted(),
        messages.occupied(messages.moment()),
        messages.started(transaction, at(0)),
        *readings,
        ended,
    ]


async def missing(url: str, stations: int, waves: int = 2) -> list[str]:
    """What should be stored and is not, as sentences."""
    async with await psycopg.AsyncConnection.connect(url) as connection:
        found = await (await connection.execute(_COUNT)).fetchone()
    assert found is not None
    wanted = {
        "transactions": stations * waves,
        "ended transactions": stations * waves,
        "readings": stations * waves * (QUEUED + 1),
        "connectors' states": stations,
        "stations online": stations,
    }
    return [
        f"{what}: {count} of {asked} are stored"
        for (what, asked), count in zip(wanted.items(), found, strict=True)
        if count != asked
    ]


async def _measure(count: int) -> int:
    async with private_database(count) as bench, running("ingress", bench.url) as server:
        print(about_machine(bench.version))
        result = await storm(server.port, station_ids(count))
        lost = await missing(bench.url, count)
        result.hang_up()
    print(f"stations            {count:>10,}, twice")
    print(f"calls answered      {len(result.latencies_s):>10,}")
    print(f"all of it took      {result.seconds:>10.1f} s")
    print(f"handshake, longest  {max(result.opened_s):>10.2f} s")
    print(f"call, median        {statistics.median(result.latencies_s):>10.2f} s")
    print(f"call, p99           {result.p99_s:>10.2f} s  (wanted < {P99_S:g})")
    print(f"call, longest       {max(result.latencies_s):>10.2f} s")
    for word, sentences in (
        ("refused", result.refused),
        ("unanswered", result.unanswered),
        ("lost", lost),
    ):
        print(f"{word:20}{len(sentences):>10,}", *sentences[:3])
    good = not (result.refused or result.unanswered or lost) and result.p99_s < P99_S
    return 0 if good else 1


def main() -> int:
    """0 if every call was answered in time and nothing was refused or lost."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.storm", description=__doc__)
    parser.add_argument("--stations", type=int, default=1_000)
    chosen = parser.parse_args()
    _raise_file_limit()
    return uvloop.run(_measure(chosen.stations))


if __name__ == "__main__":
    sys.exit(main())
