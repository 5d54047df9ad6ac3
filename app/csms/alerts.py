"""Acknowledging alerts: who has seen them, when, and what they say to it."""

from collections.abc import Sequence

from app.csms.actors import Actor
from app.csms.audit import note as audit_note
from app.csms.context import Context
from app.csms.work import work
from app.domain.changes import AlertsChanged
from app.domain.errors import Invalid, NotFound
from app.store.tables.alerts import AlertAcknowledgement

LONGEST_NOTE = 500
LONGEST_KEY = 400


async def acknowledge(
    context: Context, actor: Actor, keys: Sequence[str], note: str | None = None
) -> None:
    """`actor` has seen these alerts. A later acknowledgement takes the place of an earlier one. Raises Invalid."""
    text = (note or "").strip()
    if not keys or max(map(len, keys)) > LONGEST_KEY:
        raise Invalid("Say which alert is meant.")
    if len(text) > LONGEST_NOTE:
        raise Invalid(f"A note has at most {LONGEST_NOTE} characters.")
    now = context.clock()
    async with work(context) as w:
        for key in keys:
            seen = await w.session.get(AlertAcknowledgement, key)
            if seen is None:
                seen = AlertAcknowledgement(key=key, at=now, actor=actor.name)
            seen.at, seen.actor, seen.note = now, actor.name, text or None
            w.session.add(seen)
            audit_note(w, actor, "alert.acknowledge", f"alert:{key}", note=text or None)
        w.announce(AlertsChanged())


async def take_back(context: Context, actor: Actor, key: str) -> None:
    """The alert needs somebody again. Raises NotFound."""
    async with work(context) as w:
        seen = await w.session.get(AlertAcknowledgement, key)
        if seen is None:
            raise NotFound("Nobody has acknowledged this alert.")
        await w.session.delete(seen)
        audit_note(w, actor, "alert.reopen", f"alert:{key}")
        w.announce(AlertsChanged())
