"""In the views a charger is found by its aliases too: `charger_id = 'emart_jeju_01'`.

A view cannot hold a row under two names without counting it twice. So the comparison knows them instead: `charger_id`
is a domain over varchar, one for each view, whose own operators `=` and `<>` put the charger's id in the place of an
alias on their right. Each row is there once, sums are as before, and programs are told varchar as before. The
operators are inlined, so the statement is planned as if the id itself had been written. Between two views, and with any
other column, no domain has an operator: there nothing but text is compared.

Revision: 0020, after 0019.
"""

import re
from collections.abc import Sequence
from pathlib import Path

import sqlalchemy as sa
from alembic import op

revision: str = "0020"
down_revision: str | None = "0019"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_FIRST = Path(__file__).with_name("0009_views.sql")
_AGAIN = Path(__file__).with_name("0019_views_as_the_api.sql")
_VIEWS = {
    "charger_info": _AGAIN,
    "charger_usage_log": _FIRST,
    "power_consumption": _FIRST,
    "daily_charger_stats": _FIRST,
    "hourly_charger_stats": _FIRST,
    "station_daily_stats": _FIRST,
    "ocpp_message_log": _FIRST,
    "charger_status_log": _FIRST,
    "charger_connection_log": _FIRST,
}
"""Where each stands as it was; one after those that it reads."""
_OF_SITES = "station_daily_stats"

# Whoever may read the views need not be allowed to read the aliases.
_MEANT = """
CREATE FUNCTION charger_id_of(named varchar) RETURNS varchar
LANGUAGE sql STABLE STRICT PARALLEL SAFE SECURITY DEFINER SET search_path = pg_catalog AS $$
    SELECT coalesce((SELECT station_id FROM public.station_alias WHERE alias = named), named)
$$
"""
_DOMAIN = "CREATE DOMAIN {name} AS varchar"
_COMPARED = """
CREATE FUNCTION {name}_{word}(shown {name}, named {name}) RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT shown::text OPERATOR(pg_catalog.{sign}) public.charger_id_of(named::varchar)::text
$$
"""
_OPERATOR = """
CREATE OPERATOR {sign} (LEFTARG = {name}, RIGHTARG = {name}, FUNCTION = {name}_{word}, NEGATOR = {other},
                        RESTRICT = {guess}sel, JOIN = {guess}joinsel)
"""
_SIGNS = (
    {"sign": "=", "word": "is", "other": "<>", "guess": "eq"},
    {"sign": "<>", "word": "is_not", "other": "=", "guess": "neq"},
)
_COLUMN = re.compile(r"^( +\w\.\w*id)(?: AS charger_id)?,$", re.MULTILINE)


def upgrade() -> None:
    _drop()
    op.execute(_MEANT)
    for view in _VIEWS:
        text = _definition(view)
        if view != _OF_SITES:
            name = f"charger_of_{view}"
            op.execute(_DOMAIN.format(name=name))
            for sign in _SIGNS:
                op.execute(_COMPARED.format(name=name, **sign))
                op.execute(_OPERATOR.format(name=name, **sign))
            text, found = _COLUMN.subn(rf"\1::{name} AS charger_id,", text, count=1)
            assert found, view
        op.execute(_statement(text))


def downgrade() -> None:
    _drop()
    for view in _VIEWS:
        if view != _OF_SITES:
            op.execute(f"DROP DOMAIN charger_of_{view} CASCADE")  # its functions and operators
        op.execute(_statement(_definition(view)))
    op.execute("DROP FUNCTION charger_id_of")


def _drop() -> None:
    for view in reversed(_VIEWS):
        op.execute(f"DROP VIEW {view}")


def _definition(view: str) -> str:
    parts = _VIEWS[view].read_text("utf-8").split(";\n")
    (found,) = (part for part in parts if f"VIEW {view} AS" in part)
    return found


def _statement(text: str) -> sa.TextClause:
    # a colon before a letter is SQLAlchemy's sign of a parameter
    return sa.text(text.replace(":", "\\:"))
