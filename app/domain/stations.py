"""Charging stations and their parts: states as words, and what one marker of the map says of all of them."""

from dataclasses import dataclass
from enum import StrEnum


class ConnectorStatus(StrEnum):
    """What a connector reports (2.0.1's five words; 1.6's nine are translated at the door)."""

    AVAILABLE = "Available"
    OCCUPIED = "Occupied"
    RESERVED = "Reserved"
    UNAVAILABLE = "Unavailable"
    FAULTED = "Faulted"


class ChargingState(StrEnum):
    """What a transaction is doing."""

    CHARGING = "Charging"
    EV_CONNECTED = "EVConnected"
    SUSPENDED_EV = "SuspendedEV"
    SUSPENDED_EVSE = "SuspendedEVSE"
    IDLE = "Idle"


class Availability(StrEnum):
    """What the CSMS asked for; never mixed with the status that was reported."""

    OPERATIVE = "Operative"
    INOPERATIVE = "Inoperative"


class Registration(StrEnum):
    """Whether a station is let in: BootNotification's answer, kept across restarts."""

    PENDING = "pending"
    ACCEPTED = "accepted"
    REJECTED = "rejected"


class StationCategory(StrEnum):
    """How fast a station charges, in the words of Korean operators."""

    SLOW = "slow"
    FAST = "fast"
    ULTRA_FAST = "ultra_fast"


class DisplayStatus(StrEnum):
    """The one word that a marker, a row and a filter show."""

    FAULTED = "faulted"
    OFFLINE = "offline"
    CHARGING = "charging"
    OCCUPIED = "occupied"
    UNAVAILABLE = "unavailable"
    AVAILABLE = "available"


URGENCY = tuple(DisplayStatus)
"""Worst first: the order of lists, and which connector speaks for a station."""


@dataclass(frozen=True, slots=True)
class ConnectorView:
    """What is known of one connector when its display status is decided."""

    status: ConnectorStatus | None
    in_transaction: bool


def display_status(*, online: bool, connectors: tuple[ConnectorView, ...]) -> DisplayStatus:
    """One word for a station: offline hides all; a fault speaks first, then use, then what is free.

    `charging` is a transaction that runs; a plug in a connector without one is `occupied`. A station with a free
    connector beside a used one is `charging`; one that has said nothing yet and runs
    no transaction is `unavailable`.
    """
    if not online:
        return DisplayStatus.OFFLINE
    words = {_connector_display(connector) for connector in connectors}
    return next((word for word in URGENCY if word in words), DisplayStatus.UNAVAILABLE)


def _connector_display(connector: ConnectorView) -> DisplayStatus:
    if connector.status is ConnectorStatus.FAULTED:
        return DisplayStatus.FAULTED
    if connector.in_transaction:
        return DisplayStatus.CHARGING
    if connector.status is ConnectorStatus.OCCUPIED:
        return DisplayStatus.OCCUPIED
    if connector.status is ConnectorStatus.AVAILABLE:
        return DisplayStatus.AVAILABLE
    return DisplayStatus.UNAVAILABLE


def connector_name(
    name: str | None,
    station_name: str,
    *,
    evse_id: int,
    connector_id: int,
    evses: int,
    siblings: int,
) -> str:
    """How people call a connector: by its own name, else by its station's, with its number where there are several.

    The number is the EVSE's, as 1.6 counts; where EVSEs have several connectors each, `evse.connector`.
    """
    if name:
        return name
    if siblings <= 1:
        return station_name
    return (
        f"{station_name}:{evse_id}"
        if siblings == evses
        else f"{station_name}:{evse_id}.{connector_id}"
    )


def category_of(max_power_w: float) -> StationCategory:
    """slow below 40 kW, fast below 100 kW, ultra fast from there (Korean practice)."""
    if max_power_w >= 100_000:
        return StationCategory.ULTRA_FAST
    return StationCategory.FAST if max_power_w >= 40_000 else StationCategory.SLOW
