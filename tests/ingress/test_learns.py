"""Whatever a valid exchange teaches, and whatever a valid notification says of a device, can be stored."""

import json
import random

import pytest

from app.csms.context import Context
from app.csms.receive import HANDLERS, receive
from app.domain.errors import CsmsError, Invalid
from app.domain.reports import Answer, Received, Report
from app.ingress.dialects import DIALECTS
from app.ingress.translate import translate
from tests.factories import NOON, make_station
from tests.ingress.payloads import valid

SEED = 7
TRIES = 12
NOTIFICATIONS = [
    "NotifyReport",
    "NotifyEvent",
    "NotifyMonitoringReport",
    "NotifyCustomerInformation",
    "FirmwareStatusNotification",
    "PublishFirmwareStatusNotification",
    "LogStatusNotification",
    "SignedFirmwareStatusNotification",
    "DiagnosticsStatusNotification",
]


async def stored(context: Context, reports: tuple[Report, ...]) -> list[Answer | CsmsError]:
    """The answers; a report that cannot be stored raises."""
    rows = [Received(station_id="S", at=NOON, report=report) for report in reports]
    return await receive(context, rows) if rows else []


@pytest.mark.parametrize("subprotocol", DIALECTS)
async def test_what_any_valid_exchange_teaches_is_stored(
    context: Context, subprotocol: str
) -> None:
    await make_station(context, "S")
    dialect = DIALECTS[subprotocol]
    dice = random.Random(SEED)
    for action, learn in sorted(dialect.learns.items()):
        for _ in range(TRIES):
            asked = valid(dialect.version, action, dice)
            answered = valid(dialect.version, action, dice, request=False)
            reports = learn(asked, answered, NOON)
            assert all(type(report) in HANDLERS for report in reports), action
            answers = await stored(context, reports)
            # Invalid: what was sent is no certificate, so there is nothing to learn of it
            refused = [one for one in answers if isinstance(one, CsmsError)]
            assert not [one for one in refused if not isinstance(one, Invalid)], action


@pytest.mark.parametrize("subprotocol", DIALECTS)
async def test_any_valid_notification_of_a_device_is_stored(
    context: Context, subprotocol: str
) -> None:
    await make_station(context, "S")
    dialect = DIALECTS[subprotocol]
    dice = random.Random(SEED)
    for action in sorted(set(NOTIFICATIONS) & dialect.receives.keys()):
        for _ in range(TRIES):
            frame = json.dumps([2, "id", action, valid(dialect.version, action, dice)])
            reports = translate(subprotocol, frame, NOON).reports
            assert reports, frame
            answers = await stored(context, reports)
            assert not [one for one in answers if isinstance(one, CsmsError)], frame
