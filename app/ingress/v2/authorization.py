"""Authorization of 2.x: Authorize (use cases C01 to C08)."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

from app.domain.reports import Answer, AuthorizationAnswer, AuthorizationAsked
from app.ingress.block import Payload, Receives, ReceivesTable
from app.ingress.v2.tokens import id_token_info


def _authorize(payload: Any, _at: datetime) -> tuple[AuthorizationAsked, ...]:
    token = payload.idToken
    return (AuthorizationAsked(id_token=token.idToken, token_type=token.type),)


def _decision(answer: Answer) -> Payload:
    return {"idTokenInfo": id_token_info(cast(AuthorizationAnswer, answer).token)}


RECEIVES: ReceivesTable = {"Authorize": Receives(_authorize, _decision)}
