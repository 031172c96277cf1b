"""`fidelity cycle`: new, list, show, study, close, on a copy of the example district."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from fidelity_engine.cli import exit_code

ROOT = Path(__file__).parents[2]


@pytest.fixture
def rules(tmp_path: Path) -> str:
    """The example's rule file, beside its evidence."""
    for folder in ("rules", "evidence"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns(".fidelity", "__pycache__"))
    return str(tmp_path / "rules" / "district.yaml")


def cycle(*arguments: str) -> int:
    """The exit code of one call."""
    return exit_code(["cycle", *arguments])


def test_a_new_cycle_wants_its_prediction_first(rules: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The file is there with a comment behind every key; the list says what only people can fill in."""
    assert cycle("new", rules, "north-time", "--rule", "tcr.collaboration-time", "--school", "north", "--start", "2026-02-02") == 0
    assert cycle("list", rules) == 2
    found = capsys.readouterr()
    assert "north-time: plan, 2026-02-02 to 2026-03-15, tcr.collaboration-time" in found.out
    assert found.err.count("\n") == 1
    assert "north-time.yaml:13:1: there is no prediction. Say before you do it" in found.err
    path = Path(rules).parent / "cycles" / "north-time.yaml"
    path.write_text(path.read_text().replace("prediction:", "prediction: Two of three teams meet by March."))
    assert cycle("list", rules) == 0


def test_check_reads_the_cycles_too(rules: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Those of its rule file, with places; those of another file of the folder are left to that one."""
    other = str(Path(rules).with_name("inventory.yaml"))
    assert cycle("new", rules, "north-time", "--rule", "tcr.collaboration-time", "--start", "2026-02-02") == 0
    capsys.readouterr()
    assert exit_code(["check", rules]) == 2
    assert "north-time.yaml:13:1: there is no prediction." in capsys.readouterr().err
    assert (exit_code(["check", other]), cycle("list", other)) == (0, 0)
    assert capsys.readouterr().out == f"{other}: 5 rules, no mistakes.\n{other} has no cycles yet; `fidelity cycle new` writes the first one.\n"
    path = Path(rules).parent / "cycles" / "north-time.yaml"
    path.write_text(path.read_text().replace("prediction:", "prediction: Two of three teams meet by March."))
    assert exit_code(["check", rules]) == 0
    assert ": 29 rules, 2 cycles, no mistakes." in capsys.readouterr().out


def test_no_cycle_is_written_over(rules: str, capsys: pytest.CaptureFixture[str]) -> None:
    """An id that is taken, an id that is none, a rule that is not there: one line each, and nothing is written."""
    before = sorted((Path(rules).parent / "cycles").iterdir())
    assert cycle("new", rules, "cedar-three-blocks", "--rule", "tcr.collaboration-time") == 2
    assert cycle("new", rules, "../x", "--rule", "tcr.collaboration-time") == 2
    assert cycle("new", rules, "x", "--rule", "tcr.nothing") == 2
    assert len(capsys.readouterr().err.splitlines()) == 3
    assert sorted((Path(rules).parent / "cycles").iterdir()) == before


@pytest.mark.parametrize(("asked", "told"), [
    (["--rule", "tcr.collaboration-tim"], "--rule: there is no rule `tcr.collaboration-tim`. Did you mean `tcr.collaboration-time`?"),
    (["--school", "nort"], "--school: there is no school `nort` on the roster. Did you mean `north`?"),
    (["--subject", "north-mat"], "--subject: nobody on the roster is called `north-mat`. Did you mean `north-math`?"),
])  # fmt: skip
def test_nobody_who_is_not_there_gets_a_cycle(rules: str, asked: list[str], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A misspelt rule, school or subject is told with the nearest one, and nothing is written."""
    before = sorted((Path(rules).parent / "cycles").iterdir())
    assert cycle("new", rules, "x", "--rule", "tcr.collaboration-time", "--school", "north", *asked) == 2
    assert capsys.readouterr().err.strip() == told
    assert sorted((Path(rules).parent / "cycles").iterdir()) == before


def test_closing_writes_the_decision_and_keeps_the_comments(rules: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Three values differ; everything else stays as it was written."""
    path = Path(rules).parent / "cycles" / "cedar-three-blocks.yaml"
    before = path.read_text().splitlines()
    assert cycle("close", rules, "cedar-three-blocks", "--decision", "adapt", "--learning", "It works") == 2
    assert path.read_text().splitlines() == before
    assert cycle("close", rules, "cedar-three-blocks", "--decision", "adopt", "--learning", "Three short periods work") == 0
    changed = [(old, new) for old, new in zip(before, path.read_text().splitlines(), strict=True) if old != new]
    assert [new.split("#")[0].strip() for _, new in changed] == ["stage: act", "decision: adopt", "learning: Three short periods work"]
    assert all(old.partition("#")[2] == new.partition("#")[2] for old, new in changed)
    assert cycle("show", rules, "cedar-three-blocks") == 0
    assert "decision: adopt" in capsys.readouterr().out
    assert cycle("list", rules) == 0


def test_study_of_the_example(rules: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The school that changed its schedule: adopt, with the numbers of the test; before it began there is nothing to say."""
    assert cycle("study", rules, "cedar-three-blocks", "--as-of", "2026-02-20") == 0
    text = " ".join(capsys.readouterr().out.split())
    assert "before 7 % of 56 cells, mean value 2; during 96 % of 24 cells, mean value 2.95." in text
    assert "Proposed: adopt. 96 % of 24 cells met since the start, the aim is 80 %" in text
    assert cycle("study", rules, "cedar-three-blocks", "--as-of", "2025-12-19") == 0
    assert "Nothing is proposed yet. There is no data while doing" in " ".join(capsys.readouterr().out.split())
    assert cycle("study", rules, "cedar", "--as-of", "2026-02-20") == 2
    assert "there is no cycle `cedar`" in capsys.readouterr().err
