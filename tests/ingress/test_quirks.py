"""Every known deviation is mended and counted under its name; a strict station has nothing mended."""

from __future__ import annotations

import asyncio
import dataclasses
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from app.config import ROOT
from app.csms.audit import HALLA
from app.csms.conformance import set_habits
from app.csms.context import Context
from app.csms.lanes import Lanes
from app.domain.commands import OutcomeStatus, Reset
from app.domain.conformance import MENDED, UNKNOWN_ACTION, Habits
from app.domain.quirks import QUIRKS, page
from app.domain.reports import AuthorizationAsked, TransactionUpdated
from app.ingress.dialects import DIALECTS
from app.ingress.errors import Refusal
from app.ingress.frames import Call, read_frame
from app.ingress.server import Server, serve
from app.ingress.translate import Understood, understand
from app.queries import conformance
from tests.factories import make_station
from tests.ingress.conftest import ask, hear, station

AT = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
SAMPLE = {"value": "7.4", "measurand": "Power.Active.Import", "unit": "kW"}
STATUS = {"connectorId": 1, "errorCode": "NoError", "status": "Available"}
EVENT = {
    "eventType": "Updated",
    "timestamp": "2026-11-20T03:00:00Z",
    "triggerReason": "Trigger",
    "seqNo": 1,
    "transactionInfo": {"transactionId": "x"},
}


def metered(**sample: Any) -> dict[str, Any]:
    """1.6 MeterValues with one sample."""
    entry = {"timestamp": "2026-11-20T03:00:00Z", "sampledValue": [{**SAMPLE, **sample}]}
    return {"connectorId": 1, "transactionId": 5, "meterValue": [entry]}


def dimension(**more: Any) -> dict[str, Any]:
    """2.x TransactionEvent in the dialect of the simulators."""
    one = {"name": "Power.Active.Import", "unit": "W", "value": 7.4, **more}
    period = {"startDateTime": "2026-11-20T03:00:00Z", "dimensions": [one]}
    info = {"transactionId": "x", "chargingPeriods": [period]}
    return {**EVENT, "transactionInfo": info}


def homemade(transaction: str = "x", **more: Any) -> dict[str, Any]:
    """2.x TransactionEvent with `transactionData`."""
    event = {name: value for name, value in EVENT.items() if name != "transactionInfo"}
    return {**event, "transactionData": {"transactionId": transaction}, **more}


def without(member: str) -> dict[str, Any]:
    """2.x TransactionEvent that lacks a member."""
    return {name: value for name, value in EVENT.items() if name != member}


CASES: dict[str, tuple[str, str, dict[str, Any]]] = {
    "null": ("ocpp1.6", "StatusNotification", {**STATUS, "info": None}),
    "double_z": (
        "ocpp2.0.1",
        "StatusNotification",
        {
            "timestamp": "2026-01-21T10:30:47.1234567ZZ",
            "connectorStatus": "Occupied",
            "evseId": 1,
            "connectorId": 1,
        },
    ),
    "transaction_data": ("ocpp2.0.1", "TransactionEvent", homemade()),
    "charging_periods": ("ocpp2.0.1", "TransactionEvent", dimension()),
    "evse_at_root": ("ocpp2.0.1", "TransactionEvent", {**EVENT, "evseId": 1}),
    "unit_beside_value": (
        "ocpp2.0.1",
        "TransactionEvent",
        {
            **EVENT,
            "meterValue": [
                {"timestamp": "2026-11-20T03:00:00Z", "sampledValue": [{"value": 1, "unit": "kWh"}]}
            ],
        },
    ),
    "missing_trigger": ("ocpp2.0.1", "TransactionEvent", without("triggerReason")),
    "wrong_trigger": ("ocpp2.0.1", "TransactionEvent", homemade(triggerReason="Authorized")),
    "missing_evse": ("ocpp2.0.1", "TransactionEvent", homemade(eventType="Started")),
    "missing_token": ("ocpp2.0.1", "TransactionEvent", homemade(eventType="Started")),
    "constant_seq_no": ("ocpp2.0.1", "TransactionEvent", homemade(seqNo=0)),
    "no_transaction": ("ocpp2.0.1", "TransactionEvent", homemade("unknown")),
    "time": ("ocpp1.6", "StatusNotification", {**STATUS, "timestamp": "2026-11-20 03:00"}),
    "too_long": ("ocpp1.6", "StatusNotification", {**STATUS, "info": "x" * 51}),
    "fraction": ("ocpp1.6", "StatusNotification", {**STATUS, "connectorId": 1.0}),
    "number_as_text": ("ocpp1.6", "StatusNotification", {**STATUS, "connectorId": "1"}),
    "text_as_number": ("ocpp1.6", "MeterValues", metered(value=7.4)),
    "unknown_member": ("ocpp1.6", "StatusNotification", {**STATUS, "mood": "good"}),
    "missing_member": ("ocpp1.6", "StatusNotification", {"connectorId": 1, "status": "Available"}),
    "renamed_member": ("ocpp2.0.1", "Authorize", {"idToken": "CARD"}),
    "unknown_word": ("ocpp1.6", "StatusNotification", {**STATUS, "errorCode": "Error"}),
    "unit": ("ocpp1.6", "MeterValues", metered(measurand="SoC", unit="%")),
    "unreadable_sample": ("ocpp1.6", "MeterValues", metered(unit="furlong")),
    "decimal_comma": ("ocpp1.6", "MeterValues", metered(value="7,4")),
    "unclear_comma": ("ocpp1.6", "MeterValues", metered(value="7,400")),
    "linear_multiplier": ("ocpp2.0.1", "TransactionEvent", dimension(unitMultiplier=1000)),
    "cost_in_request": (
        "ocpp2.0.1",
        "TransactionEvent",
        {**EVENT, "transactionInfo": {"transactionId": "x", "totalCost": 12}},
    ),
}


def meant(case: tuple[str, str, dict[str, Any]], habits: Habits) -> Understood | Refusal:
    subprotocol, action, payload = case
    frame = read_frame(json.dumps([2, "1", action, payload]).encode())
    assert isinstance(frame, Call)
    return understand(DIALECTS[subprotocol], frame, AT, habits)


def test_the_page_is_current() -> None:
    """To bring it up to date: python -m app.domain.quirks > docs/quirks.md"""
    assert (ROOT / "docs" / "quirks.md").read_text(encoding="utf-8") == page()


def test_every_quirk_that_a_payload_shows_has_a_case() -> None:
    shown = {q.key for q in QUIRKS.values() if q.shown == "payload" and not q.chosen}
    assert CASES.keys() == shown


@pytest.mark.parametrize("key", CASES)
def test_it_is_mended_and_named(key: str) -> None:
    found = meant(CASES[key], Habits())
    if key == "unreadable_sample":  # it was the only sample: nothing is left that could be mended
        assert isinstance(found, Refusal)
        subprotocol, action, payload = CASES[key]
        payload["meterValue"][0]["sampledValue"].append(SAMPLE)
        found = meant((subprotocol, action, payload), Habits())
    assert isinstance(found, Understood)
    assert found.findings is not None
    assert key in found.findings.values()


@pytest.mark.parametrize("key", CASES)
def test_a_strict_station_has_it_refused(key: str) -> None:
    assert isinstance(meant(CASES[key], Habits(strict=True)), Refusal)


def test_a_strict_station_s_message_id_is_no_longer_than_it_may_be() -> None:
    frame = read_frame(json.dumps([2, "{" + "a" * 36 + "}", "Heartbeat", {}]).encode())
    assert isinstance(frame, Call)
    assert isinstance(understand(DIALECTS["ocpp1.6"], frame, AT), Understood)
    refused = understand(DIALECTS["ocpp1.6"], frame, AT, Habits(strict=True))
    assert isinstance(refused, Refusal)
    assert refused.code == "RpcFrameworkError"


def test_hertz_is_a_unit() -> None:
    found = meant(("ocpp1.6", "MeterValues", metered(measurand="Frequency", unit="Hz")), Habits())
    assert isinstance(found, Understood)
    assert set((found.findings or {}).values()) <= {"unit", "unknown_word"}
    [report] = found.reports
    assert isinstance(report, TransactionUpdated)
    assert report.readings[0].other[0][0] == "Frequency"


ENERGY = {"measurand": "Energy.Active.Import.Register", "unit": "Wh"}


@pytest.mark.parametrize("told", ["1234,5", "0,25", "-3,1415", "+1,0"])
def test_a_decimal_comma_is_a_dot(told: str) -> None:
    entries = metered(**ENERGY, value=told)["meterValue"]
    entries[0]["sampledValue"].append({**SAMPLE, "value": "7,4"})
    stop = {"transactionId": 5, "meterStop": 1300, "timestamp": "2026-11-20T03:00:00Z"}
    for action, payload in (
        ("MeterValues", {"connectorId": 1, "meterValue": entries}),
        ("StopTransaction", {**stop, "transactionData": entries}),
    ):
        found = meant(("ocpp1.6", action, payload), Habits())
        assert isinstance(found, Understood)
        assert set((found.findings or {}).values()) == {"decimal_comma"}
        [reading] = found.reports[0].readings  # type: ignore[attr-defined]
        assert reading.energy_wh == Decimal(told.replace(",", "."))
        assert (reading.power_w, reading.other) == (7400, ())


@pytest.mark.parametrize("told", ["1,500", "1,234,567", "1,234.5", "1.234,5", ",5", "5,"])
def test_a_comma_that_may_part_thousands_is_kept_and_told(told: str) -> None:
    payload = metered(**ENERGY, value=told)
    payload["meterValue"][0]["sampledValue"].append(SAMPLE)
    found = meant(("ocpp1.6", "MeterValues", payload), Habits())
    assert isinstance(found, Understood)
    assert set((found.findings or {}).values()) == {"unclear_comma"}
    [reading] = found.reports[0].readings  # type: ignore[attr-defined]
    assert (reading.energy_wh, reading.power_w) == (None, 7400)
    assert reading.other[0][4] == told


@pytest.mark.parametrize("told", ["n/a", "a,b", ""])
def test_a_value_that_is_no_number_is_kept_as_it_is(told: str) -> None:
    found = meant(("ocpp1.6", "MeterValues", metered(value=told)), Habits())
    assert isinstance(found, Understood)
    assert found.findings is None
    signed = metered(value="OCMF|1,5", format="SignedData")
    assert meant(("ocpp1.6", "MeterValues", signed), Habits(strict=True)).__class__ is Understood


def test_a_quirk_that_a_person_chose_counts_for_valid_payloads() -> None:
    habits = Habits(quirks=frozenset({"energy_in_kwh", "power_in_kw"}))
    payload = metered(unit="W")
    energy = {"value": "12.5", "measurand": "Energy.Active.Import.Register", "unit": "Wh"}
    payload["meterValue"][0]["sampledValue"] += [energy, {"value": "50", "measurand": "SoC"}]
    found = meant(("ocpp1.6", "MeterValues", payload), habits)
    assert isinstance(found, Understood)
    assert set((found.findings or {}).values()) == {"energy_in_kwh", "power_in_kw"}
    [report] = found.reports
    assert isinstance(report, TransactionUpdated)
    [reading] = report.readings
    assert (reading.energy_wh, reading.power_w, reading.soc_percent) == (12500, 7400, 50)
    plain = meant(("ocpp1.6", "MeterValues", payload), Habits())
    assert isinstance(plain, Understood)
    assert plain.findings is None
    stop = {"transactionId": 5, "meterStop": 13, "timestamp": "2026-11-20T03:00:00Z"}
    ended = meant(("ocpp1.6", "StopTransaction", stop), habits)
    assert isinstance(ended, Understood)
    assert ended.reports[-1].meter_stop_wh == 13000  # type: ignore[attr-defined]
    two = {
        **EVENT,
        "meterValue": [{"timestamp": EVENT["timestamp"], "sampledValue": [{"value": 2}]}],
    }
    event = meant(("ocpp2.0.1", "TransactionEvent", two), habits)
    assert isinstance(event, Understood)
    assert event.reports[0].readings[0].energy_wh == 2000  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("subprotocol", "action", "payload"),
    [
        ("ocpp1.6", "Authorize", {"idTag": "04A2B3_KEBA"}),
        ("ocpp2.0.1", "Authorize", {"idToken": {"idToken": "04A2B3_KEBA", "type": "ISO14443"}}),
    ],
)
def test_a_tag_loses_its_suffix_only_where_a_person_said_so(
    subprotocol: str, action: str, payload: dict[str, Any]
) -> None:
    case = (subprotocol, action, payload)
    for keys, tag in ((frozenset({"tag_suffix"}), "04A2B3"), (frozenset(), "04A2B3_KEBA")):
        found = meant(case, Habits(quirks=keys))
        assert isinstance(found, Understood)
        [report] = found.reports
        assert isinstance(report, AuthorizationAsked)
        assert report.id_token == tag


@asynccontextmanager
async def serving(context: Context) -> AsyncIterator[Server]:
    async with (
        Lanes(context).run() as lanes,
        serve(context, lanes, None, host="127.0.0.1", port=0) as server,
    ):
        yield server


async def test_deviations_are_counted_per_station(context: Context) -> None:
    await make_station(context, "CP1")
    async with serving(context) as server, station(server) as socket:
        for _ in range(3):
            assert (await ask(socket, "StatusNotification", {**STATUS, "errorCode": "Error"}))[
                0
            ] == 3
        assert (await ask(socket, "Authorize", {}))[2] == "OccurenceConstraintViolation"
        assert (await ask(socket, "DoTheDishes", {}))[2] == "NotImplemented"
        await socket.send("not JSON")
        assert (await hear(socket))[2] == "FormationViolation"
    found = await conformance.findings(context.database, "CP1")
    assert {(f.action, f.quirk, f.outcome, f.count) for f in found} == {
        ("StatusNotification", "unknown_word", MENDED, 3),
        ("Authorize", "OccurrenceConstraintViolation", "OccurenceConstraintViolation", 1),
        (UNKNOWN_ACTION, "NotImplemented", "NotImplemented", 1),
        (UNKNOWN_ACTION, "RpcFrameworkError", "FormationViolation", 1),
    }
    [habits] = await conformance.habits(context.database)
    assert (habits.mended, habits.refused) == (3, 3)


async def test_an_answer_that_breaks_its_schema_is_counted_too(context: Context) -> None:
    await make_station(context, "CP1")
    async with serving(context) as server, station(server) as socket:
        await ask(socket, "Heartbeat", {})
        task = asyncio.ensure_future(context.bus.ask("CP1", Reset(), 5))
        call = await hear(socket)
        await socket.send(json.dumps([3, call[1], {"status": "Perhaps"}]))
        assert (await task).status is OutcomeStatus.ERROR
    [finding] = await conformance.findings(context.database, "CP1")
    assert (finding.action, finding.quirk) == ("Reset", "PropertyConstraintViolation")


async def test_one_station_or_all_may_be_strict(context: Context) -> None:
    for name in ("CP1", "CP2"):
        await make_station(context, name)
    odd = {**STATUS, "errorCode": "Error"}
    async with (
        serving(context) as server,
        station(server, "CP1") as one,
        station(server, "CP2") as two,
    ):
        await set_habits(context, HALLA, "CP1", strict=True)
        await server.board.habits.read()
        assert (await ask(one, "StatusNotification", odd))[2] == "PropertyConstraintViolation"
        assert (await ask(one, "StatusNotification", STATUS))[0] == 3
        assert (await ask(two, "StatusNotification", odd))[0] == 3
    settings = dataclasses.replace(context.settings, strict="on")
    async with (
        serving(dataclasses.replace(context, settings=settings)) as server,
        station(server, "CP2") as two,
    ):
        assert (await ask(two, "StatusNotification", odd))[2] == "PropertyConstraintViolation"
