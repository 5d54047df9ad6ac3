"""The journal keeps a call and its answer as one row; `journal_frame` shows each frame as a row, as it was.

What is in the journal stays as it is: an answer that is a row of its own is one still. `ocpp_message_log` puts an
answer at its call's `message_time`, which an index serves; `passed_at` is the moment itself.

Revision: 0022, after 0021.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0022"
down_revision: str | None = "0021"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_ADD = """
ALTER TABLE journal ADD COLUMN answer_type smallint, ADD COLUMN answer varchar
"""
_DROP = "ALTER TABLE journal DROP COLUMN answer_type, DROP COLUMN answer"

# Room for the number of the answer after each call's.
_BY_TWO = "ALTER TABLE journal ALTER COLUMN id SET INCREMENT BY 2"
_BY_ONE = "ALTER TABLE journal ALTER COLUMN id SET INCREMENT BY 1"
# Above all numbers there are, also that of the last call's answer.
_EVEN = (
    "SELECT setval('journal_id_seq', (SELECT last_value / 2 * 2 + 2 FROM journal_id_seq), false)"
)

_FRAMES = """
CREATE VIEW journal_frame AS
SELECT f.id, f.at, j.station_id, f.direction, f.message_type, j.message_id, j.action, f.frame, f.latency_ms, f.outcome,
       j.exchange, j.transaction_id, j.at AS call_at
FROM journal j CROSS JOIN LATERAL (
    SELECT j.id, j.at, j.direction, j.message_type, j.frame,
           CASE WHEN j.answer_type IS NULL THEN j.latency_ms END, CASE WHEN j.answer_type IS NULL THEN j.outcome END
    UNION ALL
    SELECT j.id + 1, j.at + j.latency_ms * interval '1 ms', CASE j.direction WHEN 'in' THEN 'out' ELSE 'in' END,
           j.answer_type, j.answer, j.latency_ms, j.outcome
    WHERE j.answer_type IS NOT NULL
) AS f(id, at, direction, message_type, frame, latency_ms, outcome)
"""
_LOG = """
CREATE OR REPLACE VIEW ocpp_message_log AS
SELECT j.id,
       j.station_id::charger_of_ocpp_message_log AS charger_id,
       j.{moment} AS message_time,
       j.direction,
       CASE j.message_type WHEN 2 THEN 'CALL' WHEN 3 THEN 'CALLRESULT' WHEN 4 THEN 'CALLERROR'
                           WHEN 5 THEN 'CALLRESULTERROR' WHEN 6 THEN 'SEND' END AS message_type,
       j.message_id,
       j.action,
       j.frame AS message,
       j.latency_ms,
       j.outcome,
       j.transaction_id{more}
FROM {table} j
"""
_DROP_LOG = "DROP VIEW ocpp_message_log"
_APART = """
INSERT INTO journal (id, at, station_id, direction, message_type, message_id, action, frame, latency_ms, outcome,
                     exchange, transaction_id)
SELECT id, at, station_id, direction, message_type, message_id, action, frame, latency_ms, outcome, exchange,
       transaction_id
FROM journal_frame WHERE NOT EXISTS (SELECT FROM journal j WHERE j.at = call_at AND j.id = journal_frame.id)
"""


def upgrade() -> None:
    op.execute(_ADD)
    op.execute(_BY_TWO)
    op.execute(_EVEN)
    op.execute(_FRAMES)
    op.execute(_log("journal_frame", moment="call_at", more=",\n       j.at AS passed_at"))


def downgrade() -> None:
    op.execute(_DROP_LOG)
    op.execute(_log("journal", moment="at", more=""))
    op.execute(_APART)
    op.execute("UPDATE journal SET latency_ms = NULL, outcome = NULL WHERE answer_type IS NOT NULL")
    op.execute("DROP VIEW journal_frame")
    op.execute(_DROP)
    op.execute(_BY_ONE)
    op.execute(_EVEN)


def _log(table: str, *, moment: str, more: str) -> sa.TextClause:
    # a colon before a letter is SQLAlchemy's sign of a parameter
    return sa.text(_LOG.format(table=table, moment=moment, more=more).replace(":", "\\:"))
