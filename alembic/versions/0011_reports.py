"""The audit log reads commands of all stations by time.

Revision: 0011, after 0010.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0011"
down_revision: str | None = "0010"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """The index."""
    op.create_index("station_command_at", "station_command", [sa.text("requested_at DESC")])


def downgrade() -> None:
    """Gone again."""
    op.drop_index("station_command_at", "station_command")
