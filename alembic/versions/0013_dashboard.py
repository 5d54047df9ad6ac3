"""Acknowledged alerts.

Revision: 0013, after 0012.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0013"
down_revision: str | None = "0012"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Who has seen which alert."""
    op.create_table(
        "alert_acknowledgement",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_index("alert_acknowledgement_at", "alert_acknowledgement", [sa.text("at DESC")])


def downgrade() -> None:
    """Forget it."""
    op.drop_table("alert_acknowledgement")
