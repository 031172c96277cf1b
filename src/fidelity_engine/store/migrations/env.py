"""What Alembic runs: the steps on the connection that it was given, inside that connection's transaction."""

from alembic import context

from fidelity_engine.store.tables import META, SCHEMA

context.configure(
    connection=context.config.attributes["connection"], target_metadata=META, version_table=SCHEMA, transactional_ddl=True,
)  # fmt: skip
with context.begin_transaction():
    context.run_migrations()
