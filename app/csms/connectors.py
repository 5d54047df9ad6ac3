"""Connectors as an admin writes them: their names. What they do is told by the stations themselves."""

from app.csms.actors import Actor
from app.csms.audit import note
from app.csms.context import Context
from app.csms.work import work
from app.domain.changes import StationsChanged
from app.domain.errors import Invalid, NotFound
from app.store.tables.stations import Connector

MAX_NAME = 100


async def rename_connector(
    context: Context,
    actor: Actor,
    station_id: str,
    evse_id: int,
    connector_id: int,
    name: str | None,
) -> None:
    """Call a connector `name`; None: it is called after its station again. Raises NotFound, Invalid."""
    if name is not None and not 0 < len(name) <= MAX_NAME:
        raise Invalid(f"A connector's name has 1 to {MAX_NAME} letters.", field="name")
    async with work(context) as w:
        key = (station_id, evse_id, connector_id)
        connector = await w.session.get(Connector, key, with_for_update=True)
        if connector is None:
            raise NotFound(
                f"{station_id} has no connector {evse_id}.{connector_id}.", station_id=station_id
            )
        if connector.name == name:
            return
        connector.name = name
        subject = f"connector:{station_id}/{evse_id}/{connector_id}"
        note(w, actor, "connector.rename", subject, name=name)
        w.announce(StationsChanged(stations=(station_id,), status=()))
