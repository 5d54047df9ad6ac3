"""Whether a station was let in, for what is answered beside the lanes."""

from app.csms.context import Context
from app.domain.errors import NotRegistered, StationNotFound
from app.domain.stations import Registration


async def expect_accepted_station(context: Context, station_id: str) -> None:
    """Raises NotRegistered for a station that is not accepted (B02, B03), StationNotFound for one that is not there."""
    async with context.database.read() as connection:
        cursor = await connection.execute(
            "SELECT registration FROM station WHERE id = %s AND retired_at IS NULL", (station_id,)
        )
        row = await cursor.fetchone()
    if row is None:
        raise StationNotFound
    if row[0] != Registration.ACCEPTED:
        raise NotRegistered
