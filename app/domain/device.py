"""What a station is told to be (network profiles, availability of its parts), and reports of a chosen part of it."""

from dataclasses import dataclass, field

from app.domain.commands import Command
from app.domain.reports import Report, Variable
from app.domain.stations import Availability


@dataclass(frozen=True, slots=True, kw_only=True)
class GetReport(Command):
    """B08. `criteria`: Active, Available, Enabled, Problem; a variable named "" is any of its component."""

    request_id: int
    criteria: tuple[str, ...] = ()
    variables: tuple[Variable, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SetNetworkProfile(Command):
    """B09. How to reach a CSMS: `ocpp_version` and `interface` in OCPP's words (OCPP20, Wired0, ...)."""

    slot: int
    url: str
    ocpp_version: str = "OCPP20"
    transport: str = "JSON"
    interface: str = "Wired0"
    security_profile: int = 1
    message_timeout_s: int = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkProfileSet(Report):
    """The station has taken a network profile; `profile` in the station's words, without secrets."""

    slot: int
    profile: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class AvailabilityAgreed(Report):
    """The station (0, 0), an EVSE (n, 0) or a connector will be so; `scheduled`: after its transaction (G03, G04)."""

    availability: Availability
    evse_id: int = 0
    connector_id: int = 0
    scheduled: bool = False
