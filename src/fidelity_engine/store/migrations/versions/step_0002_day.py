"""A run's day, as its district counts days: the moment in UTC may lie on the next."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add the column; of earlier runs the day in UTC is as near as one can get."""
    op.add_column("fidelity_run", sa.Column("day", sa.Date))
    op.execute("update fidelity_run set day = date(as_of)")
