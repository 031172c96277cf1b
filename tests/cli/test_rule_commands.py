"""The commands for those who write rules: what they print, and how they end."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from fidelity_engine.cli import exit_code

Called = Callable[..., tuple[int, str, str]]


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


def change(path: str, old: str, new: str) -> None:
    """Change a file of the district."""
    text = Path(path).read_text("utf-8")
    assert old in text
    Path(path).write_text(text.replace(old, new), "utf-8")


def test_check_and_test_pass_at_once(called: Called) -> None:
    """What `init` writes has no mistakes, no doubts and no gaps."""
    assert called("check", "rules/district.yaml", "--with-data")[0] == 0
    code, out, _ = called("test", "rules", "--require-coverage")
    assert code == 0 and "5 passed" in out and "9 of 9 verdicts of 3 rules are tested" in out


def test_a_file_without_rules_has_none_and_no_mistakes(called: Called) -> None:
    """The line says how many rules there are, if there are none."""
    text = Path("rules/district.yaml").read_text("utf-8")
    Path("rules/none.yaml").write_text(text.partition("\nrules:")[0] + "\nrules: []\n", "utf-8")
    assert called("check", "rules/none.yaml") == (0, "rules/none.yaml: 0 rules, no mistakes.\n", "")


def test_a_failed_test_is_exit_code_1_with_a_diff_and_junit(called: Called) -> None:
    """The diff goes to stdout, the XML to a file."""
    change("rules/district.test.yaml", "verdict: met, required: 1", "verdict: met, required: 2")
    code, out, _ = called("test", "rules/district.yaml", "--junit", "out.xml")
    assert code == 1 and "- required: 2" in out and "+ required: 1" in out and "4 passed, 1 failed" in out
    assert "- required: 2" in Path("out.xml").read_text("utf-8")


def test_a_choice_that_no_test_fits_is_a_mistake(called: Called) -> None:
    """A misspelt name does not look as if all had passed."""
    assert called("test", "rules", "--only", "leadership")[1].startswith("2 passed")
    code, out, err = called("test", "rules", "--only", "leadreship")
    assert (code, out) == (2, "") and err.startswith("--only: no test holds `leadreship` in its name")


def test_a_month_outside_the_period(called: Called) -> None:
    """A month of another year is no empty page."""
    assert "September 2026" in called("calendar", "show", "rules/district.yaml", "--month", "2026-09")[1]
    code, out, err = called("calendar", "show", "rules/district.yaml", "--month", "2025-09")
    assert (code, out, err) == (2, "", "--month: 2025-09 lies outside the period, 2026-09-08 to 2027-06-11. Write one such as 2026-09.\n")


def test_gaps_fail_where_coverage_is_required(called: Called) -> None:
    """Without a test for `no_data` the rule is named."""
    change("rules/district.test.yaml", "      - {rule: leadership.visits, subject: g3, window: 2", "      # - {rule: leadership.visits, window: 2")
    code, out, _ = called("test", "rules")
    assert code == 0 and "leadership.visits: never tested for no_data" in out
    assert called("test", "rules", "--require-coverage")[0] == 1


@pytest.mark.parametrize("path", ["none.test.yaml", "evidence", "rules/waivers.csv"])
def test_nothing_to_test_is_exit_code_2(path: str, called: Called) -> None:
    """A run of no tests is no success."""
    assert called("test", path)[0] == 2


def test_a_missing_rule_file_is_exit_code_2(called: Called) -> None:
    """The tests of a rule file that is gone fail, with the place."""
    Path("rules/district.yaml").rename("gone.yaml")
    code, out, _ = called("test", "rules")
    assert code == 2 and "rules/district.test.yaml:5:8" in out and "there is no rule file `district.yaml`" in out


def test_doubts_are_exit_code_1(called: Called) -> None:
    """What is hardly meant is told with its place, beside the findings so far."""
    change("rules/district.yaml", "owner: improvement-lead", "owner: nobody")
    code, out, _ = called("check", "rules/district.yaml", "--with-data")
    assert code == 1 and "nobody holds `nobody`" in out and "rules/district.yaml:" in out
    assert "collaboration.time          1      1" in out


def test_describe_writes_a_page(called: Called) -> None:
    """Markdown on stdout, HTML by the ending of the file."""
    code, out, _ = called("describe", "rules/district.yaml", "--rule", "leadership.visits")
    assert code == 0 and "**In each month, each team has at least 1 leader visit.**" in out and "collaboration.time" not in out
    assert called("describe", "rules/district.yaml", "-o", "book.html")[0] == 0
    assert Path("book.html").read_text("utf-8").startswith("<!doctype html>")
    assert called("describe", "rules/district.yaml", "--rule", "leadership.visit")[0] == 2


def test_backtest_prints_a_line_per_date(called: Called) -> None:
    """Dates, a chart, and how many findings each rule would have opened."""
    period = Path("rules/district.yaml").read_text("utf-8").partition("as_of: ")[2][:10]
    code, out, _ = called("backtest", "rules/district.yaml", "--from", period, "--to", period)
    assert code == 0 and f"{period}  " in out and "Findings that would have been opened" in out
    assert called("backtest", "rules/district.yaml", "--from", "2025-10-02", "--to", "2025-10-01")[0] == 2


def test_new_rule_plugin_and_year(called: Called) -> None:
    """Each says what it wrote; what it wrote passes."""
    assert called("new", "rule", "norms.kept")[:2] == (0, "wrote rules/district.yaml\nwrote rules/district.test.yaml\n")
    assert called("test", "rules", "--require-coverage")[0] == 0
    code, out, _ = called("new", "plugin", "balance")
    assert code == 0 and "wrote plugins/balance/rules.yaml" in out
    assert called("check", "plugins/balance/rules.yaml")[0] == 0
    code, out, _ = called("new", "year", "rules/district.yaml")
    assert code == 0 and "Look at each line that is marked" in out
    code, _, err = called("new", "rule", "norms.reviewed")          # which one is meant
    assert code == 2 and "there are several rule files here" in err


def test_init_touches_nothing(called: Called) -> None:
    """A second time it refuses."""
    code, _, err = called("init")
    assert code == 2 and "there already" in err
