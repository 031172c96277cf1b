"""The schema of a store: made where there is none, brought up to date where it is old, refused where it is newer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import Connection, inspect, text

from fidelity_engine.errors import FidelityError
from fidelity_engine.store.tables import SCHEMA

HEAD = "0002"
"""The newest step in `migrations/versions`; a test compares the two."""
_STEPS = Path(__file__).parent / "migrations"


def version_of(connection: Connection) -> str | None:
    """The step that a store is at; None where nothing was ever stored."""
    if not inspect(connection).has_table(SCHEMA):
        return None
    found = connection.execute(text(f"select version_num from {SCHEMA}")).scalar()
    return str(found) if found is not None else None


def prepare(connection: Connection, shown: str) -> None:
    """Bring a store to HEAD in one transaction. Raises FidelityError for a store of a newer program."""
    with connection.begin():
        found = version_of(connection)
        if found == HEAD:
            return
        # Alembic takes a third of a second to import: only who needs a step waits for it.
        if found is not None and found not in _known():
            mend = "Update fidelity-engine; nothing was changed."
            raise FidelityError(f"the store was written by a newer program (schema {found}, this one knows {HEAD})", shown, mend)
        migrate(connection, "head")


def migrate(connection: Connection, to: str) -> None:
    """Run the steps up to one of them, on a connection that is in a transaction."""
    from alembic import command

    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, to)


def _config() -> Any:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_STEPS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def _known() -> set[str]:
    from alembic.script import ScriptDirectory

    return {step.revision for step in ScriptDirectory.from_config(_config()).walk_revisions()}
