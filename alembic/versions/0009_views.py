"""What was (statuses, connections), hours of sessions, and the original project's seven tables as views.

Revision: 0009, after 0008.
"""

import re
from collections.abc import Sequence
from pathlib import Path

import sqlalchemy as sa
from alembic import op

revision: str = "0009"
down_revision: str | None = "0008"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_VIEWS = Path(__file__).with_suffix(".sql")

_KNOWN_TODAY = (
    """
    INSERT INTO connection_history (station_id, at, online, protocol, remote_address)
    SELECT station_id, now(), online, protocol, remote_address FROM station_state
    WHERE connected_at IS NOT NULL OR disconnected_at IS NOT NULL
    """,
    """
    INSERT INTO status_history (station_id, evse_id, connector_id, at, status, error_code, vendor_error_code, info,
                                said_at)
    SELECT station_id, evse_id, connector_id, now(), status, error_code, vendor_error_code, info, status_at
    FROM connector_state
    """,
)

# For people with psql: today is the sites' today, and no statement is compiled, which takes longer than to run it.
_HABITS = """
DO $$
BEGIN
    EXECUTE format('ALTER DATABASE %I SET timezone = %L', current_database(), 'Asia/Seoul');
    EXECUTE format('ALTER DATABASE %I SET jit = off', current_database());
EXCEPTION WHEN insufficient_privilege THEN
    RAISE NOTICE 'not the owner: in psql, set your own timezone, and jit = off';
END $$
"""
_NO_HABITS = """
DO $$
BEGIN
    EXECUTE format('ALTER DATABASE %I RESET timezone', current_database());
    EXECUTE format('ALTER DATABASE %I RESET jit', current_database());
EXCEPTION WHEN insufficient_privilege THEN NULL;
END $$
"""

_SESSION_HOURS = """
INSERT INTO session_hour
SELECT m.transaction_id, z.hour, min(m.station_id), min(m.energy_wh), max(m.energy_wh), min(m.power_w),
       max(m.power_w), coalesce(sum(m.power_w), 0), count(m.power_w), count(*), max(m.recorded_at)
FROM meter_sample m
JOIN transaction t ON t.id = m.transaction_id
JOIN station s ON s.id = m.station_id
LEFT JOIN location l ON l.id = s.location_id
CROSS JOIN LATERAL (
    SELECT date_trunc('hour', m.measured_at, coalesce(l.time_zone, 'Asia/Seoul')) AS hour) z
WHERE m.suspect IS NULL
GROUP BY m.transaction_id, z.hour
"""


def upgrade() -> None:
    op.create_table(
        "status_history",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("station_id", sa.String(), nullable=False),
        sa.Column("evse_id", sa.Integer(), nullable=False),
        sa.Column("connector_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("error_code", sa.String(), nullable=True),
        sa.Column("vendor_error_code", sa.String(), nullable=True),
        sa.Column("info", sa.String(), nullable=True),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("simulated", sa.Boolean(), server_default="false", nullable=False),
        sa.CheckConstraint(
            "status IN ('Available', 'Occupied', 'Reserved', 'Unavailable', 'Faulted')",
            name="status_history_status_known",
        ),
        sa.ForeignKeyConstraint(["station_id"], ["station.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "status_history_connector",
        "status_history",
        ["station_id", "evse_id", "connector_id", "at"],
    )
    op.create_index("status_history_at", "status_history", [sa.text("at DESC")])
    op.create_table(
        "connection_history",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("station_id", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("online", sa.Boolean(), nullable=False),
        sa.Column("protocol", sa.String(), nullable=True),
        sa.Column("remote_address", sa.String(), nullable=True),
        sa.Column("simulated", sa.Boolean(), server_default="false", nullable=False),
        sa.ForeignKeyConstraint(["station_id"], ["station.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("connection_history_station", "connection_history", ["station_id", "at"])
    op.create_index("connection_history_at", "connection_history", [sa.text("at DESC")])
    for statement in _KNOWN_TODAY:
        op.execute(statement)
    op.create_table(
        "session_hour",
        sa.Column("transaction_id", sa.BigInteger(), nullable=False),
        sa.Column("hour", sa.DateTime(timezone=True), nullable=False),
        sa.Column("station_id", sa.String(), nullable=False),
        sa.Column("first_wh", sa.Numeric(), nullable=True),
        sa.Column("last_wh", sa.Numeric(), nullable=True),
        sa.Column("min_power_w", sa.Float(), nullable=True),
        sa.Column("max_power_w", sa.Float(), nullable=True),
        sa.Column("power_sum_w", sa.Float(), nullable=False),
        sa.Column("powers", sa.Integer(), nullable=False),
        sa.Column("samples", sa.Integer(), nullable=False),
        sa.Column("counted_to", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["transaction_id"], ["transaction.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("transaction_id", "hour"),
        postgresql_with={"fillfactor": "70"},
    )
    op.create_index("session_hour_station", "session_hour", ["station_id", "hour"])
    op.create_index(
        "status_history_faults",
        "status_history",
        ["station_id"],
        postgresql_where=sa.text("status = 'Faulted'"),
    )
    op.add_column("transaction", sa.Column("created_at", sa.DateTime(timezone=True), nullable=True))
    op.execute("UPDATE transaction SET created_at = started_at")
    op.alter_column("transaction", "created_at", nullable=False, server_default=sa.func.now())
    op.create_index(
        "transaction_created",
        "transaction",
        [sa.text("timezone('Asia/Seoul'::text, created_at) DESC")],
    )
    op.execute(_HABITS)
    op.add_column(
        "transaction", sa.Column("simulated", sa.Boolean(), server_default="false", nullable=False)
    )
    op.execute(_SESSION_HOURS)
    # What is not summarised is read by every look at the newest samples.
    op.drop_index("meter_sample_recorded", table_name="meter_sample", postgresql_using="brin")
    op.create_index(
        "meter_sample_recorded",
        "meter_sample",
        ["recorded_at"],
        postgresql_using="brin",
        postgresql_with={"autosummarize": "on"},
    )
    for statement in _VIEWS.read_text("utf-8").split(";\n"):
        if "CREATE VIEW" in statement:
            op.execute(sa.text(statement.replace(":", "\\:")))


def downgrade() -> None:
    for name in reversed(re.findall(r"CREATE VIEW (\w+)", _VIEWS.read_text("utf-8"))):
        op.execute(f"DROP VIEW {name}")
    op.drop_column("transaction", "simulated")
    op.drop_index("transaction_created", table_name="transaction")
    op.drop_column("transaction", "created_at")
    op.drop_index("meter_sample_recorded", table_name="meter_sample", postgresql_using="brin")
    op.create_index(
        "meter_sample_recorded", "meter_sample", ["recorded_at"], postgresql_using="brin"
    )
    op.execute(_NO_HABITS)
    op.drop_table("session_hour")
    op.drop_table("connection_history")
    op.drop_table("status_history")
