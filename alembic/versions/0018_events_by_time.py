"""Events by when they came: the bell asks for the newest of all stations.

Revision: 0018, after 0017.
"""

from collections.abc import Sequence

from alembic import op

revision: str = "0018"
down_revision: str | None = "0017"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Two indexes."""
    op.create_index("security_event_received", "security_event", ["received_at"])
    op.create_index("station_event_received", "station_event", ["received_at"])


def downgrade() -> None:
    """Without them."""
    op.drop_index("station_event_received", "station_event")
    op.drop_index("security_event_received", "security_event")
