"""The schema of a store, from the first one on, in both databases."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import text

from fidelity_engine.errors import FidelityError
from fidelity_engine.store import Address, address_of
from fidelity_engine.store.connect import connection_of, private_folder
from fidelity_engine.store.opening import look_up, open_store
from fidelity_engine.store.schema import HEAD, _known, migrate, version_of
from fidelity_engine.store.tables import META, SCHEMA

from .conftest import District

FIRST = """insert into fidelity_run (run_id, rules, year, period_end, as_of, started, finished, cells, exit_code, rule_set_hash, versions)
    values ('0123456789ab', 'district.yaml', '2025-26', '2025-12-19', '2025-09-21 23:00:00', '2025-09-21 23:00:00',
      '2025-09-21 23:00:01', 9, 0, 'abc', '{}')"""


@pytest.fixture
def address(tmp_path: Path, store: Callable[[], str | None]) -> Address:
    """An empty store."""
    found = address_of(tmp_path / "district.yaml", store())
    private_folder(found)
    return found


def test_every_step_leads_to_the_tables(address: Address) -> None:
    """A store made by the steps has exactly the tables and columns that the program uses, and HEAD is the last step."""
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    with open_store(address) as memory, memory.connection.begin():
        context = MigrationContext.configure(memory.connection, opts={"version_table": SCHEMA})
        assert compare_metadata(context, META) == []
        assert version_of(memory.connection) == HEAD == max(_known())


def test_a_store_of_the_first_schema_is_brought_up_to_date(address: Address) -> None:
    """What was stored then is there now."""
    with connection_of(address) as connection, connection.begin():
        migrate(connection, "0001")
        connection.execute(text(FIRST))
    with open_store(address) as memory:
        last = memory.last()
        assert last is not None and (last["run_id"], str(last["day"])) == ("0123456789ab", "2025-09-21")
        assert version_of(memory.connection) == HEAD


def test_a_newer_store_is_refused(address: Address, district: District) -> None:
    """In a sentence, with exit code 2, and nothing is changed."""
    with open_store(address) as memory, memory.connection.begin():
        memory.connection.execute(text(f"update {SCHEMA} set version_num = '9999'"))
    for opened in (open_store, look_up):
        with pytest.raises(FidelityError, match="newer program") as refused, opened(address):
            pass
        assert "Update fidelity-engine" in refused.value.mend
    with connection_of(address) as connection, connection.begin():
        assert version_of(connection) == "9999"


def test_a_failed_step_leaves_nothing(address: Address, monkeypatch: pytest.MonkeyPatch) -> None:
    """A step that breaks in the middle leaves no table behind."""
    from alembic import op

    monkeypatch.setattr(op, "create_index", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError), open_store(address):
        pass
    monkeypatch.undo()
    with connection_of(address) as connection, connection.begin():
        assert version_of(connection) is None
    with open_store(address) as memory:
        assert memory.last() is None
