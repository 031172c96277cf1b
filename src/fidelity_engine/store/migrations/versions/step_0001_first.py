"""The first schema."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

NUMBER = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def _column(name: str, kind: Any, null: bool = False, **more: Any) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=null, **more)


def upgrade() -> None:
    """Create everything."""
    _runs()
    _findings()
    _outbox_and_audit()


def _runs() -> None:
    op.create_table(
        "fidelity_run",
        sa.Column("number", NUMBER, primary_key=True, autoincrement=True),
        _column("run_id", sa.String(12), unique=True),
        _column("rules", sa.Text), _column("year", sa.Text), _column("period_end", sa.Date), _column("as_of", sa.DateTime),
        _column("started", sa.DateTime), _column("finished", sa.DateTime), _column("cells", sa.BigInteger),
        _column("exit_code", sa.Integer), _column("rule_set_hash", sa.String(64)), _column("versions", sa.JSON),
        _column("snapshot", sa.Text, null=True),
    )  # fmt: skip
    op.create_index("fidelity_run_of", "fidelity_run", ["rules", "number"])
    op.create_table(
        "fidelity_rows",
        sa.Column("rules", sa.Text, primary_key=True), sa.Column("year", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, primary_key=True), _column("accepted", sa.BigInteger),
    )  # fmt: skip


def _findings() -> None:
    op.create_table(
        "fidelity_finding",
        sa.Column("rules", sa.Text, primary_key=True), sa.Column("finding_id", sa.String(12), primary_key=True),
        _column("year", sa.Text), _column("about", sa.Text),
        *(_column(name, sa.Text, null=True) for name in ("rule", "subject_kind", "subject", "school", "owner")),
        _column("severity", sa.Text), _column("since", sa.Date, null=True), _column("until", sa.Date, null=True),
        _column("state", sa.Text), _column("reported", sa.Boolean), _column("changes", sa.Integer),
        _column("opened_in", sa.String(12)), _column("changed_on", sa.Date), _column("record", sa.JSON),
    )  # fmt: skip
    op.create_index("fidelity_finding_state", "fidelity_finding", ["rules", "state"])
    op.create_table(
        "fidelity_change",
        sa.Column("rules", sa.Text, primary_key=True), sa.Column("finding_id", sa.String(12), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True), _column("run_id", sa.String(12)), _column("changed_on", sa.Date),
        _column("before", sa.Text, null=True), _column("after", sa.Text), _column("message", sa.Text),
        sa.ForeignKeyConstraint(["rules", "finding_id"], ["fidelity_finding.rules", "fidelity_finding.finding_id"], ondelete="CASCADE"),
    )  # fmt: skip


def _outbox_and_audit() -> None:
    op.create_table(
        "fidelity_outbox",
        sa.Column("number", NUMBER, primary_key=True, autoincrement=True), _column("rules", sa.Text), _column("way", sa.Text),
        _column("key", sa.Text), _column("at", sa.DateTime), _column("run_id", sa.String(12)), _column("finding_id", sa.String(12)),
        _column("payload", sa.JSON),
        _column("tries", sa.Integer), _column("delivered", sa.DateTime, null=True),
    )  # fmt: skip
    op.create_index("fidelity_outbox_key", "fidelity_outbox", ["rules", "way", "key"], unique=True)
    op.create_index("fidelity_outbox_waiting", "fidelity_outbox", ["rules", "delivered"])
    op.create_table(
        "fidelity_audit",
        sa.Column("number", NUMBER, primary_key=True, autoincrement=True),
        _column("at", sa.DateTime), _column("who", sa.Text), _column("host", sa.Text), _column("what", sa.Text),
        _column("rules", sa.Text), _column("detail", sa.JSON),
    )  # fmt: skip
