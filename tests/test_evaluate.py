"""An evaluation as a whole: what it gives where there is nothing to do, and what it says of rows that apply to nothing."""

from __future__ import annotations

import shutil
from collections import Counter
from datetime import date
from pathlib import Path

import duckdb
import pytest

from fidelity_engine import Engine, FidelityError, evaluate
from fidelity_engine.builtin.reports.records import summary_record
from fidelity_engine.model.rule import MESSAGE

RULES = Path(__file__).parent.parent / "docs" / "demonstration" / "rules.yaml"


@pytest.fixture(scope="module")
def engine() -> Engine:
    return Engine.from_file(RULES)


def test_before_the_period_files_are_written_with_no_rows(engine: Engine, tmp_path: Path) -> None:
    """Whoever asks for files before the year begins gets them, with the columns and types that they always have."""
    with engine.evaluate() as judged, engine.evaluate(as_of=date(2020, 1, 1)) as early:
        for suffix in ("csv", "jsonl", "parquet"):
            judged.verdicts.write(tmp_path / f"judged.{suffix}")
            early.verdicts.write(tmp_path / f"early.{suffix}")
        assert early.quarantine_write(tmp_path / "quarantine.csv") == 0
        assert len(early.verdicts) == 0
    head = (tmp_path / "judged.csv").read_text().splitlines()[0]
    assert (tmp_path / "early.csv").read_text().splitlines() == [head]
    assert (tmp_path / "early.jsonl").read_text() == ""
    types = [duckdb.sql(f"select column_name, column_type from (describe from '{tmp_path}/{when}.parquet')").fetchall() for when in ("judged", "early")]
    assert types[0] == types[1]


def test_a_confirmation_of_nobody_is_told(tmp_path: Path) -> None:
    """A row of `complete` that names a source or school that is not there applies to nothing, and the summary says so."""
    shutil.copytree(RULES.parent, tmp_path / "district")
    rules = tmp_path / "district" / "rules.yaml"
    rules.write_text(rules.read_text("utf-8") + "\ncomplete: complete.csv\n", "utf-8")
    (rules.parent / "complete.csv").write_text("source,school,through\nmeeting-logg,,2025-11-01\nmeeting-log,nowhere,2025-11-01\n", "utf-8")
    with Engine.from_file(rules).evaluate() as result:
        told = " ".join(result.summary.notes)
    assert "there is no source meeting-logg" in told and "no school nowhere" in told


def test_missing_files_are_named_where_the_rule_file_asks_for_them(tmp_path: Path) -> None:
    """All of them at once, each with line and column of its path."""
    shutil.copytree(RULES.parent, tmp_path / "district")
    rules = tmp_path / "district" / "rules.yaml"
    lines = [*rules.read_text("utf-8").splitlines(), "complete: complete.csv", "owners: {read: 'o*.csv'}"]
    rules.write_text("\n".join(lines), "utf-8")
    (rules.parent / "teams.csv").unlink()
    with pytest.raises(FidelityError) as early:
        Engine.from_file(rules).evaluate()
    line = 1 + next(no for no, line in enumerate(lines) if "teams:" in line)
    assert f"rules.yaml:{line}:{lines[line - 1].index('teams.csv') + 1}: `teams.csv` cannot be found." in str(early.value)
    (rules.parent / "teams.csv").write_bytes((RULES.parent / "teams.csv").read_bytes())
    with pytest.raises(FidelityError) as papers:
        Engine.from_file(rules).evaluate()
    assert [str(said).split("rules.yaml:")[1] for said in str(papers.value).splitlines()] == [
        f"{len(lines) - 1}:11: `complete.csv` cannot be found. Check the path; it is relative to the rule file.",
        f"{len(lines)}:16: no file matches `o*.csv`. Check the path; it is relative to the rule file.",
    ]


def test_a_message_of_the_rules_own_knows_its_words(tmp_path: Path) -> None:
    """Every word that may stand in braces is told of a finding."""
    shutil.copytree(RULES.parent, tmp_path / "district")
    rules = tmp_path / "district" / "rules.yaml"
    text, words = rules.read_text("utf-8"), "|".join(f"{{{word}}}" for word in MESSAGE)
    rules.write_text(text.replace("{owner: principal}", f'{{message: "{{{{}}}}|{words}"}}'), "utf-8")
    with Engine.from_file(rules).evaluate() as result:
        (told,) = {finding.message for finding in result.findings if finding.about == "practice" and finding.subject == "a"}
    brace, *values = told.split("|")
    assert brace == "{}" and len(values) == len(MESSAGE) and all(values) and not any("{" in value for value in values)


def test_a_selection_of_subjects_is_counted_alone(engine: Engine) -> None:
    """The numbers of a run that shows one subject are those of its cells: `--fail-on missed` asks them."""
    with engine.evaluate() as whole:
        rows = whole.verdicts.to_arrow().to_pylist()
    for subject in sorted({row["subject"] for row in rows}):
        theirs = [row for row in rows if row["subject"] == subject]
        with engine.evaluate(subjects=[subject]) as result:
            assert result.summary.cells == len(result.verdicts) == len(theirs)
            assert sum(sum(counts.values()) for counts in result.summary.verdicts.values()) == len(theirs)
            missed = sum(row["verdict"] == "missed" and row["disposition"] == "active" for row in theirs)
            assert sum(counts.get("missed", 0) for counts in result.summary.verdicts.values()) == missed
            assert {one.subject for one in result.holding} <= {subject}


@pytest.mark.parametrize("large", [False, True])
@pytest.mark.parametrize("subjects", [(), ("a",)])
def test_the_summary_counts_verdicts_as_the_cells_have_them(subjects: tuple[str, ...], large: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A waived cell keeps its verdict: the counts of a JSON summary are those of the file of verdicts, and dispositions stand beside them."""
    monkeypatch.setattr(evaluate, "FEW_EVENTS", -1 if large else 50_000)
    shutil.copytree(RULES.parent, tmp_path / "district")
    rules = tmp_path / "district" / "rules.yaml"
    rules.write_text(rules.read_text("utf-8") + "\nwaivers: waivers.csv\n", "utf-8")
    (rules.parent / "waivers.csv").write_text(
        "rule,subject_kind,subject,school,from,until,reason,approved_by\n,,a,,2025-11-03,2025-11-30,flood,Ana\n", "utf-8")  # fmt: skip
    with Engine.from_file(rules).evaluate(subjects=subjects) as result:
        rows = list(result.verdicts.rows())
        (rule,) = result.summary.verdicts
        told = summary_record(result)
    assert told["verdicts"] == {rule: dict(Counter(row["verdict"] for row in rows))}
    assert told["dispositions"] == {rule: {"waived": 4}} == {rule: {"waived": sum(row["disposition"] == "waived" for row in rows)}}
