"""N01, N09, N10: logs, and what stations keep about customers."""

from typing import Any

import pytest

from app.csms import customers, jobs, local_lists
from app.domain.commands import OutcomeStatus
from app.domain.customers import CertificateHash
from app.domain.local_lists import ListEntry
from tests.ingress.oca.conftest import ID, Bench
from tests.ingress.oca.sessions import AT
from tests.ingress.oca.station import Station

URL = "https://logs.example/upload"
CERTIFICATE = CertificateHash(
    hash_algorithm="SHA256", issuer_name_hash="ab", issuer_key_hash="cd", serial_number="1f"
)


async def get_log(
    bench: Bench, station: Station, word: str = "Accepted", security: bool = False
) -> int:
    """Ask for a log; the station answers `word`. The request's number."""
    task = bench.start(
        jobs.get_log(bench.context, bench.actor, ID, location=URL, security=security)
    )
    named = {} if word == "Rejected" else {"filename": "log.zip"}
    asked = await station.obey("GetLog", {"status": word, **named})
    assert asked["log"]["remoteLocation"] == URL
    assert asked["logType"] == ("SecurityLog" if security else "DiagnosticsLog")
    outcome = (await task).outcome
    assert (outcome.status is OutcomeStatus.ACCEPTED) is (word != "Rejected")
    number: int = asked["requestId"]
    return number


async def tell(station: Station, request_id: int, *words: str) -> None:
    for word in words:
        said = {"status": word, "requestId": request_id}
        assert await station.call("LogStatusNotification", said) == {}


async def logs(bench: Bench) -> list[tuple[Any, ...]]:
    return await bench.rows(
        "SELECT status, finished_at IS NOT NULL, asked ->> 'logType', asked ->> 'filename'"
        " FROM station_job WHERE kind = 'log' ORDER BY id"
    )


@pytest.mark.parametrize(
    "security",
    [
        pytest.param(False, marks=pytest.mark.oca("TC_N_25")),
        pytest.param(True, marks=pytest.mark.oca("TC_N_35")),
    ],
)
async def test_a_log_is_uploaded(bench: Bench, security: bool) -> None:
    """N01: the log is asked for; each word about its upload is kept."""
    async with bench.connect() as station:
        await station.boot()
        request_id = await get_log(bench, station, security=security)
        await tell(station, request_id, "Uploading", "Uploaded")
    kind = "SecurityLog" if security else "DiagnosticsLog"
    assert await logs(bench) == [("Uploaded", True, kind, "log.zip")]
    assert await bench.rows("SELECT status FROM job_progress ORDER BY id") == [
        ("Uploading",),
        ("Uploaded",),
    ]


@pytest.mark.oca("TC_N_34")
async def test_tc_n_34(bench: Bench) -> None:
    """The station refuses: that is the job's end."""
    async with bench.connect() as station:
        await station.boot()
        await get_log(bench, station, "Rejected")
    assert await logs(bench) == [("Rejected", True, "DiagnosticsLog", None)]
    assert await bench.rows("SELECT status FROM station_command") == [("rejected",)]


@pytest.mark.oca("TC_N_36")
async def test_tc_n_36(bench: Bench) -> None:
    """A second request cancels the first one's upload; the second is uploaded."""
    async with bench.connect() as station:
        await station.boot()
        first = await get_log(bench, station)
        await tell(station, first, "Uploading")
        second = await get_log(bench, station, "AcceptedCanceled")
        assert second != first
        await tell(station, first, "AcceptedCanceled")
        await tell(station, second, "Uploading", "Uploaded")
    assert [row[:2] for row in await logs(bench)] == [
        ("AcceptedCanceled", True),
        ("Uploaded", True),
    ]


async def ask(
    bench: Bench,
    station: Station,
    *,
    report: bool,
    clear: bool,
    data: tuple[str, ...] = (),
    word: str = "Accepted",
    **customer: Any,
) -> dict[str, Any]:
    """Ask about a customer; the station answers `word` and tells `data`, a part each."""
    customer = customer or {"id_token": "VALID"}
    task = bench.start(
        customers.ask_customer(
            bench.context, bench.actor, ID, report=report, clear=clear, **customer
        )
    )
    asked = await station.obey("CustomerInformation", {"status": word})
    assert (asked["report"], asked["clear"]) == (report, clear)
    assert (await task).outcome.detail == word
    for number, part in enumerate(data):
        said = {
            "data": part,
            "seqNo": number,
            "generatedAt": AT,
            "requestId": asked["requestId"],
            "tbc": number + 1 < len(data),
        }
        assert await station.call("NotifyCustomerInformation", said) == {}
    return asked


async def kept(bench: Bench) -> list[tuple[Any, ...]]:
    """The request, and all that was told."""
    return await bench.rows(
        "SELECT report, clear, status, (SELECT string_agg(data, '' ORDER BY seq_no)"
        " FROM customer_part p WHERE p.request_id = r.request_id) FROM customer_request r"
    )


@pytest.mark.oca("TC_N_27")
async def test_tc_n_27(bench: Bench) -> None:
    """What the station knows of a token's owner comes in parts."""
    async with bench.connect() as station:
        await station.boot()
        asked = await ask(bench, station, report=True, clear=False, data=("VALID: ", "3 sessions"))
        assert asked["idToken"] == {"idToken": "VALID", "type": "ISO14443"}
    assert await kept(bench) == [(True, False, "Accepted", "VALID: 3 sessions")]


@pytest.mark.oca("TC_N_28")
async def test_tc_n_28(bench: Bench) -> None:
    """The station knows nothing, and says that with an empty part."""
    async with bench.connect() as station:
        await station.boot()
        await ask(bench, station, report=True, clear=False, data=("",))
    assert await kept(bench) == [(True, False, "Accepted", "")]


@pytest.mark.oca("TC_N_29")
async def test_tc_n_29(bench: Bench) -> None:
    """The station refuses."""
    async with bench.connect() as station:
        await station.boot()
        await ask(bench, station, report=True, clear=False, word="Rejected")
    assert await kept(bench) == [(True, False, "Rejected", None)]
    assert await bench.rows("SELECT status FROM station_command") == [("rejected",)]


@pytest.mark.parametrize(
    ("report", "data"),
    [
        pytest.param(True, ("VALID: 3 sessions",), marks=pytest.mark.oca("TC_N_30")),
        pytest.param(True, ("",), marks=pytest.mark.oca("TC_N_31")),
        pytest.param(False, (), marks=pytest.mark.oca("TC_N_32")),
    ],
)
async def test_a_customer_is_forgotten(bench: Bench, report: bool, data: tuple[str, ...]) -> None:
    """N10: the station forgets, telling before what it knew or not."""
    async with bench.connect() as station:
        await station.boot()
        await ask(bench, station, report=report, clear=True, data=data)
    assert await kept(bench) == [(report, True, "Accepted", data[0] if data else None)]


@pytest.mark.oca("TC_N_46")
async def test_tc_n_46(bench: Bench) -> None:
    """A token that the station forgets is taken off its local list by the CSMS."""
    entry = ListEntry(token="VALID", type="ISO14443")
    async with bench.connect() as station:
        await station.boot()
        task = bench.start(
            local_lists.send_local_list(bench.context, bench.actor, ID, entries=[entry])
        )
        await station.obey("SendLocalList", {"status": "Accepted"})
        await task
        assert await bench.rows("SELECT token FROM local_list_entry") == [("valid",)]
        forgetting = bench.start(
            customers.ask_customer(
                bench.context, bench.actor, ID, report=False, clear=True, id_token="VALID"
            )
        )
        await station.obey("CustomerInformation", {"status": "Accepted"})
        update = await station.obey("SendLocalList", {"status": "Accepted"})
        assert update["updateType"] == "Differential"
        assert [one["idToken"]["idToken"] for one in update["localAuthorizationList"]] == ["VALID"]
        assert "idTokenInfo" not in update["localAuthorizationList"][0]
        await forgetting
    assert await bench.rows("SELECT token FROM local_list_entry") == []
    assert await kept(bench) == [(False, True, "Accepted", None)]


@pytest.mark.oca("TC_N_62")
async def test_tc_n_62(bench: Bench) -> None:
    """The customer is named by an identifier."""
    async with bench.connect() as station:
        await station.boot()
        asked = await ask(
            bench,
            station,
            report=True,
            clear=True,
            data=("gone",),
            customer_identifier="customer-7",
        )
        assert asked["customerIdentifier"] == "customer-7"
    assert await kept(bench) == [(True, True, "Accepted", "gone")]
    assert await bench.rows("SELECT customer_identifier FROM customer_request") == [("customer-7",)]


@pytest.mark.oca("TC_N_63")
async def test_tc_n_63(bench: Bench) -> None:
    """The customer is named by a certificate's hashes."""
    async with bench.connect() as station:
        await station.boot()
        asked = await ask(
            bench, station, report=True, clear=True, data=("gone",), certificate=CERTIFICATE
        )
        assert asked["customerCertificate"] == {
            "hashAlgorithm": "SHA256",
            "issuerNameHash": "ab",
            "issuerKeyHash": "cd",
            "serialNumber": "1f",
        }
    assert await kept(bench) == [(True, True, "Accepted", "gone")]
    assert await bench.rows("SELECT certificate ->> 'serialNumber' FROM customer_request") == [
        ("1f",)
    ]
