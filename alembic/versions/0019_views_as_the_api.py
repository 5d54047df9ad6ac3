"""The views say what the API says: numbers stay when something is removed, a simulated past leaves no downtime behind.

Revision: 0019, after 0018.
"""

from collections.abc import Sequence
from pathlib import Path

import sqlalchemy as sa
from alembic import op

revision: str = "0019"
down_revision: str | None = "0018"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_NOW = Path(__file__).with_suffix(".sql")
_BEFORE = Path(__file__).with_name("0009_views.sql")
_NAMES = ("station_info", "charger_info", "charger_uptime_days")
_STANDING = {
    "station_info": " WHERE l.retired_at IS NULL",
    "charger_info": " WHERE s.retired_at IS NULL",
}
"""What 0017 put behind the views of 0009."""


def upgrade() -> None:
    for name in _NAMES:
        op.execute(_text(_definition(_NOW, name)))


def downgrade() -> None:
    for name in _NAMES:
        old = _definition(_BEFORE, name).replace("CREATE VIEW", "CREATE OR REPLACE VIEW")
        old = old.replace(
            "s.location_id = l.id)::int", "s.location_id = l.id AND s.retired_at IS NULL)::int"
        )
        op.execute(_text(old + _STANDING.get(name, "")))


def _definition(path: Path, name: str) -> str:
    (found,) = (each for each in path.read_text("utf-8").split(";\n") if f"VIEW {name} AS" in each)
    return found


def _text(statement: str) -> sa.TextClause:
    return sa.text(statement.replace(":", "\\:"))
