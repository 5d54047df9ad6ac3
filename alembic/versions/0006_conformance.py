"""Conformance findings and the journal.

Revision: 0006, after 0005.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0006"
down_revision: str | None = "0005"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_DROP_EMPTY_MONTHS = """
DO $$
DECLARE part regclass; used boolean;
BEGIN
    FOR part IN SELECT inhrelid::regclass FROM pg_inherits WHERE inhparent = 'journal'::regclass
    LOOP
        CONTINUE WHEN part::text = 'journal_rest';
        EXECUTE format('SELECT EXISTS (SELECT FROM %s)', part) INTO used;
        IF NOT used THEN EXECUTE format('DROP TABLE %s', part); END IF;
    END LOOP;
END $$
"""
# The journal is kept for a number of days, so its partitions are days now; a month that holds frames stays one.


def upgrade() -> None:
    op.create_table(
        "conformance_finding",
        sa.Column("station_id", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("quirk", sa.String(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False),
        sa.Column("example", sa.String(), nullable=False),
        sa.Column("count", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("first_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["station_id"], ["station.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("station_id", "action", "quirk", "outcome"),
    )
    op.add_column(
        "station", sa.Column("strict", sa.Boolean(), server_default="false", nullable=False)
    )
    op.add_column(
        "station", sa.Column("quirks", sa.ARRAY(sa.Text()), server_default="{}", nullable=False)
    )
    op.add_column("journal", sa.Column("exchange", sa.BigInteger(), nullable=True))
    op.add_column("journal", sa.Column("transaction_id", sa.String(), nullable=True))
    op.execute(_DROP_EMPTY_MONTHS)


def downgrade() -> None:
    op.drop_column("journal", "transaction_id")
    op.drop_column("journal", "exchange")
    op.drop_column("station", "quirks")
    op.drop_column("station", "strict")
    op.drop_table("conformance_finding")
