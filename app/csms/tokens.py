"""What the system does when a station asks about an id token."""

from app.csms.batch import Batch
from app.domain import authorization
from app.domain.authorization import TokenInfo, TokenStatus
from app.domain.reports import AuthorizationAnswer, AuthorizationAsked, Received


def on_authorization(batch: Batch, received: Received) -> AuthorizationAnswer:
    """C01. A token that charges at another station already is told so, if that is not allowed; at its own it may be
    about to stop."""
    report = received.report
    assert isinstance(report, AuthorizationAsked)
    station = batch.station(received.station_id)
    if not report.id_token and report.token_type == authorization.NO_AUTHORIZATION:
        return AuthorizationAnswer(token=TokenInfo(status=TokenStatus.ACCEPTED))
    token = batch.tokens.get(report.id_token.lower())
    charging = batch.charges_elsewhere(report.id_token, station.station_id)
    return AuthorizationAnswer(
        token=authorization.decide_start(token, received.at, charging=charging)
    )
