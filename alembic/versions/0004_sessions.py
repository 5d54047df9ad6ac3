"""Local lists, reservations and session details.

Revision: 0004, after 0003.
"""

from collections.abc import Sequence

import sqlalchemy as sa
import sqlmodel
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0004"
down_revision: str | None = "0003"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_STATUSES = (
    "status IN ('Accepted', 'Blocked', 'Expired', 'Invalid', 'Unknown', 'ConcurrentTx', 'NoCredit',"
    " 'NotAllowedTypeEVSE', 'NotAtThisLocation', 'NotAtThisTime')"
)


def upgrade() -> None:
    text = sqlmodel.sql.sqltypes.AutoString
    moment = sa.DateTime(timezone=True)
    op.add_column("id_token", sa.Column("type", text(), nullable=True))
    op.add_column(
        "id_token", sa.Column("status", sa.Text(), server_default="Accepted", nullable=False)
    )
    op.create_check_constraint("id_token_status_known", "id_token", _STATUSES)
    op.add_column("meter_sample", sa.Column("suspect", text(), nullable=True))
    op.add_column("meter_sample", sa.Column("signed", postgresql.JSONB(), nullable=True))
    op.create_index(
        "meter_sample_suspect",
        "meter_sample",
        ["transaction_id"],
        unique=False,
        postgresql_where=sa.text("suspect IS NOT NULL"),
    )
    op.add_column("transaction", sa.Column("stop_id_token", text(), nullable=True))
    op.add_column("transaction", sa.Column("reservation_id", sa.BigInteger(), nullable=True))
    op.create_table(
        "missing_event",
        sa.Column("transaction_id", sa.BigInteger(), nullable=False),
        sa.Column("seq_no", sa.BigInteger(), nullable=False),
        sa.Column("missed_at", moment, nullable=False),
        sa.ForeignKeyConstraint(["transaction_id"], ["transaction.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("transaction_id", "seq_no"),
    )
    op.create_table(
        "transaction_check",
        sa.Column("station_id", text(), nullable=False),
        sa.Column("transaction_id", text(), nullable=False),
        sa.Column("ongoing", sa.Boolean(), nullable=True),
        sa.Column("messages_in_queue", sa.Boolean(), nullable=False),
        sa.Column("checked_at", moment, nullable=False),
        sa.ForeignKeyConstraint(["station_id"], ["station.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("station_id", "transaction_id"),
    )
    op.create_table(
        "local_list",
        sa.Column("station_id", text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("seen_at", moment, nullable=False),
        sa.ForeignKeyConstraint(["station_id"], ["station.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("station_id"),
    )
    op.create_table(
        "local_list_entry",
        sa.Column("station_id", text(), nullable=False),
        sa.Column("token", text(), nullable=False),
        sa.Column("type", text(), nullable=True),
        sa.Column("status", text(), nullable=False),
        sa.Column("group_id", text(), nullable=True),
        sa.Column("expires_at", moment, nullable=True),
        sa.ForeignKeyConstraint(["station_id"], ["station.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("station_id", "token"),
    )
    op.execute(sa.schema.CreateSequence(sa.Sequence("reservation_number", data_type=sa.Integer)))
    op.create_table(
        "reservation",
        sa.Column("station_id", text(), nullable=False),
        sa.Column("reservation_id", sa.Integer(), nullable=False),
        sa.Column("evse_id", sa.Integer(), nullable=True),
        sa.Column("connector_type", text(), nullable=True),
        sa.Column("id_token", text(), nullable=False),
        sa.Column("token_type", text(), nullable=True),
        sa.Column("group_id", text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("reserved_at", moment, nullable=False),
        sa.Column("expires_at", moment, nullable=False),
        sa.Column("ended_at", moment, nullable=True),
        sa.Column("transaction_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "status IN ('active', 'used', 'cancelled', 'expired', 'removed')",
            name="reservation_status_known",
        ),
        sa.ForeignKeyConstraint(["station_id"], ["station.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("station_id", "reservation_id"),
    )
    op.create_index(
        "reservation_active",
        "reservation",
        ["station_id", "evse_id"],
        unique=False,
        postgresql_where=sa.text("status = 'active'"),
    )


def downgrade() -> None:
    op.drop_index(
        "reservation_active",
        table_name="reservation",
        postgresql_where=sa.text("status = 'active'"),
    )
    op.drop_table("reservation")
    op.execute(sa.schema.DropSequence(sa.Sequence("reservation_number")))
    op.drop_table("local_list_entry")
    op.drop_table("local_list")
    op.drop_table("transaction_check")
    op.drop_table("missing_event")
    op.drop_column("transaction", "reservation_id")
    op.drop_column("transaction", "stop_id_token")
    op.drop_index("meter_sample_suspect", table_name="meter_sample")
    op.drop_column("meter_sample", "signed")
    op.drop_column("meter_sample", "suspect")
    op.drop_constraint("id_token_status_known", "id_token", type_="check")
    op.drop_column("id_token", "status")
    op.drop_column("id_token", "type")
