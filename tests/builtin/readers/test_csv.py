"""csv: the same file means the same thing every night, and damage costs only the rows that it touches."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fidelity_engine.builtin.readers import READERS, csv_repair
from fidelity_engine.db import Database, DatabaseError
from fidelity_engine.errors import FidelityError
from fidelity_engine.plugin.spec import ReadRequest, Rows
from fidelity_engine.stages.load.scan import scan_sql

CSV = next(reader for reader in READERS if reader.name == "csv")


def rows_of(folder: Path, raw: bytes, name: str = "a.csv", **options: Any) -> Rows:
    """What the reader gives for a file with these bytes."""
    (folder / name).write_bytes(raw)
    copies = folder / "copies"
    copies.mkdir(exist_ok=True)
    return CSV.read(ReadRequest("log", [folder / name], options, copies, "UTC"))


def read(rows: Rows) -> list[list[str | None]]:
    """The rows as the engine reads them."""
    db = Database(threads=1)
    db.run("set preserve_insertion_order = true")
    try:
        return [list(row) for row in db.rows(f"select * from {scan_sql(rows.data)}")]
    finally:
        db.close()


WHOLE = {
    "plain": (b"a,b\n1,2\n", {}, [["1", "2"]]),
    "no line end at the end": (b"a,b\n1,2", {}, [["1", "2"]]),
    "windows": (b"\xef\xbb\xbfa,b\r\n1,2\r\n", {}, [["1", "2"]]),
    "cells over several lines": (b'a,b\n"x\ny","say ""z"""\n', {}, [["x\ny", 'say "z"']]),
    "empty cells are missing": (b'a,b\n,""\n1,2\n', {}, [[None, None], ["1", "2"]]),
    "blank lines are no rows": (b"\n\na,b\n\n1,2\n\n", {}, [["1", "2"]]),
    "a header over two lines": (b'"a\nx",b\n1,2\n', {}, [["1", "2"]]),
    "a header over three lines in a windows file": (b'"a\nx\r\n","b\r"\r\n1,2\r\n"3\n",4\r\n', {}, [["1", "2"], ["3\n", "4"]]),
    "lines before the header": (b'Report "June\n\na,b\n1,2\n', {"skip_rows": 1}, [["1", "2"]]),
    "another delimiter": (b"a;b\n1,5;2\n", {"delimiter": ";"}, [["1,5", "2"]]),
    "another quote": (b"a,b\n'1,5',\"\n", {"quote": "'"}, [["1,5", '"']]),
    "another encoding": ("a,b\né,ü\n".encode("cp1252"), {"encoding": "cp1252"}, [["é", "ü"]]),
    "two bytes a letter": ("a,b\né,2\n".encode("utf-16"), {"encoding": "utf-16"}, [["é", "2"]]),
    "dates, numbers and zeros stay text": (b"a,b\n007,2025-01-05\n1e3,true\n", {}, [["007", "2025-01-05"], ["1e3", "true"]]),
    "a header alone": (b"a,b\n", {}, []),
    "a header alone without line end": (b"a,b", {}, []),
    "a quote inside a cell": (b'a,b\n5" pipe,2\n', {}, [['5" pipe', "2"]]),
}


@pytest.mark.parametrize("name", WHOLE)
def test_whole_files(name: str, tmp_path: Path) -> None:
    """The engine's own reading gives these rows, and careful reading gives the same and rejects none."""
    raw, options, wanted = WHOLE[name]
    rows = rows_of(tmp_path, raw, **options)
    assert read(rows) == wanted
    assert rows.repair is not None
    mended = rows.repair()
    assert (read(mended), list(mended.rejected)) == (wanted, [])


def test_large_files_keep_their_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Several threads read a file that is larger than what is read at a time, and its rows stay where they were."""
    monkeypatch.setattr(csv_repair, "BUFFER_BYTES", 2_500_000)
    rows = rows_of(tmp_path, b"a,b\n" + b"".join(b"%d,some text for row\n" % n for n in range(300_000)))
    assert rows.data.options["buffer_size"] == 2_500_000
    db = Database(threads=2)
    db.run("set preserve_insertion_order = true")
    db.run(f"create table t as select a from {scan_sql(rows.data)}")
    assert db.one("select count(*) from t where a = rowid::varchar") == 300_000
    db.close()


def test_tsv_is_split_at_tabs(tmp_path: Path) -> None:
    """The extension says the delimiter, nothing in the file does."""
    assert read(rows_of(tmp_path, b"a\tb\n1,2\t3\n", "a.tsv")) == [["1,2", "3"]]


DAMAGED = {
    "too few and too many cells": (b"a,b\n1,2\n3\n4,5\n6,7,8\n9,0\n", [["1", "2"], ["4", "5"], ["9", "0"]], [2, 4]),
    "a quote that is never closed": (b'a,b\n1,2\n3,"4\n5,6\n7,8\n', [["1", "2"], ["5", "6"], ["7", "8"]], [2]),
    "a quote that is closed rows later": (b'a,b\n1,"2\n3,"4"\n5,6\n', [["3", "4"], ["5", "6"]], [1]),
    "text after a closing quote": (b'a,b\n1,"2"x\n3,4\n', [["3", "4"]], [1]),
    "bytes that are no utf-8": (b"a,b\n1,\xff\n2,3\n", [["2", "3"]], [1]),
    "line ends of two kinds": (b"a,b\r\n1,2\n3,4\r\n", [["1", "2"], ["3", "4"]], []),
    "several in a row": (b'a,b\n"1\n"2\n"3\n4,5\n', [["4", "5"]], [1, 2, 3]),
}


@pytest.mark.parametrize("name", DAMAGED)
def test_damaged_files(name: str, tmp_path: Path) -> None:
    """The engine refuses the file; careful reading keeps every row that can be read and names the others."""
    raw, wanted, rejected = DAMAGED[name]
    rows = rows_of(tmp_path, raw)
    with pytest.raises(DatabaseError):
        read(rows)
    assert rows.repair is not None
    mended = rows.repair()
    assert read(mended) == wanted
    assert [row.row for row in mended.rejected] == rejected


MISTAKES = [
    (b"", {}, "a.csv: the file is empty. Export it again."),
    (b"\n\n", {}, "a.csv: the file has no header. The first row names the columns."),
    (b"a,b,a\n", {}, "a.csv: the header has `a` twice. Rename one of them."),
    (b"\xff,b\n", {}, "a.csv: the header is not utf-8. Declare `encoding:`, for example cp1252."),
    (b"\0\0\0\n1\n", {}, "a.csv: the header holds zero bytes, as a damaged file does. Export it again."),
    (b"a;b\n1;2\n", {}, 'a.csv: the header is one column that holds `;`. Declare `delimiter: ";"`.'),
    (b"a\tb\n1\t2\n", {}, 'a.csv: the header is one column that holds `\\t`. Declare `delimiter: "\\t"`.'),
    (b"a,b\n1,2\n", {"delimiter": ";"}, 'a.csv: the header is one column that holds `,`. Declare `delimiter: ","`.'),
    ("a,b\n1,2\n".encode("utf-16"), {}, "a.csv: is UTF-16. Declare `encoding: utf-16`."),
    (",".join(f"c{n}" for n in range(2001)).encode(), {},
     "a.csv: has more than 2,000 columns. Export the ones that are needed, or transpose it."),
    (b"PK\x03\x04\x14\0", {}, "a.csv: is a workbook or an archive, no text. Name it .xlsx, or unpack it."),
    (b"\x1f\x8b\x08\0", {}, "a.csv: is compressed, no text. Unpack it."),
    (b"a,b\n", {"encoding": "klingon"}, "log: unknown encoding 'klingon'. Write utf-8, cp1252 or utf-16."),
    (b"a,b\n", {"encoding": "rot13"}, "log: 'rot13' is no encoding of text. Write utf-8, cp1252 or utf-16."),
    (b"a,b\n\x81,2\n", {"encoding": "cp1252"}, "a.csv: is not cp1252. Declare the encoding that it was exported with."),
    (b"a,b\n", {"delimiter": "||"}, "log: delimiter and quote are one character each, and different. Write delimiter: ';'."),
]


@pytest.mark.parametrize(("raw", "options", "message"), MISTAKES)
def test_files_that_cannot_be_opened(raw: bytes, options: dict[str, Any], message: str, tmp_path: Path) -> None:
    """What is wrong with a file as a whole is one sentence with a mend."""
    with pytest.raises(FidelityError) as caught:
        rows_of(tmp_path, raw, **options)
    assert str(caught.value) == message


def test_files_with_other_columns_are_refused(tmp_path: Path) -> None:
    """Files of one source have one header."""
    (tmp_path / "a.csv").write_text("a,b\n")
    (tmp_path / "b.csv").write_text("a,c\n")
    with pytest.raises(FidelityError, match=r"has other columns than a\.csv"):
        CSV.read(ReadRequest("log", [tmp_path / "a.csv", tmp_path / "b.csv"], {}, tmp_path, "UTC"))


CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\x00\r"), max_size=8)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(CELLS, CELLS, CELLS), max_size=6), st.sampled_from(["\n", "\r\n"]))
def test_whatever_is_written_is_read(tmp_path: Path, cells: list[tuple[str, ...]], end: str) -> None:
    """Any text in any cell comes back as it was written, in the order of the file."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator=end, quoting=csv.QUOTE_ALL)
    writer.writerows([("a", "b", "c"), *cells])
    rows = rows_of(tmp_path, text.getvalue().encode())
    wanted = [[cell or None for cell in row] for row in cells]
    assert rows.repair is not None
    assert read(rows.repair()) == wanted
    assert read(rows) == wanted


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.sampled_from(["1,2", '"', 'x,"', "3", '"4","5"', 'a"b,c', '"d"e,f', ",", "\udcff"]), max_size=8))
def test_whatever_is_damaged_is_accounted_for(tmp_path: Path, lines: list[str]) -> None:
    """However a file is damaged, reading ends, whole lines survive, and row numbers are without gaps."""
    raw = "\n".join(["a,b", *lines]).encode("utf-8", "surrogateescape") + b"\n"
    rows = rows_of(tmp_path, raw)
    assert rows.repair is not None
    mended = rows.repair()
    found, lost = read(mended), [row.row for row in mended.rejected]
    assert lost == sorted(set(lost))
    assert not lost or lost[-1] <= len(found) + len(lost)
    if '"' not in "".join(lines):
        assert len(found) == sum(line in ("1,2", ",") for line in lines)


LONG = "It is longer than 2,000,000 bytes, the most that a row may have."


@pytest.mark.parametrize(("cell", "sentence"), [
    ("x" * 3_000_000, LONG),
    ('"' + "x" * 3_000_000 + '"', "A cell in quotes is longer than 131,072 characters, the most that one may have in a file with damaged rows."),
    ("é" * 1_000_000, LONG),
    ("x" * 1_999_900, ""),
    ("x" * 131_073, ""),
    ('"' + "x" * 131_073 + '"', "A cell in quotes is longer than 131,072 characters, the most that one may have in a file with damaged rows."),
], ids=["letters", "quoted", "bytes", "nearly", "usual", "quoted-long"])
def test_a_cell_that_is_too_long_is_told_as_that(cell: str, sentence: str, tmp_path: Path) -> None:
    """How long it may be is told, the row is in quarantine, and the rows about it are read."""
    raw = f"a,b\n1,x\n{cell},2\n3,y\n".encode()
    rows = rows_of(tmp_path, raw).repair()
    assert [(one.row, one.sentence) for one in rows.rejected] == ([(2, sentence)] if sentence else [])
    found = read(rows)
    assert (found[0], found[-1], len(found)) == (["1", "x"], ["3", "y"], 2 if sentence else 3)
