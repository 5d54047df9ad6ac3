"""A station as a device: variables, jobs, monitors, events, availability, customers."""

from typing import Any, Literal

from pydantic import AwareDatetime, Field, JsonValue

from app.api.schemas.common import Instant, Output, StrictInput
from app.domain.commands import ResetKind
from app.domain.stations import Availability


class Variable(Output):
    """One attribute of one variable as it was last seen; a configuration key has the component ""."""

    component: str
    component_instance: str
    evse_id: int
    connector_id: int
    name: str
    variable_instance: str
    attribute: str
    value: str | None
    mutability: str | None
    data_type: str | None
    unit: str | None
    min_limit: float | None
    max_limit: float | None
    values_list: str | None
    seen_at: Instant


class Named(StrictInput):
    """A variable by its place. A configuration key of OCPP 1.6 has no component."""

    component: str = Field(default="", max_length=50, examples=["OCPPCommCtrlr"])
    component_instance: str | None = Field(default=None, max_length=50)
    evse_id: int | None = Field(default=None, ge=0)
    connector_id: int | None = Field(default=None, ge=0)
    name: str = Field(max_length=50, examples=["HeartbeatInterval"])
    variable_instance: str | None = Field(default=None, max_length=50)
    attribute: Literal["Actual", "Target", "MinSet", "MaxSet"] = "Actual"


class Valued(Named):
    """A variable and the value that it shall have."""

    value: str = Field(max_length=1000)


class AskVariables(StrictInput):
    """Which variables to ask for; none: all, of a station that speaks OCPP 1.6."""

    variables: list[Named] = Field(default=[], max_length=500)


class SetVariables(StrictInput):
    """The variables to set."""

    variables: list[Valued] = Field(min_length=1, max_length=500)


class Results(Output):
    """How a command of several parts ended; `results` in OCPP's words, one for each part."""

    command_id: int
    status: str = Field(description="accepted only if each part was.")
    detail: str | None
    results: list[dict[str, Any]]


class AskReport(StrictInput):
    """A base report, or (with `base` null) one of what meets the criteria and the variables."""

    base: Literal["FullInventory", "ConfigurationInventory", "SummaryInventory"] | None = None
    criteria: list[Literal["Active", "Available", "Enabled", "Problem"]] = Field(
        default=[], max_length=4
    )
    variables: list["Watched"] = Field(default=[], max_length=500)


class Watched(StrictInput):
    """A component, or (with `name`) one of its variables."""

    component: str = Field(max_length=50)
    component_instance: str | None = Field(default=None, max_length=50)
    evse_id: int | None = Field(default=None, ge=0)
    connector_id: int | None = Field(default=None, ge=0)
    name: str = Field(default="", max_length=50)
    variable_instance: str | None = Field(default=None, max_length=50)


class NetworkProfile(Output):
    """A way to a CSMS that the station has taken; secrets are hidden."""

    slot: int
    profile: dict[str, Any]
    set_at: Instant


class PutNetworkProfile(StrictInput):
    """A way to a CSMS."""

    url: str = Field(max_length=512, examples=["wss://csms.example/ocpp"])
    ocpp_version: str = Field(default="OCPP20", max_length=20)
    transport: Literal["JSON", "SOAP"] = "JSON"
    interface: str = Field(default="Wired0", max_length=20)
    security_profile: int = Field(default=1, ge=0, le=3)
    message_timeout_s: int = Field(default=30, ge=1, le=3600)


class AgreedAvailability(Output):
    """What was agreed, and what is reported (`status`). EVSE 0: the station; connector 0: the whole EVSE."""

    evse_id: int
    connector_id: int
    availability: Availability
    scheduled: bool = Field(description="It waits for the end of a transaction.")
    asked_at: Instant
    status: str | None


class ChangeAvailability(StrictInput):
    """In or out of service. EVSE 0: the station; connector 0: the whole EVSE."""

    availability: Availability
    evse_id: int = Field(default=0, ge=0)
    connector_id: int = Field(default=0, ge=0)


class ResetStation(StrictInput):
    """Start again, at once or when nothing charges."""

    kind: ResetKind = ResetKind.ON_IDLE
    evse_id: int | None = Field(default=None, ge=1, description="null: the whole station.")


class Step(Output):
    """One word of the station about a job."""

    status: str
    at: Instant


class Job(Output):
    """Firmware, published firmware or a log on its way; `status`: the station's last word."""

    id: int
    station_id: str
    kind: str
    request_id: int | None
    status: str
    status_at: Instant
    location: str | None
    filename: str | None
    requested_at: Instant
    finished_at: Instant | None
    progress: list[Step]


class JobPage(Output):
    """Some jobs, newest first."""

    items: list[Job]
    next: int | None = Field(description="Ask for the rest with `before`; null: that was all.")


class Retrying(StrictInput):
    """How often to try again, and how long to wait between."""

    retries: int | None = Field(default=None, ge=0, le=1000)
    retry_interval_s: int | None = Field(default=None, ge=0, le=86_400)


class UpdateFirmware(Retrying):
    """Firmware to fetch and install; signed if the certificate (PEM) and the signature (base64) are given."""

    location: str = Field(max_length=512, examples=["https://firmware.example/station.bin"])
    retrieve_at: AwareDatetime | None = Field(default=None, description="null: now.")
    install_at: AwareDatetime | None = None
    signing_certificate: str | None = Field(default=None, max_length=5500)
    signature: str | None = Field(default=None, max_length=800)


class PublishFirmware(Retrying):
    """Firmware that a local controller shall offer; `checksum`: MD5, in hexadecimal."""

    location: str = Field(max_length=512)
    checksum: str = Field(max_length=32)


class AskLog(Retrying):
    """A log to upload to `location`."""

    location: str = Field(max_length=512, examples=["https://logs.example/upload"])
    log: Literal["diagnostics", "security"] = "diagnostics"
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None


class CertificateHash(StrictInput):
    """A customer's certificate, by the hashes that name it."""

    hash_algorithm: Literal["SHA256", "SHA384", "SHA512"]
    issuer_name_hash: str = Field(max_length=128)
    issuer_key_hash: str = Field(max_length=128)
    serial_number: str = Field(max_length=40)


class AskCustomer(StrictInput):
    """What to do about a customer, who is named in exactly one way."""

    report: bool = True
    clear: bool = False
    id_token: str | None = Field(default=None, max_length=36)
    token_type: str = Field(default="ISO14443", max_length=20)
    customer_identifier: str | None = Field(default=None, max_length=64)
    certificate: CertificateHash | None = None


class CustomerRequest(Output):
    """A request, and what the station told (`data` null: nothing; `complete`: all of it)."""

    id: int
    station_id: str
    request_id: int
    report: bool
    clear: bool
    id_token: str | None
    customer_identifier: str | None
    certificate: JsonValue
    status: str
    requested_at: Instant
    data: str | None
    complete: bool


class CustomerRequestPage(Output):
    """Some requests, newest first."""

    items: list[CustomerRequest]
    next: int | None = Field(description="Ask for the rest with `before`; null: that was all.")
