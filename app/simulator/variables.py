"""The settings a CSMS may read and write: device model variables (2.x), configuration keys (1.6).

One table for all versions; each dialect serves the entries it has a name for. Values are text, as
on the wire. What a changed setting does is decided by `station`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from .plan import StationPlan

__all__ = ["Variable", "equip", "find", "find_key", "number_fits"]

_MEASURANDS = "Energy.Active.Import.Register,Power.Active.Import,Current.Import,Voltage,SoC"


@dataclass(slots=True, kw_only=True)
class Variable:
    """One setting. `key` is its name in 1.6 ("" if it has none), `component`/`name` in 2.x."""

    component: str = ""
    name: str = ""
    key: str = ""
    value: str = ""
    mutability: str = "ReadOnly"
    kind: str = "string"
    unit: str = ""
    evse: int = 0
    max_limit: float | None = None

    @property
    def writable(self) -> bool:
        """May the CSMS change it?"""
        return self.mutability != "ReadOnly"

    @property
    def readable(self) -> bool:
        """May the CSMS read it? Passwords may only be written."""
        return self.mutability != "WriteOnly"


def equip(plan: StationPlan, *, sample_interval_s: float) -> list[Variable]:
    """The settings of a new station."""
    return [
        *_communication(sample_interval_s),
        *_identity(plan),
        *_abilities(plan),
        *_evses(plan),
    ]


def find(variables: Iterable[Variable], component: str, name: str, evse: int) -> Variable | None:
    """Look a 2.x variable up; names compare without case, as the specification asks."""
    wanted = (component.lower(), name.lower(), evse)
    for one in variables:
        if (one.component.lower(), one.name.lower(), one.evse) == wanted:
            return one
    return None


def find_key(variables: Iterable[Variable], key: str) -> Variable | None:
    """Look a 1.6 configuration key up, without case."""
    for one in variables:
        if one.key and one.key.lower() == key.lower():
            return one
    return None


def number_fits(variable: Variable, value: str) -> bool:
    """Is the text of the kind this variable wants?"""
    if variable.kind == "boolean":
        return value.lower() in ("true", "false")
    if variable.kind == "integer":
        return value.isascii() and value.isdigit()
    return True


def _communication(sample_interval_s: float) -> list[Variable]:
    sample = str(max(1, round(sample_interval_s)))

    def setting(component: str, name: str, key: str, value: str, unit: str = "s") -> Variable:
        return Variable(
            component=component,
            name=name,
            key=key,
            value=value,
            mutability="ReadWrite",
            kind="integer",
            unit=unit,
        )

    return [
        setting("OCPPCommCtrlr", "HeartbeatInterval", "HeartbeatInterval", "300"),
        setting("OCPPCommCtrlr", "WebSocketPingInterval", "WebSocketPingInterval", "30"),
        setting("OCPPCommCtrlr", "RetryBackOffWaitMinimum", "", "1"),
        setting("SampledDataCtrlr", "TxUpdatedInterval", "MeterValueSampleInterval", sample),
        setting("", "", "ClockAlignedDataInterval", "0"),
        setting("", "", "ConnectionTimeOut", "60"),
        setting("", "", "TransactionMessageAttempts", "5", ""),
        setting("", "", "TransactionMessageRetryInterval", "5"),
        setting("", "", "ResetRetries", "1", ""),
        Variable(
            component="SampledDataCtrlr",
            name="TxUpdatedMeasurands",
            key="MeterValuesSampledData",
            value=_MEASURANDS,
            kind="MemberList",
        ),
        Variable(
            component="SecurityCtrlr",
            name="BasicAuthPassword",
            key="AuthorizationKey",
            mutability="WriteOnly",
        ),
    ]


def _identity(plan: StationPlan) -> list[Variable]:
    return [
        Variable(component="ChargingStation", name="Model", value=plan.model),
        Variable(component="ChargingStation", name="VendorName", value=plan.vendor),
        Variable(component="ChargingStation", name="SerialNumber", value=plan.serial_number),
        Variable(component="SecurityCtrlr", name="Identity", value=plan.station_id),
        Variable(key="NumberOfConnectors", value=str(plan.evses * plan.connectors), kind="integer"),
    ]


def _abilities(plan: StationPlan) -> list[Variable]:
    return [
        Variable(component="SmartChargingCtrlr", name="Enabled", value="true", kind="boolean"),
        Variable(
            component="SmartChargingCtrlr",
            name="ProfileStackLevel",
            key="ChargeProfileMaxStackLevel",
            value="99",
            kind="integer",
        ),
        Variable(
            component="SmartChargingCtrlr",
            name="RateUnit",
            key="ChargingScheduleAllowedChargingRateUnit",
            value="Current,Power" if plan.version == "1.6" else "A,W",
            kind="MemberList",
        ),
        Variable(
            component="SmartChargingCtrlr",
            name="PeriodsPerSchedule",
            key="ChargingScheduleMaxPeriods",
            value="24",
            kind="integer",
        ),
        Variable(key="MaxChargingProfilesInstalled", value="50", kind="integer"),
        Variable(
            key="SupportedFeatureProfiles",
            value="Core,FirmwareManagement,LocalAuthListManagement,RemoteTrigger,Reservation,SmartCharging",
        ),
        Variable(key="GetConfigurationMaxKeys", value="50", kind="integer"),
        Variable(
            component="AuthCtrlr",
            name="AuthorizeRemoteStart",
            key="AuthorizeRemoteTxRequests",
            value="false",
            kind="boolean",
        ),
        Variable(component="TxCtrlr", name="TxStartPoint", value="Authorized", kind="MemberList"),
        Variable(component="TxCtrlr", name="TxStopPoint", value="Authorized", kind="MemberList"),
    ]


def _evses(plan: StationPlan) -> list[Variable]:
    return [
        Variable(
            component="EVSE",
            name="Power",
            value=str(round(plan.max_power_w)),
            kind="decimal",
            unit="W",
            evse=number + 1,
            max_limit=plan.max_power_w,
        )
        for number in range(plan.evses)
    ]
