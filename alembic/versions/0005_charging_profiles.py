"""Charging profiles, display messages, vendor data; commands are queued, sent, and have an effect.

Revision: 0005, after 0004.
"""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0005"
down_revision: str | None = "0004"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_BEFORE = (
    "'sent', 'accepted', 'rejected', 'error', 'offline', 'timed_out', 'not_supported', 'invalid'"
)


def _text(name: str, *, null: bool = False, default: str | None = None) -> sa.Column[Any]:
    return sa.Column(name, sa.String(), nullable=null, server_default=default)


def _word(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.Text(), nullable=False)


def _whole(name: str, *, null: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Integer(), nullable=null)


def _big(name: str, *, null: bool = True) -> sa.Column[Any]:
    return sa.Column(name, sa.BigInteger(), nullable=null, autoincrement=False)


def _json(name: str, *, null: bool = True) -> sa.Column[Any]:
    return sa.Column(name, postgresql.JSONB(astext_type=sa.Text()), nullable=null)


def _at(name: str, *, null: bool = True) -> sa.Column[Any]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=null)


def _station_table(name: str, keys: Sequence[str], *rest: Any) -> None:
    op.create_table(
        name,
        _text("station_id"),
        *rest,
        sa.ForeignKeyConstraint(["station_id"], ["station.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint(*keys),
    )


def upgrade() -> None:
    _commands()
    _profiles()
    _limits_and_needs()
    _messages()


def _commands() -> None:
    op.add_column("station_command", _at("sent_at"))
    op.add_column("station_command", _text("effect", null=True))
    op.add_column("station_command", _at("effect_at"))
    op.create_index("station_command_requested", "station_command", ["station_id", "requested_at"])
    op.alter_column("station_command", "status", server_default="queued")
    op.drop_constraint("station_command_status_known", "station_command", type_="check")
    op.create_check_constraint(
        "station_command_status_known", "station_command", f"status IN ('queued', {_BEFORE})"
    )


def _profiles() -> None:
    _station_table(
        "charging_profile",
        ("station_id", "evse_id", "profile_id"),
        _whole("evse_id"),
        _whole("profile_id"),
        _text("purpose"),
        _text("kind"),
        _whole("stack_level"),
        _text("transaction_id", null=True),
        _at("valid_from"),
        _at("valid_to"),
        _text("source", default="CSO"),
        _json("profile", null=False),
        _word("origin"),
        _big("request_id"),
        _at("installed_at"),
        _at("reported_at"),
        sa.CheckConstraint("origin IN ('installed', 'reported')", "charging_profile_origin_known"),
    )
    _station_table(
        "composite_schedule",
        ("station_id", "evse_id"),
        _whole("evse_id"),
        _at("start_at"),
        _whole("duration_s"),
        _text("unit"),
        _json("periods", null=False),
        _at("reported_at", null=False),
    )


def _limits_and_needs() -> None:
    _station_table(
        "charging_limit",
        ("station_id", "evse_id", "source"),
        _whole("evse_id"),
        _text("source"),
        sa.Column("is_grid_critical", sa.Boolean(), nullable=True),
        _json("schedules"),
        _at("notified_at", null=False),
    )
    _station_table(
        "ev_charging_need",
        ("station_id", "evse_id"),
        _whole("evse_id"),
        _big("transaction_id"),
        _text("energy_transfer", null=True),
        _at("departure_at"),
        _whole("max_schedule_tuples", null=True),
        _json("needs"),
        _at("needs_at"),
        _at("time_base"),
        _json("schedule"),
        _at("schedule_at"),
        sa.Column("within_limits", sa.Boolean(), nullable=True),
    )
    _station_table(
        "station_question",
        ("station_id", "subject", "request_id"),
        _text("subject"),
        _big("request_id", null=False),
        _json("criteria", null=False),
        _at("asked_at", null=False),
    )


def _messages() -> None:
    _station_table(
        "display_message",
        ("station_id", "message_id"),
        _whole("message_id"),
        _text("priority"),
        _text("state", null=True),
        _at("start_at"),
        _at("end_at"),
        _text("transaction_id", null=True),
        _text("format"),
        _text("language", null=True),
        _text("content"),
        _json("display"),
        _word("origin"),
        _big("request_id"),
        _at("set_at"),
        _at("reported_at"),
        sa.CheckConstraint("origin IN ('installed', 'reported')", "display_message_origin_known"),
    )
    _station_table(
        "vendor_message",
        ("id",),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        _word("direction"),
        _text("vendor"),
        _text("message", null=True),
        _json("data"),
        _text("status"),
        _json("answer"),
        _at("at", null=False),
        sa.CheckConstraint("direction IN ('received', 'sent')", "vendor_message_direction_known"),
    )
    op.create_index("vendor_message_station", "vendor_message", ["station_id", "id"])
    op.create_table(
        "data_vendor", _text("vendor"), _json("messages"), sa.PrimaryKeyConstraint("vendor")
    )


def downgrade() -> None:
    for table in (
        "data_vendor",
        "vendor_message",
        "display_message",
        "station_question",
        "ev_charging_need",
        "charging_limit",
        "composite_schedule",
        "charging_profile",
    ):
        op.drop_table(table)
    op.execute("UPDATE station_command SET status = 'sent' WHERE status = 'queued'")
    op.drop_constraint("station_command_status_known", "station_command", type_="check")
    op.create_check_constraint(
        "station_command_status_known", "station_command", f"status IN ({_BEFORE})"
    )
    op.alter_column("station_command", "status", server_default="sent")
    op.drop_index("station_command_requested", table_name="station_command")
    for column in ("effect_at", "effect", "sent_at"):
        op.drop_column("station_command", column)
