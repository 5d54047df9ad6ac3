"""What a station was seen to do that tells the legacy dialect, kept so that it is known after a restart.

Revision: 0008, after 0007.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0008"
down_revision: str | None = "0007"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """A column of its own: what a person said of a station is another thing."""
    op.add_column(
        "station",
        sa.Column("traits", postgresql.ARRAY(sa.Text()), nullable=False, server_default="{}"),
    )


def downgrade() -> None:
    """Forget it."""
    op.drop_column("station", "traits")
