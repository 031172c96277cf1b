"""jsonl, json and parquet: values keep their types."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from fidelity_engine.builtin.readers import READERS, fidelity_readers
from fidelity_engine.db import Database
from fidelity_engine.errors import FidelityError
from fidelity_engine.plugin.spec import ReadRequest, Rows
from fidelity_engine.result import Result
from fidelity_engine.stages.load.feed import Unreadable, feed_of

from .conftest import EVIDENCE

BY_NAME = {reader.name: reader for reader in READERS}


def feed(folder: Path, reader: str, raw: bytes, typed: tuple[str, ...] = (), **options: str):  # type: ignore[no-untyped-def]
    """A database, and the feed of a file with these bytes."""
    path = folder / f"a.{reader}"
    path.write_bytes(raw)
    db = Database(threads=1)
    rows = BY_NAME[reader].read(ReadRequest("log", [path], options, folder, "UTC"))
    return db, feed_of(db, "log", 1, rows, typed, [path])


def test_the_hook_declares_all_readers() -> None:
    """Extensions are claimed once."""
    extensions = [extension for reader in fidelity_readers() for extension in reader.extensions]
    assert {".csv", ".tsv", ".jsonl", ".json", ".parquet"} <= set(extensions)
    assert len(extensions) == len(set(extensions))


def test_json_types_come_from_all_rows(tmp_path: Path) -> None:
    """A column's type is that of all its values; mixed ones are text, nulls do not count."""
    raw = b"""{"n": 1, "d": 1, "b": true, "m": 1, "l": ["x"], "o": {"z": 1}, "odd key/~": "v"}
        {"n": null, "d": 2.5, "b": false, "m": "x", "l": null}"""
    db, found = feed(tmp_path, "jsonl", raw, ("n", "d", "b", "m", "l", "o", "odd key/~", "absent"))
    assert found.columns == {
        "n": "BIGINT", "d": "DOUBLE", "b": "BOOLEAN", "m": "VARCHAR", "l": "VARCHAR[]", "o": "VARCHAR", "odd key/~": "VARCHAR",
    }
    rows = db.records(found.select(found.columns))
    assert rows[0] | {"@content": 0} == {
        "@file_no": 0, "@content": 0, "@broken": False, "n": 1, "d": 1.0, "b": True, "m": "1", "l": ["x"], "o": '{"z":1}', "odd key/~": "v",
    }


def test_a_row_without_bounds_makes_its_source_unusable() -> None:
    """What a database or plugin gives may hold a value of any size: past what the engine reads it is a sentence, not a trace."""
    db = Database(threads=1)
    with pytest.raises(FidelityError, match=r"holds a row of more than 16 MB.*Leave the large column out"):
        feed_of(db, "log", 1, Rows((), [{"a": "x" * 40_000_000}]), ())


def test_broken_lines_come_as_broken(tmp_path: Path) -> None:
    """A line that is no object is a row of its own; blank lines are not."""
    raw = b'\xef\xbb\xbf{"a": 1}\r\n\r\n{"a": \r\n[1]\r\nnull\r\n{"a": "\xff"}\r\n{"a": 2} x\r\n{"a": 3}'
    db, found = feed(tmp_path, "jsonl", raw)
    assert [row[0] for row in db.rows(f'select "@broken" from ({found.select(["a"])})')] == [False, True, True, True, True, True, False]


@pytest.mark.parametrize(("raw", "message"), [
    (b"", "the file is empty"), (b'{"a": 1}', "is no JSON array"), (b'[{"a": 1}, {"a"', "cannot be read"), (b"[1, 2", "cannot be read"),
])
def test_json_that_is_no_array(raw: bytes, message: str, tmp_path: Path) -> None:
    """A json file is one whole array, or it cannot be opened."""
    with pytest.raises(FidelityError, match=message):
        feed(tmp_path, "json", raw)


def test_json_in_another_encoding(tmp_path: Path) -> None:
    """An encoding is declared for json as for csv."""
    db, found = feed(tmp_path, "jsonl", '{"a": "é"}'.encode("cp1252"), encoding="cp1252")
    assert db.rows(f"select a from ({found.select(['a'])})") == [("é",)]


def test_a_parquet_file_that_is_none(tmp_path: Path) -> None:
    """What is not Parquet cannot be read, and the engine's own words, which may quote the file, are not repeated."""
    with pytest.raises(Unreadable, match="cannot be read") as caught:
        feed(tmp_path, "parquet", b"secret content that is long enough")
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("name", ["complete", "owners", "waivers"])
def test_a_paper_of_no_objects_is_a_mistake(name: str, evaluated: Callable[..., Result]) -> None:
    """A paper whose rows are no JSON objects is not taken for an empty one, which it may be."""
    with evaluated({"a.jsonl": "\n\n"}, evidence=f"{EVIDENCE}{name}: a.jsonl\n") as result:
        assert not result.summary.unfinished
    with pytest.raises(FidelityError, match=r"a.jsonl: holds rows, and none of them is a JSON object"):
        evaluated({"a.jsonl": '[{"source": "log", "role": "principal"}]\n'}, evidence=f"{EVIDENCE}{name}: a.jsonl\n")


@pytest.mark.parametrize(("name", "mend"), [
    ("log.xls", "Save it as .xlsx or as CSV."), ("log.csv.gz", "Unpack it, or name its `reader:`."), ("log.pdf", "Export it as CSV."),
    ("log.db", "Write its address, sqlite:///PATH, and a `query:`."), ("log.dat", "Name one with `reader:`."), ("log", "Name one with `reader:`."),
])  # fmt: skip
def test_a_file_that_no_reader_knows(name: str, mend: str, evaluated: Callable[..., Result]) -> None:
    """The source is unreadable, and what would mend it follows from the file's kind."""
    with evaluated({name: "x"}, evidence=EVIDENCE.replace("log.csv", name)) as result:
        (source,) = result.summary.sources
        assert not source.readable and f"no reader for '{Path(name).suffix}' files. {mend}" in str(source.cause)
