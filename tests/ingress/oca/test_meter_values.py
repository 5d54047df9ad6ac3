"""J: readings of all contexts, signed ones, and those that cannot be."""

from typing import Any

import pytest

from tests.ingress.oca.conftest import Bench
from tests.ingress.oca.driver import REGISTER, Session, measured, moment
from tests.ingress.oca.station import Station

SAMPLES = "SELECT context, energy_wh, transaction_id IS NOT NULL, suspect FROM meter_sample ORDER BY measured_at"
BILL = "SELECT energy_wh, cost FROM transaction"
SIGNED = {
    "signedMeterData": "T0NNRnx7IkZWIjoiMS4wIn18ezF9",
    "signingMethod": "ECDSA-secp256r1-SHA256",
    "encodingMethod": "OCMF",
    "publicKey": "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE",
}
KEPT = {
    "data": SIGNED["signedMeterData"],
    "method": SIGNED["signingMethod"],
    "encoding": "OCMF",
    "public_key": SIGNED["publicKey"],
    "measurand": REGISTER,
    "phase": None,
    "location": None,
}


async def clock(station: Station, seconds: float, wh: float, **more: Any) -> None:
    """MeterValues at a round moment."""
    value = measured(seconds, wh, "Sample.Clock", **more)
    assert await station.call("MeterValues", {"evseId": 1, "meterValue": [value]}) == {}


@pytest.mark.oca("TC_J_01")
async def test_tc_j_01(bench: Bench) -> None:
    """Without a transaction: stored for the EVSE and for the main meter, of no transaction."""
    async with bench.connect() as station:
        await clock(station, 0, 5000)
        main = {"evseId": 0, "meterValue": [measured(0, 9000, "Sample.Clock")]}
        assert await station.call("MeterValues", main) == {}
    assert await bench.rows("SELECT evse_id, energy_wh, transaction_id FROM meter_sample ORDER BY 1") == [
        (0, 9000, None),
        (1, 5000, None),
    ]  # fmt: skip


@pytest.mark.oca("TC_J_02")
async def test_tc_j_02(bench: Bench) -> None:
    """With a transaction: as an event of it, or beside it; both are its readings."""
    async with bench.connect() as station:
        session = Session(station)
        await session.start()
        value = measured(10, 100, "Sample.Clock")
        await session.event("Updated", "MeterValueClock", meterValue=[value])
        await clock(station, 15, 150)
    assert await bench.rows(SAMPLES) == [
        ("Transaction.Begin", 0, True, None),
        ("Sample.Clock", 100, True, None),
        ("Sample.Clock", 150, True, None),
    ]
    assert await bench.rows(BILL) == [(150, 23)]


@pytest.mark.oca("TC_J_03")
async def test_tc_j_03(bench: Bench) -> None:
    """Readings of round moments that come with the end are of their moments, and not suspect."""
    async with bench.connect() as station:
        session = Session(station)
        await session.start()
        await session.sample(200)
        values = [
            measured(5, 100, "Sample.Clock"),
            measured(15, 300, "Sample.Clock"),
            measured(20, 400, "Transaction.End"),
        ]
        await session.event("Ended", "StopAuthorized", reason="Local", meterValue=values)
    assert await bench.rows(SAMPLES) == [
        ("Transaction.Begin", 0, True, None),
        ("Sample.Clock", 100, True, None),
        ("Sample.Periodic", 200, True, None),
        ("Sample.Clock", 300, True, None),
        ("Transaction.End", 400, True, None),
    ]
    assert await bench.rows(BILL) == [(400, 60)]


@pytest.mark.oca("TC_J_04")
async def test_tc_j_04(bench: Bench) -> None:
    """A signed clock-aligned value is stored untouched beside the number."""
    async with bench.connect() as station:
        await clock(station, 0, 5000, signedMeterValue=SIGNED)
    assert await bench.rows("SELECT energy_wh, signed FROM meter_sample") == [(5000, [KEPT])]


@pytest.mark.oca("TC_J_07")
async def test_tc_j_07(bench: Bench) -> None:
    """The reading of the start is the register that the bill begins with."""
    async with bench.connect() as station:
        await Session(station).start(1234.5)
    assert await bench.rows("SELECT meter_start_wh, evse_id FROM transaction") == [(1234.5, 1)]
    assert await bench.rows(SAMPLES) == [("Transaction.Begin", 1234.5, True, None)]


@pytest.mark.oca("TC_J_08")
async def test_tc_j_08(bench: Bench) -> None:
    """Started without an EVSE; the begin's reading comes with the event that names it."""
    async with bench.connect() as station:
        await station.status("Available", evse_id=1)
        await station.status("Available", evse_id=2)
        session = Session(station, evse=None)
        await session.start(None)
        session.evse = 2
        value = measured(10, 700, "Transaction.Begin")
        await session.event("Updated", "CablePluggedIn", meterValue=[value])
        await session.end(900)
    assert await bench.rows("SELECT evse_id, meter_start_wh, energy_wh FROM transaction") == [
        (2, 700, 200)
    ]


@pytest.mark.oca("TC_J_09")
async def test_tc_j_09(bench: Bench) -> None:
    """Periodic readings of every measurand: columns for the usual ones, the rest kept as it is."""
    async with bench.connect() as station:
        session = Session(station)
        await session.start()
        samples = [
            {"value": 100},
            {"value": 7.2, "measurand": "Power.Active.Import", "unitOfMeasure": {"unit": "kW"}},
            {"value": 31.3, "measurand": "Current.Import", "phase": "L1"},
            {"value": 229.9, "measurand": "Voltage", "phase": "L1-N"},
            {"value": 41, "measurand": "SoC"},
            {"value": 49.9, "measurand": "Frequency"},
        ]
        value = {"timestamp": moment(10), "sampledValue": samples}
        await session.event("Updated", "MeterValuePeriodic", meterValue=[value])
    columns = "energy_wh, power_w, current_a, voltage_v, soc_percent"
    where = "WHERE context = 'Sample.Periodic'"
    assert await bench.rows(f"SELECT {columns} FROM meter_sample {where}") == [
        (100, 7200, 31.3, 229.9, 41)
    ]
    (other,) = (await bench.rows(f"SELECT other FROM meter_sample {where}"))[0]
    assert ["Frequency", None, None, None, 49.9] in other


@pytest.mark.oca("TC_J_10")
async def test_tc_j_10(bench: Bench) -> None:
    """The readings of the end are the bill."""
    async with bench.connect() as station:
        session = Session(station)
        await session.start(1000)
        values = [measured(10, 2000, "Sample.Periodic"), measured(20, 3000, "Transaction.End")]
        answer = await session.event("Ended", "StopAuthorized", reason="Local", meterValue=values)
    assert answer["totalCost"] == 300
    assert await bench.rows(BILL) == [(2000, 300)]


@pytest.mark.oca("TC_J_11")
async def test_tc_j_11(bench: Bench) -> None:
    """Signed values of start, course and end are stored untouched."""
    async with bench.connect() as station:
        session = Session(station)
        for number, (kind, context, wh) in enumerate(
            (
                ("Started", "Transaction.Begin", 0),
                ("Updated", "Sample.Periodic", 10),
                ("Ended", "Transaction.End", 20),
            )
        ):
            value = measured(number * 10, wh, context, signedMeterValue=SIGNED)
            await session.event(kind, "SignedDataReceived", meterValue=[value])
    assert await bench.rows("SELECT signed FROM meter_sample") == [([KEPT],)] * 3
    assert await bench.rows(BILL) == [(20, 3)]


@pytest.mark.parametrize(
    ("seconds", "wh", "why"),
    [
        (20, 500, "decreasing"),
        (20, 0, "decreasing"),
        (20, -7, "decreasing"),
        (20, 900_000_000, "jumping"),
        (4, 1_500, "late"),
        (10, 1_500, "doubled"),
    ],
)
async def test_a_reading_that_cannot_be_is_kept_and_never_billed(
    bench: Bench, seconds: float, wh: float, why: str
) -> None:
    """Non-monotonic, jumping, late, doubled: marked, in the table, in no bill, no hour and no curve."""
    async with bench.connect() as station:
        session = Session(station)
        await session.start()
        await session.sample(1000)
        session.seconds = 30
        value = measured(seconds, wh)
        assert await session.event("Updated", "MeterValuePeriodic", meterValue=[value]) == {}
        assert await bench.rows(BILL) == [(1000, 150)]
        answer = await session.end(2000)
    assert answer == {"totalCost": 300}
    assert await bench.rows(BILL) == [(2000, 300)]
    assert await bench.rows("SELECT energy_wh, suspect FROM meter_sample WHERE suspect IS NOT NULL") == [
        (wh, why)
    ]  # fmt: skip
    assert await bench.rows("SELECT count(*) FROM meter_sample") == [(4,)]


async def test_a_final_register_that_cannot_be_is_not_billed(bench: Bench) -> None:
    """The meter fell to zero at the end: billed up to the last good reading."""
    async with bench.connect() as station:
        session = Session(station)
        await session.start(5000)
        await session.sample(6000)
        assert await session.end(0) == {"totalCost": 150}
    assert await bench.rows(BILL) == [(1000, 150)]


async def test_readings_after_the_end_are_late(bench: Bench) -> None:
    """Kept, of the transaction, and not billed."""
    async with bench.connect() as station:
        session = Session(station)
        await session.start()
        await session.end(1000)
        await session.sample(3000)
    assert await bench.rows(BILL) == [(1000, 150)]
    assert ("Sample.Periodic", 3000, True, "late") in await bench.rows(SAMPLES)


async def test_one_instant_in_pieces_is_one_reading(bench: Bench) -> None:
    """Register and power in entries of their own, of the same moment: one row with both."""
    async with bench.connect() as station:
        session = Session(station)
        await session.start()
        power = {"value": 7200, "measurand": "Power.Active.Import"}
        values = [measured(10, 100), {"timestamp": moment(10), "sampledValue": [power]}]
        await session.event("Updated", "MeterValuePeriodic", meterValue=values)
    assert await bench.rows(
        "SELECT energy_wh, power_w FROM meter_sample WHERE context = 'Sample.Periodic'"
    ) == [(100, 7200)]
