"""What people write down: comments, names of connectors, tokens as they stand on cards, the certificate of a station.

Revision: 0010, after 0009.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0010"
down_revision: str | None = "0009"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    """Columns for the pages that manage chargers, connectors and tags."""
    op.add_column("station", sa.Column("comment", sa.String(), nullable=True))
    op.add_column("connector", sa.Column("name", sa.String(), nullable=True))
    op.add_column("station_security", sa.Column("pinned_certificate", sa.String(), nullable=True))
    op.add_column("id_token", sa.Column("written", sa.String(), nullable=True))
    op.add_column(
        "id_token",
        sa.Column(
            "updated_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False
        ),
    )


def downgrade() -> None:
    """Without them."""
    op.drop_column("id_token", "updated_at")
    op.drop_column("id_token", "written")
    op.drop_column("station_security", "pinned_certificate")
    op.drop_column("connector", "name")
    op.drop_column("station", "comment")
