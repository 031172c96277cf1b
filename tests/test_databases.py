"""The databases that the tests use are real ones."""

from __future__ import annotations

import psycopg


def test_postgres_runs(postgres_url: str) -> None:
    """A PostgreSQL server of our own answers, and its database is empty."""
    with psycopg.connect(postgres_url) as connection:
        (found,) = connection.execute("select version()").fetchone() or ("",)
        assert found.startswith("PostgreSQL")
        assert connection.execute("select count(*) from pg_tables where schemaname = 'public'").fetchone() == (0,)
