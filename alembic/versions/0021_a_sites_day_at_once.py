"""A site's day asks once how each of its chargers stood, not once for every count of them.

Revision: 0021, after 0020.
"""

from collections.abc import Sequence
from pathlib import Path

import sqlalchemy as sa
from alembic import op

revision: str = "0021"
down_revision: str | None = "0020"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_BEFORE = Path(__file__).with_name("0009_views.sql")
_NAME = "VIEW station_daily_stats AS"
_NOW = """
CREATE OR REPLACE VIEW station_daily_stats AS
SELECT hashtextextended(d.station_id, d.stats_date - date '2000-01-01') & 9223372036854775807 AS id,
       d.station_id,
       d.stats_date,
       d.sessions::int AS num_sessions,
       d.energy::numeric(12,3) AS total_energy,
       d.revenue::numeric(12,2) AS total_revenue,
       CASE WHEN d.known THEN cardinality(array_positions(d.stood, 'available')) END AS num_available,
       CASE WHEN d.known THEN cardinality(array_positions(d.stood, 'in_use')) END AS num_in_use,
       CASE WHEN d.known THEN cardinality(array_positions(d.stood, 'fault')) END AS num_fault,
       d.stats_date::timestamp AS created_at,
       d.updated_at
FROM (
    SELECT t.station_id, t.stats_date, t.sessions, t.energy, t.revenue, t.updated_at, t.stood,
           cardinality(array_remove(t.stood, NULL)) > 0 AS known
    FROM (
        SELECT c.station_id, c.stats_date, sum(c.num_sessions) AS sessions, sum(c.total_energy) AS energy,
               sum(c.total_revenue) AS revenue, max(c.updated_at) AS updated_at,
               array_agg(CASE WHEN c.updated_at < c.stats_date + 1 THEN i.current_status ELSE c.status_at_end END)
                   AS stood
        FROM daily_charger_stats c
        LEFT JOIN charger_info i ON i.charger_id = c.charger_id
        WHERE c.station_id IS NOT NULL
        GROUP BY c.station_id, c.stats_date
    ) t
) d
"""


def upgrade() -> None:
    op.execute(_text(_NOW))


def downgrade() -> None:
    (old,) = (each for each in _BEFORE.read_text("utf-8").split(";\n") if _NAME in each)
    op.execute(_text(old.replace("CREATE VIEW", "CREATE OR REPLACE VIEW")))


def _text(statement: str) -> sa.TextClause:
    return sa.text(statement.replace(":", "\\:"))
