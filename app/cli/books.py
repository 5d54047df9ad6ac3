"""What a CSMS has stored of transactions that it was told of: read back, and compared with what was sent.

A Halla of this machine is read in its database, or over its API where its database is not at hand; any other over its
API. Who can read neither is told why, and what would help.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from http.client import HTTPException
from typing import Any, Protocol
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlencode, urlsplit
from urllib.request import Request, urlopen

from app.cli.serve import near
from app.config import Settings
from app.domain.errors import CsmsError, StationNotFound
from app.domain.tariffs import cost_of, tariff_of
from app.queries import stations, transactions
from app.simulator.originals.cast import Sent
from app.store import embedded
from app.store.database import Database, open_database

SAME_START = timedelta(seconds=1)
SAME_WH = Decimal("0.6")
"""OCPP 1.6 tells whole watt hours."""

SAME_CLAIM = 0.01
"""Won. Simulator A claims fifteen digits."""

MOST = 500
ASK_S = 10.0
AGAIN_S = 0.3
LOCAL = frozenset({"127.0.0.1", "localhost", "::1"})


class NotReadable(CsmsError):
    """The books cannot be opened."""

    code = "not_readable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """A transaction as the CSMS has it."""

    transaction_id: str
    started_at: datetime
    ended_at: datetime | None
    energy_wh: Decimal
    cost: Decimal | None
    currency: str | None
    price_per_kwh: Decimal | None
    session_fee: Decimal | None
    station_cost: Decimal | None


@dataclass(frozen=True, slots=True)
class Finding:
    """A transaction that was sent, beside what is stored. `complaint`: why they differ; `remark`: what to know."""

    sent: Sent
    stored: Stored | None
    complaint: str | None = None
    remark: str | None = None


@dataclass(frozen=True, slots=True)
class Closed:
    """Nowhere to read. `why`: sentences for a person."""

    why: str


class Books(Protocol):
    """Somewhere to read."""

    @property
    def where(self) -> str:
        """For a sentence: in ..."""

    async def transactions(self, station_id: str, since: datetime) -> list[Stored]:
        """Those that began since; none of a station that is not known. Raises CsmsError."""


@dataclass(frozen=True, slots=True)
class DatabaseBooks:
    """The database itself."""

    database: Database
    where: str = "the database of this machine's Halla"

    async def transactions(self, station_id: str, since: datetime) -> list[Stored]:
        try:
            real_id = await stations.resolve(self.database, station_id)
        except StationNotFound:
            return []
        found = await transactions.recent(self.database, real_id, since=since, limit=MOST)
        return [_stored({name: getattr(row, name) for name in Stored.__slots__}) for row in found]


@dataclass(frozen=True, slots=True)
class ApiBooks:
    """`GET /api/v1/transactions` of any Halla."""

    base: str
    key: str | None

    @property
    def where(self) -> str:
        """Its address."""
        return f"the Halla at {self.base}"

    async def transactions(self, station_id: str, since: datetime) -> list[Stored]:
        query = urlencode({"station_id": station_id, "since": since.isoformat(), "limit": MOST})
        page = await asyncio.to_thread(self._get, f"/api/v1/transactions?{query}")
        return [] if page is None else [_stored(item) for item in page["items"]]

    def _get(self, path: str) -> Any:
        headers = {"Accept": "application/json"} | ({"X-API-Key": self.key} if self.key else {})
        request = Request(self.base.rstrip("/") + quote(path, safe="/?&=%+:"), headers=headers)
        try:
            with urlopen(request, timeout=ASK_S) as answer:
                return json.load(answer)
        except HTTPError as error:
            if error.code == 404:
                return None
            hint = "; give a key that it knows with --key" if error.code in (401, 403) else ""
            raise NotReadable(f"{self.base} answers {error.code}{hint}.") from error
        except (URLError, HTTPException, OSError, ValueError) as error:
            why = getattr(error, "reason", None) or error
            raise NotReadable(
                f"{self.base} cannot be read ({why}); give the dashboard's address with --api."
            ) from error


@asynccontextmanager
async def open_books(
    settings: Settings, url: str, *, api: str | None, key: str | None
) -> AsyncIterator[Books | Closed]:
    """Where the CSMS at `url` writes; Closed when that cannot be read. Nothing is started for it.

    Raises EmbeddedError when the private database belongs to somebody else.
    """
    key = key or settings.admin_api_key
    if api is not None:
        yield ApiBooks(api, key)
        return
    if not _is_ours(settings, url):
        yield Closed(
            f"The CSMS at {url} is not the Halla of these settings. If it is another Halla, give the address of its"
            " dashboard with --api, and a key with --key."
        )
        return
    address = await _database_of(settings)
    if address is None:
        yield await _over_the_api(settings, key)
        return
    async with open_database(address) as database:
        yield DatabaseBooks(database)


def _is_ours(settings: Settings, url: str) -> bool:
    parts = urlsplit(url)
    hosts = LOCAL | {settings.ocpp_host}
    return parts.hostname in hosts and (parts.port or 80) in {
        settings.ocpp_port,
        settings.ocpp_tls_port,
    }


async def _database_of(settings: Settings) -> str | None:
    if settings.database_url is not None:
        return settings.database_url
    cluster = await asyncio.to_thread(embedded.running, settings.data_dir)
    return None if cluster is None else cluster.url


async def _over_the_api(settings: Settings, key: str | None) -> Books | Closed:
    """The Halla of these settings, whose database is not at hand."""
    missing = f"No database runs in {settings.data_dir.absolute()} (HALLA_DATA_DIR)"
    if key is None:
        return Closed(
            f"{missing}, HALLA_DATABASE_URL is not set, and without a key the API does not answer. Set"
            " HALLA_ADMIN_API_KEY or give --key to have it read back over the API."
        )
    books = ApiBooks(f"http://{near(settings.http_host)}:{settings.http_port}", key)
    try:
        await books.transactions("", datetime.now(UTC))
    except NotReadable as error:
        return Closed(f"{missing}, HALLA_DATABASE_URL is not set, and {error.message}")
    return books


async def latest(books: Books, station_ids: Iterable[str], since: datetime) -> datetime | None:
    """The last moment that the CSMS knows of transactions of these stations. Raises CsmsError."""
    moments = [
        one.ended_at or one.started_at
        for station_id in sorted(set(station_ids))
        for one in await books.transactions(station_id, since)
    ]
    return max(moments, default=None)


async def check(books: Books, sent: Sequence[Sent], patience_s: float) -> list[Finding]:
    """Compare until everything agrees, or patience ends. Raises CsmsError."""
    loop = asyncio.get_running_loop()
    until = loop.time() + patience_s
    while True:
        findings = await _look(books, sent)
        if loop.time() > until or not any(one.complaint for one in findings):
            return findings
        await asyncio.sleep(AGAIN_S)


async def _look(books: Books, sent: Sequence[Sent]) -> list[Finding]:
    since = min((one.started_at for one in sent), default=datetime.now(UTC)) - SAME_START
    stored: Mapping[str, list[Stored]] = {
        station_id: await books.transactions(station_id, since)
        for station_id in sorted({one.station_id for one in sent})
    }
    return [compare(one, stored[one.station_id]) for one in sent]


def compare(sent: Sent, candidates: Iterable[Stored]) -> Finding:
    """What was sent, and the one of the candidates that it became."""
    near = [
        one
        for one in candidates
        if one.transaction_id == sent.transaction_id
        and abs(one.started_at - sent.started_at) <= SAME_START
    ]
    if not near:
        return Finding(sent, None, "is not stored")
    stored = min(near, key=lambda one: abs(one.started_at - sent.started_at))
    energy_wh = Decimal(f"{sent.energy_wh:.15g}")
    if stored.ended_at is None:
        return Finding(sent, stored, "is stored as still running")
    if abs(stored.energy_wh - energy_wh) > SAME_WH:
        return Finding(
            sent, stored, f"is stored with {_kwh(stored.energy_wh)} instead of {_kwh(energy_wh)}"
        )
    claimed, kept = sent.cost, stored.station_cost
    if claimed is not None and kept is not None and abs(float(kept) - claimed) > SAME_CLAIM:
        return Finding(sent, stored, f"claimed {claimed:g} won, stored is {kept:f}")
    return _priced(sent, stored, energy_wh)


def _priced(sent: Sent, stored: Stored, energy_wh: Decimal) -> Finding:
    """The cost: by the CSMS's own price, rounded once, half up."""
    tariff = tariff_of(stored.currency, stored.price_per_kwh, stored.session_fee)
    if stored.cost is None or tariff is None:
        return Finding(sent, stored, remark="no price is known for this station")
    exact = cost_of(energy_wh, tariff)
    if stored.cost not in (exact.amount, cost_of(stored.energy_wh, tariff).amount):
        return Finding(
            sent, stored, f"costs {stored.cost:f} instead of {exact.amount:f} {stored.currency}"
        )
    if abs(exact.exact - exact.amount) < Decimal("0.005"):
        return Finding(sent, stored)
    return Finding(sent, stored, remark=f"exactly {exact.exact:.2f}")


def _kwh(energy_wh: Decimal) -> str:
    return f"{energy_wh / 1000:.4f} kWh"


def _stored(found: Mapping[str, Any]) -> Stored:
    """Of a row of the query, or of JSON."""

    def number(name: str) -> Decimal | None:
        value = found[name]
        return None if value is None else Decimal(str(value))

    return Stored(
        transaction_id=found["transaction_id"],
        started_at=_moment(found["started_at"]),
        ended_at=None if found["ended_at"] is None else _moment(found["ended_at"]),
        energy_wh=number("energy_wh") or Decimal(0),
        cost=number("cost"),
        currency=found["currency"],
        price_per_kwh=number("price_per_kwh"),
        session_fee=number("session_fee"),
        station_cost=number("station_cost"),
    )


def _moment(value: datetime | str) -> datetime:
    return value if isinstance(value, datetime) else datetime.fromisoformat(value)
