"""The names under which news and questions travel."""

from app.domain.identifiers import subject_token

CHANGES = "halla.changes"


def commands_of(station_id: str) -> str:
    """Where commands to one station are asked."""
    return f"halla.stations.{subject_token(station_id)}.commands"
