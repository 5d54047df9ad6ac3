"""Security and certificates.

Revision: 0002, after 0001.
"""

from collections.abc import Sequence

import sqlalchemy as sa
import sqlmodel
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "station_security",
        _station(primary_key=True),
        sa.Column("minimum_profile", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("wanted_profile", sa.SmallInteger(), nullable=True),
        sa.Column("next_password_hash", _text(), nullable=True),
        sa.Column("profile", sa.SmallInteger(), nullable=True),
        sa.Column("certificate_serial", _text(), nullable=True),
        _instant("certificate_expires_at"),
        _instant("seen_at"),
    )
    op.create_table(
        "installed_certificate",
        _number(),
        _station(),
        sa.Column("use", _text(), nullable=False),
        sa.Column("hash_algorithm", _text(), nullable=False),
        sa.Column("issuer_name_hash", _text(), nullable=False),
        sa.Column("issuer_key_hash", _text(), nullable=False),
        sa.Column("serial_number", _text(), nullable=False),
        sa.Column("children", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("certificate", _text(), nullable=True),
        sa.Column("subject", _text(), nullable=True),
        _instant("expires_at"),
        _instant("seen_at", now=True),
    )
    op.create_index("installed_certificate_station", "installed_certificate", ["station_id", "use"])
    op.create_table(
        "signing_request",
        _number(),
        _station(),
        sa.Column("use", _text(), nullable=True),
        sa.Column("csr", _text(), nullable=False),
        sa.Column("request_id", sa.Integer(), nullable=True),
        _instant("requested_at", now=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("reason", _text(), nullable=True),
        sa.Column("chain", _text(), nullable=True),
        _instant("expires_at"),
        _instant("settled_at"),
        sa.CheckConstraint(
            "status IN ('pending', 'signed', 'accepted', 'rejected', 'failed', 'refused')",
            name="signing_request_status_known",
        ),
    )
    op.create_index(
        "signing_request_station", "signing_request", ["station_id", sa.text("id DESC")]
    )
    op.create_table(
        "security_event",
        _number(),
        _station(),
        sa.Column("type", _text(), nullable=False),
        _instant("at", nullable=False),
        sa.Column("tech_info", _text(), server_default="", nullable=False),
        _instant("received_at", now=True),
    )
    op.create_index(
        "security_event_once",
        "security_event",
        ["station_id", "type", "at", "tech_info"],
        unique=True,
    )
    op.create_table(
        "connection_refusal",
        _number(),
        sa.Column("identity", _text(), nullable=False),
        sa.Column("remote_address", _text(), nullable=False),
        sa.Column("code", _text(), nullable=False),
        sa.Column("reason", _text(), nullable=False),
        sa.Column("times", sa.BigInteger(), server_default="1", nullable=False),
        _instant("first_at", nullable=False),
        _instant("last_at", nullable=False),
    )
    op.create_index(
        "connection_refusal_once",
        "connection_refusal",
        ["identity", "remote_address", "code"],
        unique=True,
    )
    op.create_index("connection_refusal_last", "connection_refusal", [sa.text("last_at DESC")])


def downgrade() -> None:
    for table in (
        "connection_refusal",
        "security_event",
        "signing_request",
        "installed_certificate",
        "station_security",
    ):
        op.drop_table(table)


def _text() -> sa.types.TypeEngine[str]:
    return sqlmodel.sql.sqltypes.AutoString()


def _number() -> sa.Column[int]:
    return sa.Column("id", sa.BigInteger(), sa.Identity(always=False), primary_key=True)


def _station(*, primary_key: bool = False) -> sa.Column[str]:
    return sa.Column(
        "station_id",
        _text(),
        sa.ForeignKey("station.id", ondelete="CASCADE"),
        primary_key=primary_key,
        nullable=False,
    )


def _instant(name: str, *, nullable: bool = True, now: bool = False) -> sa.Column[object]:
    return sa.Column(
        name,
        sa.DateTime(timezone=True),
        server_default=sa.text("now()") if now else None,
        nullable=nullable and not now,
    )
