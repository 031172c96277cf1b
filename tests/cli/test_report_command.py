"""`fidelity report`: which pages it writes, and what it says when it cannot."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from fidelity_engine.cli import exit_code

Called = Callable[..., tuple[int, str, str]]
RULES = "rules/district.yaml"


@pytest.fixture
def called(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Called:
    """Call the command line in a folder with a new district: exit code, stdout, stderr."""
    monkeypatch.chdir(tmp_path)
    assert exit_code(["init"]) == 0
    capsys.readouterr()

    def call(*arguments: str) -> tuple[int, str, str]:
        code = exit_code(arguments)
        return code, *capsys.readouterr()

    return call


def test_the_page_of_the_district(called: Called) -> None:
    """To a file, or to stdout where none is named; both are the same page, run and clock aside."""
    assert called("report", RULES, "-o", "report.html") == (0, "", "")
    written, printed = Path("report.html").read_text("utf-8"), called("report", RULES)[1]
    assert written.startswith("<!doctype html>") and written.rstrip().endswith("</html>")
    assert written.partition("<footer>")[0] == printed.partition("<footer>")[0]
    assert not list(Path().glob(".report*")), "no half file is left"


def test_the_page_of_one_school(called: Called) -> None:
    """It is about that school alone."""
    code, page, _ = called("report", RULES, "--for", "school:lincoln")
    assert code == 0 and "<h1><bdi>Lincoln" in page and "This week: still possible" in page and 'id="by-school"' not in page


def test_a_folder_of_pages(called: Called) -> None:
    """The district's page links each school's, and each of them the district's."""
    assert called("report", RULES, "--each", "school", "-o", "pages")[0] == 0
    names = sorted(path.name for path in Path("pages").iterdir())
    assert names[0] == "index.html" and "school-lincoln.html" in names
    assert 'href="school-lincoln.html"' in Path("pages/index.html").read_text("utf-8")
    assert 'href="index.html"' in Path("pages/school-lincoln.html").read_text("utf-8")


def test_another_day(called: Called) -> None:
    """Before the period nothing is expected, and the page says so."""
    assert "The period begins on 2026-09-08; as of 2020-01-01 there is nothing to do yet." in called("report", RULES, "--as-of", "2020-01-01")[1]


def test_ids_are_those_that_runs_told(called: Called) -> None:
    """A finding whose beginning moved since the last run keeps the id with which it was told."""
    told = json.loads(called("run", RULES, "--format", "json")[1])["findings"]
    one = next(found for found in told if found["about"] == "practice" and found["state"] == "open" and found["windows_missed"] > 1)
    with closing(sqlite3.connect(next(Path().rglob("state.db")))) as store, store:
        changed = store.execute("update fidelity_finding set finding_id = 'abcdefabcdef' where finding_id = ?", [one["finding_id"]]).rowcount
    assert changed == 1
    page = called("report", RULES)[1]
    assert 'id="f-abcdefabcdef"' in page and f'id="f-{one["finding_id"]}"' not in page


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--for", "school:lincon"], "Did you mean `lincoln`?"),
        (["--for", "team:g3"], "Write school:ID"),
        (["--for", "school:lincoln", "--each", "school", "-o", "pages"], "take one of them"),
        (["--each", "school"], "-o DIR"),
        (["--each", "school", "-o", "rules/district.yaml"], "is a file"),
        (["-o", "nowhere/report.html"], "Make the folder first"),
    ],
)
def test_mistakes_come_with_a_mend(called: Called, arguments: list[str], says: str) -> None:
    """Exit code 2, one line, and nothing is written."""
    code, out, err = called("report", RULES, *arguments)
    assert (code, out) == (2, "") and says in err and "Traceback" not in err
    assert not Path("pages").exists()


def test_a_source_that_is_gone_is_told_on_the_page(called: Called) -> None:
    """Exit code 3, and the page says that it is incomplete and who can mend it."""
    for path in Path().rglob("*.csv"):
        if "meeting" in path.read_text("utf-8").partition("\n")[0] or "meeting" in path.name:
            path.unlink()
    code, page, _ = called("report", RULES)
    assert code == 3 and "This page is incomplete:" in page and "could not be used" in page


@pytest.mark.parametrize(("command", "lost"), [
    (["report", RULES, "-o"], RULES),
    (["report", RULES, "-o"], "evidence/meetings.csv"),
    (["report", RULES, "--for", "school:lincoln", "-o"], "rules/decisions.csv"),
    (["describe", RULES, "-o"], "rules/../rules/district.yaml"),
    (["describe", RULES, "-o"], "evidence/teams.csv"),
    (["test", "rules", "--junit"], RULES),
    (["test", "rules/district.test.yaml", "--junit"], "rules/district.test.yaml"),
])
def test_what_is_read_is_not_written_over(called: Called, command: list[str], lost: str) -> None:
    """A page, a book or an outcome never takes the place of the rule file or of what it reads: that would be lost for good."""
    before = Path(lost).read_bytes()
    code, out, err = called(*command, lost)
    assert (code, out) == (2, "") and f"`{lost}` is a file that the run reads, and would be lost. Name another file." in err
    assert Path(lost).read_bytes() == before
