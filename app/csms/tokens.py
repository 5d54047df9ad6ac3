"""What the system does when a station asks about an id token."""

from app.csms.batch import Batch
from app.domain import authorization
from app.domain.authorization import TokenInfo, TokenStatus
from app.domain.reports import AuthorizationAnswer, AuthorizationAsked, Received


def on_authorization(batch: Batch, received: Received) -> AuthorizationAnswer:
    """C01."""
    report = received.report
    assert isinstance(report, AuthorizationAsked)
    batch.station(received.station_id)
    if not report.id_token and report.token_type == authorization.NO_AUTHORIZATION:
        return AuthorizationAnswer(token=TokenInfo(status=TokenStatus.ACCEPTED))
    token = batch.tokens.get(report.id_token.lower())
    return AuthorizationAnswer(token=authorization.decide(token, received.at))
