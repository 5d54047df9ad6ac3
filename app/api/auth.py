"""Who asks, and whether they may. Programs bring a key; every route names one permission with `Require`.

The dashboard's cookie opens nothing here but the documentation: a page of somebody else cannot make a browser send
an API call in its user's name.
"""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request, Security
from fastapi.security import APIKeyHeader, HTTPAuthorizationCredentials, HTTPBearer

from app.csms import accounts
from app.csms.accounts import Actor
from app.csms.context import Context
from app.domain.errors import NotAllowed, NotSignedIn
from app.domain.roles import Permission, may

SESSION_COOKIE = "halla_session"

_bearer = HTTPBearer(
    auto_error=False, scheme_name="Bearer", description="`Authorization: Bearer <API key>`"
)
_header = APIKeyHeader(
    name="X-API-Key",
    auto_error=False,
    scheme_name="X-API-Key",
    description="The same key in a header of its own.",
)

Bearer = Annotated[HTTPAuthorizationCredentials | None, Security(_bearer)]
KeyHeader = Annotated[str | None, Security(_header)]


def context_of(request: Request) -> Context:
    """What the verbs and windows are given."""
    context: Context = request.app.state.context
    return context


Here = Annotated[Context, Depends(context_of)]


@dataclass(frozen=True, slots=True)
class Require:
    """A dependency: the actor behind the key, if their role has `permission`; else 401 or 403.

    `people`: somebody who is signed in to the dashboard will do as well. Only for what changes nothing.
    """

    permission: Permission
    people: bool = False

    async def __call__(
        self, request: Request, context: Here, bearer: Bearer, header: KeyHeader
    ) -> Actor:
        actor = await self._actor(request, context, bearer.credentials if bearer else header)
        if not may(actor.role, self.permission):
            raise NotAllowed(
                f"The role {actor.role} may not {self.permission.replace('_', ' ')}.",
                permission=self.permission,
            )
        return actor

    async def _actor(self, request: Request, context: Context, key: str | None) -> Actor:
        if key:
            return await _owner_of(context, key)
        cookie = request.cookies.get(SESSION_COOKIE) if self.people else None
        visitor = await accounts.who(context, cookie) if cookie else None
        if visitor is not None:
            return visitor.actor
        if self.people:
            raise NotSignedIn("Sign in to the dashboard, or send an API key.")
        raise NotSignedIn("Send an API key: Authorization: Bearer <key>, or X-API-Key: <key>.")


async def _owner_of(context: Context, key: str) -> Actor:
    actor = await accounts.who_has_key(context, key)
    if actor is None:
        raise NotSignedIn("This API key is not known; it may have been revoked.")
    return actor


Viewer = Annotated[Actor, Depends(Require(Permission.VIEW))]
ChargingController = Annotated[Actor, Depends(Require(Permission.CONTROL_CHARGING))]
PowerLimiter = Annotated[Actor, Depends(Require(Permission.LIMIT_POWER))]
Commander = Annotated[Actor, Depends(Require(Permission.SEND_COMMANDS))]
TokenManager = Annotated[Actor, Depends(Require(Permission.MANAGE_TOKENS))]
StationManager = Annotated[Actor, Depends(Require(Permission.MANAGE_STATIONS))]
Reader = Annotated[Actor, Depends(Require(Permission.VIEW, people=True))]
