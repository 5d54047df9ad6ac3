"""What a charging station tells us (Reports) and what it is told back (Answers).

Named for what they mean, not for the message that carried them; one frame may yield several. A report does not name
its station: it travels as `Received`. Nobody changes a report or an answer; answers, and the reports of which one is
made for every message, are not frozen all the same, for that makes them four times as dear.
"""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from app.domain.authorization import TokenInfo
from app.domain.metering import MeterReading
from app.domain.stations import ChargingState, ConnectorStatus, Registration


class Report:
    """What all reports are."""

    __slots__ = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StationConnected(Report):
    """The socket opened. `connection` is the epoch of this socket: newer ones fence older ones.

    `profile`: the security profile that it has. `new_password_hash`: the station used the password of this hash for
    the first time. `certificate_serial` and `certificate_expires_at`: of the certificate that it showed.
    """

    connection: int
    protocol: str
    remote_address: str
    profile: int | None = None
    new_password_hash: str | None = field(default=None, repr=False)
    certificate_serial: str | None = None
    certificate_expires_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StationDisconnected(Report):
    """The socket closed. Of no effect when a newer connection took over."""

    connection: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StationBooted(Report):
    """BootNotification (use case B01). `tells_connectors`: it will say itself how its connectors are."""

    vendor: str
    model: str
    serial_number: str | None = None
    firmware_version: str | None = None
    reason: str | None = None
    tells_connectors: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class StationSeen(Report):
    """Heartbeat (use case G02)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectorStatusReported(Report):
    """StatusNotification (use case G01).

    `evse_id` 0 is the whole station. `charging_state` is what 1.6 folds into the status (Charging, SuspendedEV, ...);
    None where the version does not say it here. `passing`: the station will not say when it is over; its
    transactions do.
    """

    evse_id: int
    connector_id: int
    status: ConnectorStatus
    at: datetime
    charging_state: ChargingState | None = None
    error_code: str | None = None
    info: str | None = None
    vendor_error_code: str | None = None
    passing: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizationAsked(Report):
    """Authorize (use case C01)."""

    id_token: str
    token_type: str | None = None


@dataclass(slots=True, kw_only=True)
class TransactionReport(Report):
    """What the three transaction reports share.

    `transaction`: the station's id of it; None when the CSMS has to issue one (1.6 StartTransaction), and when the
    station ends one whose id it never learned. `issued`: only the CSMS issues the ids (1.6), so that one which is not
    known names nothing of ours; else it is of a transaction whose start was lost.
    `station_cost`: what the station says it costs, kept beside our own figure. `from_zero`: its register counts from
    0 in each transaction.
    """

    transaction: str | None
    at: datetime
    evse_id: int | None = None
    connector_id: int | None = None
    charging_state: ChargingState | None = None
    seq_no: int | None = None
    offline: bool = False
    trigger: str | None = None
    id_token: str | None = None
    token_type: str | None = None
    readings: tuple[MeterReading, ...] = ()
    station_cost: Decimal | None = None
    remote_start_id: int | None = None
    reservation_id: int | None = None
    from_zero: bool = False
    issued: bool = False


@dataclass(slots=True, kw_only=True)
class TransactionStarted(TransactionReport):
    """StartTransaction, TransactionEvent Started (use cases E01 to E05). `meter_start_wh` if it is said apart."""

    meter_start_wh: Decimal | None = None


@dataclass(slots=True, kw_only=True)
class TransactionUpdated(TransactionReport):
    """TransactionEvent Updated, 1.6 MeterValues with a transaction (use case J02)."""


@dataclass(slots=True, kw_only=True)
class TransactionEnded(TransactionReport):
    """StopTransaction, TransactionEvent Ended (use cases E06 to E08). `meter_stop_wh` if it is said apart."""

    meter_stop_wh: Decimal | None = None
    stop_reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MeterValuesReported(Report):
    """MeterValues without a transaction (use case J01). EVSE 0 is the main meter."""

    evse_id: int
    readings: tuple[MeterReading, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """One attribute of one variable of one component (2.0.1's device model; a 1.6 key has component "")."""

    component: str
    name: str
    value: str | None
    attribute: str = "Actual"
    component_instance: str | None = None
    variable_instance: str | None = None
    evse_id: int | None = None
    connector_id: int | None = None
    readonly: bool | None = None
    mutability: str | None = None
    data_type: str | None = None
    unit: str | None = None
    min_limit: float | None = None
    max_limit: float | None = None
    values_list: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VariablesReported(Report):
    """NotifyReport (use case B07); parts may be missing."""

    request_id: int | None
    variables: tuple[Variable, ...]
    seq_no: int = 0
    more_follows: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class VendorDataSent(Report):
    """DataTransfer (use case P02)."""

    vendor: str
    message: str | None
    data: object


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandSent(Report):
    """A command of ours has left for the station (not a word of the station's, but of the door's)."""

    number: int
    at: datetime


# --- Answers -----------------------------------------------------------------------------------------------------


@dataclass(slots=True, kw_only=True)
class Answer:
    """Stored; there is nothing to say. The base of all answers."""


@dataclass(slots=True, kw_only=True)
class BootAnswer(Answer):
    """Whether the station is let in, how often it shall be heard of, and what time it is."""

    registration: Registration
    interval_s: int
    now: datetime


@dataclass(slots=True, kw_only=True)
class SeenAnswer(Answer):
    """What time it is."""

    now: datetime


@dataclass(slots=True, kw_only=True)
class AuthorizationAnswer(Answer):
    """The decision about a token, and about the certificate that came with it."""

    token: TokenInfo
    certificate_status: str | None = None


@dataclass(slots=True, kw_only=True)
class TransactionAnswer(Answer):
    """`transaction`: its id on the wire; `token` only if one was presented; `cost` in major units once ended,
    `running_cost` before."""

    transaction: str
    token: TokenInfo | None = None
    cost: Decimal | None = None
    running_cost: Decimal | None = None


@dataclass(slots=True, kw_only=True)
class VendorDataAnswer(Answer):
    """The vendor's data is not known to anybody here, so far."""

    status: str = "UnknownVendorId"


class Received(NamedTuple):
    """A report with its station and the moment it came in; the unit that travels through a lane.

    A tuple, because one is made for every message.
    """

    station_id: str
    at: datetime
    report: Report


URGENT: frozenset[type[Report]] = frozenset(
    {
        StationConnected,
        StationDisconnected,
        StationBooted,
        ConnectorStatusReported,
        AuthorizationAsked,
        TransactionStarted,
        TransactionEnded,
    }
)
"""Reports that go ahead of periodic samples when there is pressure."""
