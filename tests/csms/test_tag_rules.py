"""Who may begin and who may end: groups, parents, and one token at two places."""

from dataclasses import replace

import pytest

from app.csms.context import Context
from app.csms.receive import receive
from app.domain.authorization import TokenStatus
from app.domain.reports import (
    AuthorizationAnswer,
    AuthorizationAsked,
    TransactionAnswer,
    TransactionEnded,
    TransactionStarted,
)
from tests.factories import after, make_station, make_token, received

HERE, THERE = "emart_jeju_main_01", "emart_jeju_main_02"
STARTED = TransactionStarted(transaction="t1", at=after(0), evse_id=1, id_token="Mother")
ENDED = TransactionEnded(transaction="t1", at=after(60), stop_reason="Local")


@pytest.fixture
async def family(context: Context) -> Context:
    """Two chargers, a family of two with its own tag, and a stranger."""
    await make_station(context, HERE)
    await make_station(context, THERE)
    for token, group in (("mother", "Family"), ("child", "family"), ("family", None)):
        await make_token(context, token, group_id=group)
    await make_token(context, "stranger")
    return context


@pytest.fixture
def denying(family: Context) -> Context:
    """A system in which a token charges at one place at a time."""
    settings = replace(family.settings, concurrent_transactions="deny")
    return replace(family, settings=settings)


async def status_of(context: Context, report: object, station_id: str = HERE) -> TokenStatus | None:
    (answer,) = await receive(context, [received(report, station_id)])  # type: ignore[arg-type]
    assert isinstance(answer, TransactionAnswer | AuthorizationAnswer)
    return answer.token.status if answer.token else None


@pytest.mark.parametrize(
    ("token", "status"),
    [
        ("MOTHER", TokenStatus.ACCEPTED),
        ("child", TokenStatus.ACCEPTED),
        ("family", TokenStatus.ACCEPTED),
        ("stranger", TokenStatus.INVALID),
        ("nobody", TokenStatus.UNKNOWN),
        (None, None),
    ],
)
async def test_own_tag_same_group_and_parent_may_end(
    family: Context, token: str | None, status: TokenStatus | None
) -> None:
    await receive(family, [received(STARTED)])
    assert await status_of(family, replace(ENDED, id_token=token)) is status
    async with family.database.read() as connection:
        cursor = await connection.execute("SELECT ended_at IS NOT NULL FROM transaction")
        assert await cursor.fetchall() == [(True,)]  # whoever it was: it has ended


async def test_two_at_once_are_allowed_unless_denied(family: Context) -> None:
    await receive(family, [received(STARTED)])
    second = replace(STARTED, transaction="t2")
    assert await status_of(family, second, THERE) is TokenStatus.ACCEPTED


async def test_two_at_once_can_be_denied(denying: Context) -> None:
    assert await status_of(denying, STARTED) is TokenStatus.ACCEPTED
    assert await status_of(denying, STARTED) is TokenStatus.ACCEPTED  # a replay is not a second
    asked = AuthorizationAsked(id_token="mother")
    assert await status_of(denying, asked) is TokenStatus.ACCEPTED  # perhaps to stop
    assert await status_of(denying, asked, THERE) is TokenStatus.CONCURRENT_TX
    second = replace(STARTED, transaction="t2")
    assert await status_of(denying, second, THERE) is TokenStatus.CONCURRENT_TX
    other = replace(STARTED, transaction="t3", evse_id=2, id_token="child")
    assert await status_of(denying, other) is TokenStatus.ACCEPTED  # one of the group is another
    await receive(denying, [received(ENDED), received(replace(ENDED, transaction="t2"), THERE)])
    assert await status_of(denying, asked, THERE) is TokenStatus.ACCEPTED


async def test_two_at_once_in_one_batch(denying: Context) -> None:
    second = received(replace(STARTED, transaction="t2"), THERE)
    answers = await receive(denying, [received(STARTED), second])
    assert [a.token and a.token.status for a in answers if isinstance(a, TransactionAnswer)] == [
        TokenStatus.ACCEPTED,
        TokenStatus.CONCURRENT_TX,
    ]
