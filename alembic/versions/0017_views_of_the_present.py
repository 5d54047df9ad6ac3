"""The views of sites and chargers leave out what was taken out of service for good; statistics keep it.

Revision: 0017, after 0016.
"""

from collections.abc import Sequence

from alembic import op

revision: str = "0017"
down_revision: str | None = "0016"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_CHARGERS = """
DO $$
BEGIN
    EXECUTE 'CREATE OR REPLACE VIEW charger_info AS ' || rtrim(pg_get_viewdef('charger_info'::regclass), '; ')
         || ' WHERE s.retired_at IS NULL';
END $$
"""
_ALL_CHARGERS = """
DO $$
BEGIN
    EXECUTE 'CREATE OR REPLACE VIEW charger_info AS '
         || regexp_replace(pg_get_viewdef('charger_info'::regclass), 'WHERE \\(*s\\.retired_at IS NULL\\)*;?\\s*$', '');
END $$
"""

_SITES = """
CREATE OR REPLACE VIEW station_info AS
SELECT row_number() OVER (ORDER BY l.created_at, l.id)::int AS id,
       l.id AS station_id,
       l.name AS station_name,
       l.address,
       ST_X(l.position) AS longitude,
       ST_Y(l.position) AS latitude,
       l.operator_name,
       l.operator_phone,
       l.operator_email,
       (SELECT count(*) FROM station s WHERE s.location_id = l.id{chargers})::int AS total_chargers,
       l.created_at AT TIME ZONE l.time_zone AS created_at,
       l.updated_at AT TIME ZONE l.time_zone AS updated_at
FROM location l{sites}
"""


def upgrade() -> None:
    op.execute(_CHARGERS)
    op.execute(
        _SITES.format(chargers=" AND s.retired_at IS NULL", sites=" WHERE l.retired_at IS NULL")
    )


def downgrade() -> None:
    op.execute(_SITES.format(chargers="", sites=""))
    op.execute(_ALL_CHARGERS)
