"""xlsx: a sheet's rows with their types and places; what is no sound workbook is refused by name."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from fidelity_engine.builtin.readers.xlsx_reader import XLSX
from fidelity_engine.errors import FidelityError
from fidelity_engine.plugin.spec import Placed, ReadRequest
from fidelity_engine.result import Result

HEADER = ["id", "team", "start", "minutes"]


def book(*rows: list[Any], title: str = "Log", change: Callable[[Any], None] | None = None) -> bytes:
    """A workbook with one sheet."""
    made = openpyxl.Workbook()
    made.active.title = title
    for row in rows:
        made.active.append(row)
    if change:
        change(made)
    written = io.BytesIO()
    made.save(written)
    return written.getvalue()


def rows_of(folder: Path, raw: bytes, **options: Any) -> list[Placed]:
    """The rows of a workbook with these bytes."""
    (folder / "a.xlsx").write_bytes(raw)
    return list(XLSX.read(ReadRequest("log", [folder / "a.xlsx"], options, folder, "UTC")).data)  # type: ignore[arg-type]


def values(folder: Path, raw: bytes, **options: Any) -> list[dict[str, Any]]:
    """The same, without their places."""
    return [{key: value for key, value in row.values.items() if key != "@file"} for row in rows_of(folder, raw, **options)]


def test_rows_carry_sheet_and_number(tmp_path: Path) -> None:
    """A row's number is the one that the spreadsheet shows; empty rows are none, lines before the header are skipped."""
    found = rows_of(tmp_path, book(["Export of 2025"], [], HEADER, ["a", "g3"], [], ["b", "g4", None, ""]), skip_rows=1)
    assert [(row.place, row.row) for row in found] == [("a.xlsx, sheet Log", 4), ("a.xlsx, sheet Log", 6)]


@pytest.mark.parametrize(("cell", "shown", "expected"), [
    (datetime(2025, 9, 2), "yyyy-mm-dd", date(2025, 9, 2)),
    (datetime(2025, 9, 2), "yyyy-mm-dd hh:mm", datetime(2025, 9, 2)),
    (datetime(2025, 9, 2, 10, 20), "yyyy-mm-dd", datetime(2025, 9, 2, 10, 20)),
    (45902.430555555555, "m/d/yy h:mm", datetime(2025, 9, 2, 10, 20)),
    (time(10, 20), "h:mm", "10:20:00"),
    (timedelta(minutes=75), "[h]:mm", 75.0),
    (1006, "000000", "001006"), (7.5, "00", 7.5), (7, "0", 7),
    (45, "General", 45), (45.0, "0.0", 45), (1.5, "General", 1.5), (True, "General", True), ("00123", "@", "00123"), ("=1+", "@", "=1+"),
])
def test_a_cell_keeps_its_type(cell: Any, shown: str, expected: Any, tmp_path: Path) -> None:
    """Dates are numbers that are shown as dates; whether there is a time of day follows from what is shown and stored."""
    def change(made: Any) -> None:
        made.active["A2"].value, made.active["A2"].number_format = cell, shown
        if isinstance(cell, str):
            made.active["A2"].data_type = "s"

    (row,) = values(tmp_path, book(["x"], [0], change=change))
    assert row == {"x": expected}
    assert type(row["x"]) is type(expected)


def test_numbers_that_are_dates_are_declared(tmp_path: Path) -> None:
    """A column of plain numbers is one of dates where the source says so, in the calendar of the workbook."""
    def mac(made: Any) -> None:
        made.epoch = CALENDAR_MAC_1904

    raw = [["when", "n"], [45902, 45902], [45902.5, 1], ["soon", 2], [-1e9, 3]]
    found = values(tmp_path, book(*raw), serial_dates=("when",))
    assert [row["when"] for row in found] == [date(2025, 9, 2), datetime(2025, 9, 2, 12), "soon", "-1000000000"]
    assert found[0]["n"] == 45902
    assert values(tmp_path, book(*raw, change=mac), serial_dates=("when",))[0]["when"] == date(2029, 9, 3)
    with pytest.raises(FidelityError, match="has no column `When`"):
        values(tmp_path, book(*raw), serial_dates=("When",))


def test_errors_and_formulas(tmp_path: Path) -> None:
    """An error such as #N/A is no value, and told; a formula is what was last calculated."""
    def change(made: Any) -> None:
        made.active["A2"].value, made.active["A2"].data_type = "#N/A", "e"
        made.active["B2"].value = "=20+25"

    raw = book(["id", "minutes"], [1, 2], ["b", 3], change=change)
    calculated = rewritten(raw, "xl/worksheets/sheet1.xml", lambda text: re.sub(rb"<v ?/>|<v></v>", b"<v>45</v>", text))
    assert values(tmp_path, calculated) == [{"id": None, "minutes": 45}, {"id": "b", "minutes": 3}]
    assert [row.bad for row in rows_of(tmp_path, calculated)] == [["id"], []]


def rewritten(raw: bytes, member: str, change: Callable[[bytes], bytes]) -> bytes:
    """A workbook with another text in one of its parts."""
    written = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(raw)) as source, zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            target.writestr(name, change(source.read(name)) if name == member else source.read(name))
    return written.getvalue()


def test_a_row_that_no_sheet_has(tmp_path: Path) -> None:
    """A number of a row that leads to the end of the world is refused, and not counted up to."""
    far = rewritten(book(HEADER, ["a", "g2"]), "xl/worksheets/sheet1.xml", lambda text: text.replace(b'<row r="2"', b'<row r="99999999999"'))
    with pytest.raises(FidelityError, match="names a row that no sheet has"):
        rows_of(tmp_path, far)


def test_texts_that_do_not_fit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The texts that sheets share are held in memory, so they are bounded before they are read."""
    monkeypatch.setattr("fidelity_engine.builtin.readers.xlsx_reader.MOST_TEXT", 50)
    raw = io.BytesIO(book(HEADER, ["a", "g2"]))
    with zipfile.ZipFile(raw, "a") as archive:
        archive.writestr("xl/sharedStrings.xml", b"x" * 51)
    with pytest.raises(FidelityError, match="holds more than 200 MB of texts"):
        rows_of(tmp_path, raw.getvalue())


def two(made: Any) -> None:
    made.create_sheet("Old").append(HEADER)


def bomb() -> bytes:
    """A workbook of which a part unpacks to a thousand times its size."""
    return rewritten(book(HEADER), "xl/worksheets/sheet1.xml", lambda text: text + b" " * 3_000_000)


def strict(raw: bytes) -> bytes:
    """The workbook in the strict form of the standard, which has other names for how its parts belong together."""
    plain, other = b"http://schemas.openxmlformats.org/officeDocument/2006/relationships", b"http://purl.oclc.org/ooxml/officeDocument/relationships"
    return rewritten(raw, "xl/workbook.xml", lambda text: text.replace(plain, other))


@pytest.mark.parametrize(("raw", "options", "message"), [
    (b"", {}, "the file is empty"),
    (b"PK\x03\x04 no more", {}, "is no workbook that can be read"),
    (b"id,team\na,g3\n", {}, "is no workbook that can be read"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"x" * 600, {}, "has a password, or is of the old kind"),
    (rewritten(book(HEADER, ["a"]), "xl/worksheets/sheet1.xml", lambda text: text[: len(text) // 2]), {}, "is no workbook that can be read"),
    (rewritten(book(HEADER), "xl/workbook.xml", lambda text: b"<html>"), {}, "is no workbook that can be read"),
    (bomb(), {}, "holds a file that unpacks to more than 100 times its size"),
    (book(HEADER, change=two), {}, "has several sheets. Name one with `sheet:`: `Log`, `Old`"),
    (book(HEADER), {"sheet": "Logs"}, "has no sheet `Logs`"),
    (book(), {}, "the sheet is empty"),
    (book(["id", "Team", "team"]), {}, "the header has `team` twice"),
    (book(HEADER, ["a"]), {"skip_rows": 20}, "the sheet is empty below row 20. `skip_rows:` counts the rows above the header."),
    (strict(book(HEADER, ["a"])), {}, "has no sheet with rows, or is of the strict form. Save it as .xlsx (Excel Workbook) again."),
], ids=range(13))
def test_what_is_refused(raw: bytes, options: dict[str, Any], message: str, tmp_path: Path) -> None:
    """A typed refusal that names the file."""
    with pytest.raises(FidelityError) as caught:
        rows_of(tmp_path, raw, **options)
    assert str(caught.value).startswith(f"a.xlsx: {message}")


def test_a_workbook_is_evidence(evaluated: Callable[..., Result]) -> None:
    """Rows become events; quarantine and bad values say sheet and row; a misspelt column is a mistake at once."""
    rows = [[], HEADER, ["a", "g2", datetime(2025, 9, 9, 10, 20), 45], ["b", "g9", datetime(2025, 9, 10, 10), 30], ["c", "g2", date(2025, 9, 11), "long"]]
    source = "evidence: {log: {read: log.xlsx, sheet: Log, delivers: training, coverage: always}}\n"
    with evaluated({"log.xlsx": book(*rows, change=two)}, source) as result:
        (found,) = result.summary.sources
        assert (found.read, found.accepted, found.quarantined, found.bad_values) == (3, 2, 1, 1)
        assert result._db.rows("select place, row from quarantine") == [("log.xlsx, sheet Log", 4)]
        assert result._db.rows("select place, row from bad_value where row is not null") == [("log.xlsx, sheet Log", 5)]
    with evaluated({"log.xlsx": book(HEADER, ["a"])}, source.replace("delivers", "columns: {team: Team}, delivers")) as result:
        (found,) = result.summary.sources
        assert "has no column `Team`" in str(found.cause)


def with_errors(**cells: str) -> Callable[[Any], None]:
    """A change that puts errors into cells."""
    def change(made: Any) -> None:
        for cell, error in cells.items():
            made.active[cell].value, made.active[cell].data_type = error, "e"
    return change


def test_errors_are_counted_as_bad_values(evaluated: Callable[..., Result]) -> None:
    """An error is missing, counted and listed in whatever field it stands; as an id or a start it quarantines the row."""
    rows = [["id", "team", "start", "minutes", "topic", "nobody asks"], *([n, "g2", datetime(2025, 9, 9, 10, 20), 45, "t", 1] for n in "abcdef")]
    change = with_errors(A2="#REF!", C3="#VALUE!", D4="#DIV/0!", E5="#N/A", B6="#NAME?", F7="#NUM!")
    source = "evidence: {log: {read: log.xlsx, delivers: training, columns: {school: {value: lincoln}}, coverage: always}}\n"
    rule = ("rules:\n- {id: a.rule, title: T, expect: {of: school, each: week}, measure: {kind: total, event: training, field: minutes, "
            "where: {topic: t}}, judge: {at_least: 1}}\n")
    with evaluated({"log.xlsx": book(*rows, change=change)}, source, rule=rule) as result:
        (found,) = result.summary.sources
        assert (found.read, found.accepted, found.quarantined, found.bad_values) == (6, 4, 2, 3)
        assert result._db.rows("select reason, row from quarantine order by all") == [("bad_timestamp", 3), ("missing_field", 2)]
        told = result._db.rows("select field, row, sentence from bad_value where row is not null order by field")
        assert [row[:2] for row in told] == [("minutes", 4), ("team", 6), ("topic", 5)]
        assert told[0][2] == "`minutes` (column `minutes`) is an error such as #N/A, or no number; it counts as missing."


def test_errors_in_a_roster_are_mistakes(evaluated: Callable[..., Result]) -> None:
    """A roster with an error in a column that is used ends the run and names the row; other columns may hold what they like."""
    teams = [["team", "name", "school", "kind", "from", "helper"], ["g2", "Grade 2", "lincoln", "grade-level", None, 1]]
    roster = "roster: {schools: schools.csv, teams: {read: teams.xlsx}}\n"
    with evaluated({"teams.xlsx": book(*teams, change=with_errors(F2="#N/A"))}, roster=roster) as result:
        assert result.exit_code in (0, 1)
    with pytest.raises(FidelityError, match="`from` holds an error such as #N/A") as error, \
            evaluated({"teams.xlsx": book(*teams, change=with_errors(E2="#N/A"))}, roster=roster):
        pass
    assert str(error.value).startswith("teams.xlsx, sheet Log:row 2")


def test_the_roster_may_be_a_workbook(evaluated: Callable[..., Result]) -> None:
    """Roster files are read from a sheet too, with dates as they are kept."""
    teams = book(["team", "name", "school", "kind", "from"], ["g2", "Grade 2", "lincoln", "grade-level", datetime(2025, 10, 6)])
    with evaluated({"teams.xlsx": teams}, roster="roster: {schools: schools.csv, teams: {read: teams.xlsx}}\n") as result:
        assert min(str(row["window_start"]) for row in result.verdicts.rows()) == "2025-10-06"


def test_mistakes_of_a_roster_say_sheet_and_number(evaluated: Callable[..., Result]) -> None:
    """A mistake in a row is told with the number that the spreadsheet shows, whatever stands above or between."""
    header = ["team", "name", "school", "kind", "from"]
    teams = book(["Teams"], [], header, ["g2", "Grade 2", "lincoln", "grade-level"], [], ["g3", "Grade 3", "nowhere", "grade-level", "9/1/2025"])
    with pytest.raises(FidelityError) as error:
        evaluated({"teams.xlsx": teams}, roster="roster: {schools: schools.csv, teams: {read: teams.xlsx, skip_rows: 2}}\n")
    assert "teams.xlsx, sheet Log:row 6: unknown school 'nowhere'" in str(error.value)
    assert "teams.xlsx, sheet Log:row 6: from '9/1/2025' cannot be read" in str(error.value)
