"""Who may play a charging station in a browser.

A station's socket carries no cookie and asks for no sign-in, and a browser opens sockets for whatever page it shows:
a foreign page could speak in the name of every station that has no password, from inside the operator's network. So
a browser gets in with a ticket only, and only a signed-in person gets one: for one station, one origin, one socket,
within a minute. It replaces nothing: the station's own password is asked as of everybody.
"""

import hashlib
import secrets
from datetime import timedelta

from sqlalchemy import text

from app.csms import audit
from app.csms.actors import Actor
from app.csms.context import Context
from app.csms.work import work
from app.domain.errors import Conflict, Invalid, NotAllowed
from app.domain.identifiers import is_station_id

VALID_FOR = timedelta(seconds=60)

_ONLINE = """
SELECT online FROM station_state WHERE online AND station_id = coalesce(
    (SELECT station_id FROM station_alias WHERE alias = :id), :id)
"""
_INSERT = """
INSERT INTO simulator_ticket (ticket_hash, station_id, origin, actor, expires_at)
VALUES (:hash, :id, :origin, :actor, :expires_at)
"""
_REDEEM = """
DELETE FROM simulator_ticket WHERE ticket_hash = :hash RETURNING station_id, origin, expires_at
"""


async def create_ticket(context: Context, actor: Actor, station_id: str, origin: str) -> str:
    """A ticket for one socket of `station_id` from a page of `origin` (`https://host:port`).

    Raises Invalid for what cannot be a station's id, Conflict while the station is connected: the newest connection
    wins, and a simulator must not push a real charger out.
    """
    if not is_station_id(station_id):
        raise Invalid("A charger’s id has 1 to 48 letters, digits or * - _ = : + | @ .")
    ticket = secrets.token_urlsafe(32)
    now = context.clock()
    async with work(context) as w:
        connection = await w.session.connection()
        if (await connection.execute(text(_ONLINE), {"id": station_id})).first():
            raise Conflict(
                f"{station_id} is connected. The simulator would push it out; use another id, or"
                " disconnect it first."
            )
        await connection.execute(
            text("DELETE FROM simulator_ticket WHERE expires_at < :now"), {"now": now}
        )
        values = {
            "hash": _hash(ticket),
            "id": station_id,
            "origin": origin,
            "actor": actor.name,
            "expires_at": now + VALID_FOR,
        }
        await connection.execute(text(_INSERT), values)
        audit.note(w, actor, "simulator.connect", f"station:{station_id}", origin=origin)
    return ticket


async def redeem_ticket(context: Context, ticket: str, station_id: str, origin: str) -> None:
    """Use a ticket up. Raises NotAllowed unless it is good for this station from a page of this origin."""
    async with work(context) as w:
        connection = await w.session.connection()
        found = (await connection.execute(text(_REDEEM), {"hash": _hash(ticket)})).first()
    if found is None or found.expires_at < context.clock():
        raise NotAllowed("This ticket was used already or is too old; press Connect again.")
    if (found.station_id, found.origin) != (station_id, origin):
        raise NotAllowed("This ticket is for another charger or from another page.")


def _hash(ticket: str) -> str:
    return hashlib.sha256(ticket.encode()).hexdigest()
