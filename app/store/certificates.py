"""Certificates that stations have, saved for a whole batch."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import AsyncConnection
from psycopg.types.json import Jsonb

from app.store.upserts import columns_of


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateRow:
    """One certificate of a station. `certificate` (PEM), `subject` and `expires_at`: if its text is known."""

    station_id: str
    use: str
    hash_algorithm: str
    issuer_name_hash: str
    issuer_key_hash: str
    serial_number: str
    children: Jsonb | None = None
    certificate: str | None = None
    subject: str | None = None
    expires_at: datetime | None = None
    seen_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ListingRow:
    """What a station listed. No uses: all that are ever listed."""

    station_id: str
    uses: tuple[str, ...]
    certificates: tuple[CertificateRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class NameRow:
    """A certificate by its hashes."""

    station_id: str
    issuer_name_hash: str
    serial_number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainRow:
    """What a station said to the chain that it was sent."""

    station_id: str
    chain: str
    status: str
    settled_at: datetime


_ARRAYS = """unnest(%b::text[], %b::text[], %b::text[], %b::text[], %b::text[], %b::text[], %b::jsonb[], %b::text[],
                %b::text[], %b::timestamptz[], %b::timestamptz[])"""
_COLUMNS = """station_id, use, hash_algorithm, issuer_name_hash, issuer_key_hash, serial_number, children, certificate,
              subject, expires_at, seen_at"""
_SAME = """lower({one}.issuer_name_hash) = lower({other}.issuer_name_hash)
       AND ltrim(lower({one}.serial_number), '0') = ltrim(lower({other}.serial_number), '0')"""
"""Hexadecimal in either case, zeros in front or not; the hash of the issuer's key says no more than its name's."""

_LIST = f"""
WITH gone AS (
    DELETE FROM installed_certificate i USING unnest(%b::text[], %b::text[]) AS asked(station_id, use)
    WHERE i.station_id = asked.station_id
      AND (i.use = asked.use OR asked.use = '' AND i.use <> 'ChargingStationCertificate')
    RETURNING i.*
)
INSERT INTO installed_certificate ({_COLUMNS})
SELECT DISTINCT ON (said.station_id, said.use, said.issuer_name_hash, said.issuer_key_hash, said.serial_number)
       said.station_id, said.use, said.hash_algorithm, said.issuer_name_hash, said.issuer_key_hash,
       said.serial_number, said.children, known.certificate, known.subject, known.expires_at, said.seen_at
FROM {_ARRAYS} AS said({_COLUMNS})
LEFT JOIN gone AS known
    ON known.station_id = said.station_id AND {_SAME.format(one="known", other="said")}
   AND known.certificate IS NOT NULL
"""

_ADD = f"""
WITH said AS (SELECT * FROM {_ARRAYS} AS said({_COLUMNS})), gone AS (
    DELETE FROM installed_certificate i USING said
    WHERE i.station_id = said.station_id AND i.use = said.use
      AND (i.use = 'ChargingStationCertificate' OR {_SAME.format(one="i", other="said")})
)
INSERT INTO installed_certificate ({_COLUMNS}) SELECT {_COLUMNS} FROM said
"""

_DELETE = f"""
DELETE FROM installed_certificate i
USING unnest(%b::text[], %b::text[], %b::text[]) AS said(station_id, issuer_name_hash, serial_number)
WHERE i.station_id = said.station_id AND {_SAME.format(one="i", other="said")}
"""

_SETTLE = """
WITH said AS (
    SELECT * FROM unnest(%b::text[], %b::text[], %b::text[], %b::timestamptz[])
        AS said(station_id, chain, status, settled_at)
), pinned AS (
    UPDATE station_security x SET pinned_certificate = encode(sha256(decode(
        substring(said.chain FROM '-----BEGIN CERTIFICATE-----(.*?)-----END'), 'base64')), 'hex')
    FROM said JOIN signing_request r ON r.station_id = said.station_id AND r.chain = said.chain
    WHERE x.station_id = said.station_id AND x.pinned_certificate IS NOT NULL AND said.status = 'accepted'
      AND coalesce(r.use, 'ChargingStationCertificate') = 'ChargingStationCertificate'
)
UPDATE signing_request r SET status = said.status, settled_at = said.settled_at
FROM said WHERE r.station_id = said.station_id AND r.chain = said.chain
"""
"""Where one certificate of a station was written down, the one that it took instead is written down now."""


async def save_listings(connection: AsyncConnection[Any], rows: Sequence[ListingRow]) -> None:
    """Lists replace what was known of the uses that were asked for; texts that are known stay."""
    asked = [(row.station_id, use) for row in rows for use in (row.uses or ("",))]
    listed = [each for row in rows for each in row.certificates]
    columns = columns_of(listed) if listed else [[] for _ in range(11)]
    await connection.execute(_LIST, [[s for s, _ in asked], [u for _, u in asked], *columns])


async def save_certificates(
    connection: AsyncConnection[Any], rows: Sequence[CertificateRow]
) -> None:
    """Certificates that stations took; a station has one of its own."""
    await connection.execute(_ADD, columns_of(rows))


async def delete_certificates(connection: AsyncConnection[Any], rows: Sequence[NameRow]) -> None:
    """Certificates that stations have no more."""
    await connection.execute(_DELETE, columns_of(rows))


async def settle_chains(connection: AsyncConnection[Any], rows: Sequence[ChainRow]) -> None:
    """How signing requests ended."""
    await connection.execute(_SETTLE, columns_of(rows))
