"""Questions and news about a running transaction that change nothing of it: is it still going on, what does it cost."""

from dataclasses import dataclass
from decimal import Decimal

from app.domain.commands import Command
from app.domain.reports import Report


@dataclass(frozen=True, slots=True, kw_only=True)
class GetTransactionStatus(Command):
    """E14. `transaction` None: are messages of any transaction waiting to be sent?"""

    transaction: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TransactionChecked(Report):
    """What the station answered; `ongoing` None where no transaction was named."""

    transaction: str | None
    ongoing: bool | None
    messages_in_queue: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CostUpdated(Command):
    """I02: what the running transaction costs so far, for the station's display; in the currency's major unit."""

    transaction: str
    total_cost: Decimal
