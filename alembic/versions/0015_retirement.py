"""Stations and sites that were taken out of service for good.

Revision: 0015, after 0013.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0015"
down_revision: str | None = "0013"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Since when."""
    for table in ("station", "location"):
        op.add_column(table, sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    """Bring all of them back."""
    for table in ("station", "location"):
        op.drop_column(table, "retired_at")
