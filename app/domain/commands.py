"""What the CSMS asks of a station (Commands) and how that ended (Outcome). 2.0.1's words; versions stop at the door."""

from dataclasses import dataclass, field
from enum import StrEnum

from app.domain.reports import Variable
from app.domain.smart_charging import ChargingProfile
from app.domain.stations import Availability


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """What all commands are. `number`: of its row, so that the door can tell when it has left."""

    number: int | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestStartTransaction(Command):
    """F01/F02. `evse_id` None: the station chooses. `remote_start_id` ties the transaction to this request."""

    id_token: str
    remote_start_id: int
    evse_id: int | None = None
    token_type: str = "Central"
    profile: ChargingProfile | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestStopTransaction(Command):
    """F03."""

    transaction: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InstallChargingProfile(Command):
    """K01. EVSE 0: the whole station."""

    evse_id: int
    profile: ChargingProfile


@dataclass(frozen=True, slots=True, kw_only=True)
class ClearChargingProfile(Command):
    """K10: one profile, or all that meet the criteria (None: any)."""

    profile_id: int | None = None
    evse_id: int | None = None
    purpose: str | None = None
    stack_level: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GetChargingProfiles(Command):
    """K09: have the station report the profiles that meet all criteria (None, empty: any)."""

    request_id: int
    evse_id: int | None = None
    purpose: str | None = None
    stack_level: int | None = None
    profile_ids: tuple[int, ...] = ()
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class GetCompositeSchedule(Command):
    """K08."""

    evse_id: int
    duration_s: int


class ResetKind(StrEnum):
    """At once, or when no transaction runs."""

    IMMEDIATE = "Immediate"
    ON_IDLE = "OnIdle"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reset(Command):
    """B11/B12. `evse_id` None: the whole station."""

    kind: ResetKind = ResetKind.ON_IDLE
    evse_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UnlockConnector(Command):
    """F05."""

    evse_id: int
    connector_id: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeAvailability(Command):
    """G03/G04. EVSE 0: the whole station; connector 0: all of the EVSE."""

    availability: Availability
    evse_id: int = 0
    connector_id: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class TriggerMessage(Command):
    """F06. `message` in 2.0.1's words: BootNotification, StatusNotification, MeterValues, Heartbeat, ..."""

    message: str
    evse_id: int | None = None
    connector_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GetVariables(Command):
    """B06. 1.6: the names of the variables are configuration keys; none asks for all."""

    variables: tuple[Variable, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SetVariables(Command):
    """B05."""

    variables: tuple[Variable, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class GetBaseReport(Command):
    """B07. `base`: ConfigurationInventory, FullInventory, SummaryInventory."""

    request_id: int
    base: str = "FullInventory"


@dataclass(frozen=True, slots=True, kw_only=True)
class SendVendorData(Command):
    """P01."""

    vendor: str
    message: str | None = None
    data: object = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RawCall(Command):
    """Any call of the station's own version, for programs that speak OCPP."""

    action: str
    payload: dict[str, object] = field(default_factory=dict)


class OutcomeStatus(StrEnum):
    """How a command ended."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    ERROR = "error"
    OFFLINE = "offline"
    TIMED_OUT = "timed_out"
    NOT_SUPPORTED = "not_supported"
    INVALID = "invalid"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What the station answered. `detail`: its own word (Scheduled, NotImplemented, ...); `payload`: the answer's body.

    Of an error that the station answered: `detail` is its code, `details` is what it added. `latency_ms`: from the
    wire to the answer; a door gives none for what did not leave, or was not answered.
    """

    status: OutcomeStatus
    detail: str | None = None
    description: str | None = None
    payload: dict[str, object] | None = None
    latency_ms: float | None = None
    details: dict[str, object] | None = None
