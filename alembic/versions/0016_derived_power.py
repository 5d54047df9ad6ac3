"""Power that follows from the register, where a station does not send it.

Revision: 0016, after 0015.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0016"
down_revision: str | None = "0015"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Nothing was derived before."""
    op.add_column(
        "evse_state",
        sa.Column("power_derived", sa.Boolean(), nullable=False, server_default="false"),
    )


def downgrade() -> None:
    """Not to know the one from the other."""
    op.drop_column("evse_state", "power_derived")
