"""The tables of a store. No event, no quarantined row and no participant stands in them.

A change here needs a migration in `migrations/versions`; a test compares the two.
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
)

META = MetaData()
SCHEMA = "fidelity_schema"
"""The table in which Alembic keeps the version."""
NUMBER = BigInteger().with_variant(Integer, "sqlite")

RUN = Table(
    # one row per run that was kept; it is what makes the rest of the run true
    "fidelity_run", META,
    Column("number", NUMBER, primary_key=True, autoincrement=True),
    Column("run_id", String(12), nullable=False, unique=True),
    Column("rules", Text, nullable=False),                     # name of the rule file
    Column("year", Text, nullable=False),
    Column("period_end", Date, nullable=False),
    Column("as_of", DateTime, nullable=False),                 # UTC
    Column("started", DateTime, nullable=False),               # UTC
    Column("finished", DateTime, nullable=False),              # UTC
    Column("cells", BigInteger, nullable=False),
    Column("exit_code", Integer, nullable=False),
    Column("rule_set_hash", String(64), nullable=False),
    Column("versions", JSON, nullable=False),
    Column("snapshot", Text),                                  # file name; null where there was no cell
    Column("day", Date),                                       # as_of, as the district counts days
    Index("fidelity_run_of", "rules", "number"),
)  # fmt: skip

ROWS = Table(
    # how much there was to read when a listing or source was last read whole
    "fidelity_rows", META,
    Column("rules", Text, primary_key=True),
    Column("year", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("accepted", BigInteger, nullable=False),
)  # fmt: skip

FINDING = Table(
    # each finding as it was last told
    "fidelity_finding", META,
    Column("rules", Text, primary_key=True),
    Column("finding_id", String(12), primary_key=True),
    Column("year", Text, nullable=False),
    Column("about", Text, nullable=False),
    Column("rule", Text),
    Column("subject_kind", Text),
    Column("subject", Text),
    Column("school", Text),
    Column("owner", Text),
    Column("severity", Text, nullable=False),
    Column("since", Date),
    Column("until", Date),
    Column("state", Text, nullable=False),
    Column("reported", Boolean, nullable=False),               # false: it had ended before the first run
    Column("changes", Integer, nullable=False),                # how many changes of state it has had
    Column("opened_in", String(12), nullable=False),           # run
    Column("changed_on", Date, nullable=False),                # as_of date of its last change
    Column("record", JSON, nullable=False),                    # the output columns
    Index("fidelity_finding_state", "rules", "state"),
)  # fmt: skip

CHANGE = Table(
    # the life of a finding: each change of state
    "fidelity_change", META,
    Column("rules", Text, primary_key=True),
    Column("finding_id", String(12), primary_key=True),
    Column("number", Integer, primary_key=True),               # 1 is its opening
    Column("run_id", String(12), nullable=False),
    Column("changed_on", Date, nullable=False),
    Column("before", Text),
    Column("after", Text, nullable=False),
    Column("message", Text, nullable=False),
    ForeignKeyConstraint(["rules", "finding_id"], ["fidelity_finding.rules", "fidelity_finding.finding_id"], ondelete="CASCADE"),
)  # fmt: skip

OUTBOX = Table(
    # what is to be told to whom; the key stays the same however often it is tried
    "fidelity_outbox", META,
    Column("number", NUMBER, primary_key=True, autoincrement=True),
    Column("rules", Text, nullable=False),
    Column("way", Text, nullable=False),                       # its name under `notify:`
    Column("key", Text, nullable=False),
    Column("at", DateTime, nullable=False),                    # UTC, of the run
    Column("run_id", String(12), nullable=False),
    Column("finding_id", String(12), nullable=False),
    Column("payload", JSON, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("delivered", DateTime),                             # UTC; null: not yet
    Index("fidelity_outbox_key", "rules", "way", "key", unique=True),
    Index("fidelity_outbox_waiting", "rules", "delivered"),
)  # fmt: skip

AUDIT = Table(
    # who did what to the store: runs and purges; never purged itself
    "fidelity_audit", META,
    Column("number", NUMBER, primary_key=True, autoincrement=True),
    Column("at", DateTime, nullable=False),                    # UTC
    Column("who", Text, nullable=False),
    Column("host", Text, nullable=False),
    Column("what", Text, nullable=False),                      # run, purge
    Column("rules", Text, nullable=False),
    Column("detail", JSON, nullable=False),
)  # fmt: skip
