"""The versions of OCPP that are spoken, each chosen once per connection by its WebSocket subprotocol.

A dialect is its blocks' tables merged; "supported" means "is in the table". Differences of policy are data here,
so nobody asks for a version again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

from app.domain.commands import Command
from app.ingress import v21
from app.ingress.block import ChecksTable, LearnsTable, Receives, ReceivesTable, Sends, SendsTable
from app.ingress.quirks import Repairs
from app.ingress.v2 import authorization as v2_authorization
from app.ingress.v2 import availability as v2_availability
from app.ingress.v2 import certificates as v2_certificates
from app.ingress.v2 import customers as v2_customers
from app.ingress.v2 import diagnostics as v2_diagnostics
from app.ingress.v2 import display as v2_display
from app.ingress.v2 import firmware as v2_firmware
from app.ingress.v2 import local_lists as v2_local_lists
from app.ingress.v2 import metering as v2_metering
from app.ingress.v2 import monitoring as v2_monitoring
from app.ingress.v2 import provisioning as v2_provisioning
from app.ingress.v2 import remote_control as v2_remote_control
from app.ingress.v2 import repairs as v2_repairs
from app.ingress.v2 import reservation as v2_reservation
from app.ingress.v2 import security as v2_security
from app.ingress.v2 import session_checks as v2_session_checks
from app.ingress.v2 import smart_charging as v2_smart_charging
from app.ingress.v2 import transactions as v2_transactions
from app.ingress.v2 import vendor_data as v2_vendor_data
from app.ingress.v16 import authorization as v16_authorization
from app.ingress.v16 import availability as v16_availability
from app.ingress.v16 import diagnostics as v16_diagnostics
from app.ingress.v16 import firmware as v16_firmware
from app.ingress.v16 import local_lists as v16_local_lists
from app.ingress.v16 import metering as v16_metering
from app.ingress.v16 import provisioning as v16_provisioning
from app.ingress.v16 import remote_control as v16_remote_control
from app.ingress.v16 import repairs as v16_repairs
from app.ingress.v16 import reservation as v16_reservation
from app.ingress.v16 import security as v16_security
from app.ingress.v16 import smart_charging as v16_smart_charging
from app.ingress.v16 import transactions as v16_transactions
from app.ingress.v16 import vendor_data as v16_vendor_data
from app.ingress.v21 import transactions as v21_transactions

_V16 = (
    v16_provisioning,
    v16_availability,
    v16_firmware,
    v16_diagnostics,
    v16_authorization,
    v16_local_lists,
    v16_reservation,
    v16_transactions,
    v16_metering,
    v16_smart_charging,
    v16_remote_control,
    v16_security,
    v16_vendor_data,
)
_V2 = (
    v2_provisioning,
    v2_availability,
    v2_firmware,
    v2_diagnostics,
    v2_monitoring,
    v2_customers,
    v2_authorization,
    v2_local_lists,
    v2_reservation,
    v2_session_checks,
    v2_transactions,
    v2_metering,
    v2_smart_charging,
    v2_remote_control,
    v2_display,
    v2_security,
    v2_certificates,
    v2_vendor_data,
)
_V21 = (*_V2, v21_transactions, v21)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """One version. `version` names its schemas.

    `spelling`: how it writes an error code that 2.0.1 writes otherwise; None: it has none, so nothing is answered.
    `silent_types`: message types that are never answered. `repairs`: what is done for payloads that break the schema.
    `has_legacy`: whether the legacy dialect may hide behind it.
    """

    subprotocol: str
    version: str
    receives: ReceivesTable
    sends: SendsTable
    learns: LearnsTable
    checks: ChecksTable
    repairs: Repairs
    spelling: Mapping[str, str | None] = field(default_factory=dict)
    silent_types: frozenset[int] = frozenset({3, 4})
    has_legacy: bool = True

    def spell(self, code: str) -> str | None:
        """An error code, given in 2.0.1's spelling, as this version writes it."""
        return self.spelling.get(code, code)


def _merged(blocks: tuple[ModuleType, ...], table: str) -> dict[Any, Any]:
    """The tables of some blocks as one; a later block replaces an earlier one's entry."""
    return {key: entry for block in blocks for key, entry in getattr(block, table, {}).items()}


def _receives(blocks: tuple[ModuleType, ...]) -> dict[str, Receives]:
    return _merged(blocks, "RECEIVES")


def _sends(blocks: tuple[ModuleType, ...]) -> dict[type[Command], Sends]:
    return _merged(blocks, "SENDS")


DIALECTS: Mapping[str, Dialect] = {
    dialect.subprotocol: dialect
    for dialect in (
        Dialect(
            subprotocol="ocpp2.1",
            version="2.1",
            receives=_receives(_V21),
            sends=_sends(_V21),
            learns=_merged(_V21, "LEARNS"),
            checks=_merged(_V21, "CHECKS"),
            repairs=v2_repairs.REPAIRS,
            # 5: the station could not use our answer; 6: SEND, which has none (2.1 part 4, 4.2)
            silent_types=frozenset({3, 4, 5, 6}),
        ),
        Dialect(
            subprotocol="ocpp2.0.1",
            version="2.0.1",
            receives=_receives(_V2),
            sends=_sends(_V2),
            learns=_merged(_V2, "LEARNS"),
            checks=_merged(_V2, "CHECKS"),
            repairs=v2_repairs.REPAIRS,
        ),
        Dialect(
            subprotocol="ocpp1.6",
            version="1.6",
            receives=_receives(_V16),
            sends=_sends(_V16),
            learns=_merged(_V16, "LEARNS"),
            checks=_merged(_V16, "CHECKS"),
            repairs=v16_repairs.REPAIRS,
            has_legacy=False,
            spelling={
                "FormatViolation": "FormationViolation",
                "OccurrenceConstraintViolation": "OccurenceConstraintViolation",
                "RpcFrameworkError": "FormationViolation",
                # "SHALL ignore the message payload" (OCPP-J 1.6, 4.1.3)
                "MessageTypeNotSupported": None,
            },
        ),
    )
}
"""By subprotocol. Which one is spoken is the station's choice, in its own order of preference."""

WITHOUT_SUBPROTOCOL = DIALECTS["ocpp2.0.1"]
"""What a station speaks that offers no subprotocol (a known simulator does that)."""
