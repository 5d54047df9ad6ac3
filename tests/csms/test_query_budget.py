"""What a batch asks of the database does not depend on how many reports are in it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest

from app.csms.context import Context
from app.csms.receive import receive
from app.domain.errors import CsmsError
from app.domain.reports import (
    AuthorizationAsked,
    ConnectorStatusReported,
    MeterValuesReported,
    Report,
    StationBooted,
    StationConnected,
    StationSeen,
    TransactionEnded,
    TransactionStarted,
    TransactionUpdated,
)
from app.domain.stations import ChargingState, ConnectorStatus
from tests.factories import after, make_station, reading, received

MANY = 100

Make = Callable[[int], Report]


def connected(_: int) -> Report:
    return StationConnected(connection=1, protocol="test", remote_address="127.0.0.1")


def booted(_: int) -> Report:
    return StationBooted(vendor="V", model="M")


def seen(_: int) -> Report:
    return StationSeen()


def status(_: int) -> Report:
    return ConnectorStatusReported(
        evse_id=1, connector_id=1, status=ConnectorStatus.OCCUPIED, at=after(1)
    )


def asked(number: int) -> Report:
    return AuthorizationAsked(id_token=f"token_{number}")


def started(number: int) -> Report:
    return TransactionStarted(
        transaction=f"T{number}", at=after(2), evse_id=1, charging_state=ChargingState.CHARGING
    )


def updated(number: int) -> Report:
    sample = reading(after(3), "100", 7.0)
    return TransactionUpdated(transaction=f"T{number}", at=after(3), readings=(sample,))


def updated_unknown(number: int) -> Report:
    sample = reading(after(4), "100", 7.0)
    return TransactionUpdated(transaction=f"U{number}", at=after(4), readings=(sample,))


def measured(_: int) -> Report:
    return MeterValuesReported(evse_id=1, readings=(reading(after(5), "200", 7.0),))


def ended(number: int) -> Report:
    return TransactionEnded(transaction=f"U{number}", at=after(6), stop_reason="Local")


LIFE: tuple[Make, ...] = (
    *(connected, booted, seen, status, asked),
    *(started, updated, updated_unknown, measured, ended),
)


@contextmanager
def counted(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """The statements that psycopg is given meanwhile."""
    told: list[str] = []
    execute = psycopg.AsyncCursor.execute

    async def listening(self: Any, query: Any, *args: Any, **more: Any) -> Any:
        told.append(query.decode() if isinstance(query, bytes) else str(query))
        return await execute(self, query, *args, **more)

    with monkeypatch.context() as patch:
        patch.setattr(psycopg.AsyncCursor, "execute", listening)
        yield told


@pytest.fixture
async def stations(context: Context) -> list[str]:
    """One more than MANY; the first is for the batches of one."""
    ids = [f"S{number:03}" for number in range(MANY + 1)]
    for station_id in ids:
        await make_station(context, station_id)
    # Connections say hello in statements of their own, once.
    await receive(context, [received(StationSeen(), ids[0])])
    return ids


async def test_a_batch_costs_the_same_statements_whatever_its_size(
    context: Context, stations: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for make in LIFE:
        statements = []
        for chosen in (stations[:1], stations[1:]):
            batch = [received(make(n), station) for n, station in enumerate(chosen)]
            with counted(monkeypatch) as told:
                answers = await receive(context, batch)
            assert not [answer for answer in answers if isinstance(answer, CsmsError)]
            statements.append(told)
        alone, together = statements
        assert together == alone, make.__name__


async def test_a_periodic_reading_costs_one_question_and_one_statement(
    context: Context, stations: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for make in (started, updated):
        batch = [received(make(n), station) for n, station in enumerate(stations)]
        with counted(monkeypatch) as told:
            await receive(context, batch)
    assert len(told) == 2
