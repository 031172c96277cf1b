"""Chapter 8, the embedded engine: closed after load; text of users is never SQL."""

from __future__ import annotations

import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from fidelity_engine import Engine
from fidelity_engine.db import Database, DatabaseError
from fidelity_engine.result import Result

from .conftest import RULES, District

EVIL = """x'); drop table verdict; --"""
EVIL_NAME = '''a"; drop table "verdict'''


@pytest.mark.parametrize("sql", [
    "select * from read_csv('/etc/passwd')", "select * from '/etc/passwd'", "copy (select 1) to '/tmp/fidelity-stolen.csv'",
    "attach '/tmp/fidelity-stolen.db' as x", "install httpfs", "load httpfs", "select * from read_csv('https://example.org/x.csv')",
    "set enable_external_access = true", "set memory_limit = '1TB'", "set lock_configuration = false", "set allowed_directories = ['/']",
    "export database '/tmp/fidelity-stolen'", "select * from glob('/etc/*')", "select content from read_text('/etc/passwd')",
])  # fmt: skip
def test_nothing_goes_out_after_load(sql: str, evaluated: Callable[..., Result]) -> None:
    """Files, network, extensions, other databases and settings are closed once everything is loaded."""
    with evaluated() as result:
        assert result.scope
        with pytest.raises(DatabaseError):
            result.scope.db.run(sql)
    assert not list(Path("/tmp").glob("fidelity-stolen*"))


def test_limits_and_the_spill_folder(tmp_path: Path) -> None:
    """Memory and spilling are bounded; the folder is the owner's alone, and goes with the engine."""
    db = Database(memory_limit="100MB")
    settings = dict(db.rows("select name, value from duckdb_settings()"))
    assert settings["memory_limit"].startswith("66.") and settings["max_temp_directory_size"] not in ("", "90% of available disk space")
    assert Path(settings["temp_directory"]).is_relative_to(db.folder)
    assert stat.S_IMODE(db.folder.stat().st_mode) == 0o700
    folder = db.folder
    db.close()
    assert not folder.exists()


def test_hostile_words_everywhere(district: District) -> None:
    """Ids, columns, filters, sources, types and file names that look like SQL are only words."""
    text = RULES.replace("read: log.csv, delivers: meeting", f"read: \"it's; --.csv\", delivers: {EVIL!r}, columns: {{note: {EVIL_NAME!r}}}")
    text = text.replace("  log:", f"  {EVIL!r}:").replace("event: meeting}", f"event: {EVIL!r}, where: {{note: {{in: [{EVIL!r}, b]}}}}}}")
    name = EVIL.replace('"', '""')
    files = {
        "it's; --.csv": f'id,team,start,"{EVIL_NAME.replace(chr(34), chr(34) * 2)}"\n"{name}","{name}",2025-09-02,"{name}"\n',
        "teams.csv": f'team,name,school,kind,"{EVIL_NAME.replace(chr(34), chr(34) * 2)}"\n"{name}","{name}","{name}","{name}",1\n',
        "schools.csv": f'school,name\n"{name}","{name}"\n', "staff.csv": f'staff,name,school,roles\nt1,x,"{name}",x\n',
        "members.csv": f'team,staff\n"{name}",t1\n',
    }  # fmt: skip
    path = district(text, **files)
    with Engine.from_file(path).evaluate(subjects=[EVIL]) as result:
        assert [(source.accepted, source.quarantined) for source in result.summary.sources] == [(1, 0)]
        assert {row["verdict"] for row in result.verdicts.rows()} == {"met", "missed"}


def test_no_source_reaches_the_engines_own_files(district: District) -> None:
    """A name of the file system stays under the roots, whatever scheme it claims."""
    for address in ("/etc/passwd", "file:///etc/passwd", "../../../../etc/passwd", "s3://bucket/x.csv", "https://example.org/x.csv"):
        with Engine.from_file(district(RULES.replace("read: log.csv", f"read: {address}, reader: csv"))).evaluate() as result:
            assert [source.readable for source in result.summary.sources] == [False], address
            assert "root:" not in str(result.summary.unfinished)
