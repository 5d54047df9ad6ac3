"""Authorization of 1.6: Authorize (4.1)."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

from app.domain.reports import Answer, AuthorizationAnswer, AuthorizationAsked
from app.ingress.block import Payload, Receives, ReceivesTable
from app.ingress.v16.tokens import TOKEN_TYPE, id_tag_info


def _authorize(payload: Any, _at: datetime) -> tuple[AuthorizationAsked, ...]:
    return (AuthorizationAsked(id_token=payload.idTag, token_type=TOKEN_TYPE),)


def _decision(answer: Answer) -> Payload:
    return {"idTagInfo": id_tag_info(cast(AuthorizationAnswer, answer).token)}


RECEIVES: ReceivesTable = {"Authorize": Receives(_authorize, _decision)}
