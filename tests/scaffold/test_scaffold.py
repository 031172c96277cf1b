"""What `init` and `new` write works at once: no mistakes, tests that pass, nothing untested."""

from __future__ import annotations

import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from fidelity_engine import Engine, FidelityError
from fidelity_engine.scaffold import district_files, next_year, plugin_files, with_rule, write_new
from fidelity_engine.scaffold.rule import Asked
from fidelity_engine.testing import run_tests

TODAY = date(2025, 10, 1)


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    """The rule file of a new district."""
    write_new(tmp_path, district_files(TODAY))
    return tmp_path / "rules" / "district.yaml"


def passes(path: Path) -> None:
    """All tests pass and nothing is untested."""
    run = run_tests([path])
    assert run.passed, [str(outcome) for outcome in run.outcomes if not outcome.passed] + [error for suite in run.suites for error in suite.errors]
    assert not run.gaps


def put(texts: dict[Path, str]) -> None:
    """Write what was made."""
    for path, text in texts.items():
        path.write_text(text, "utf-8")


@pytest.mark.parametrize("today", [TODAY, date(2027, 1, 2), date(2028, 7, 1), date(2030, 6, 30)])
def test_a_new_district_works_in_any_year(today: date, tmp_path: Path) -> None:
    """Its rule file has no mistakes, its tests pass, and a run finds the team that meets too rarely."""
    write_new(tmp_path, district_files(today))
    passes(tmp_path / "rules")
    with Engine.from_file(tmp_path / "rules" / "district.yaml").evaluate() as result:
        assert result.exit_code == 0
        assert ("collaboration.time", "lincoln-g4") in [(finding.rule, finding.subject) for finding in result.findings]


def test_nothing_is_overwritten(rules: Path) -> None:
    """A second `init` writes nothing at all."""
    (rules.parent.parent / "evidence" / "visits.csv").unlink()
    with pytest.raises(FidelityError, match="there already"):
        write_new(rules.parent.parent, district_files(TODAY))
    assert not (rules.parent.parent / "evidence" / "visits.csv").exists()


@pytest.mark.parametrize(
    "asked",
    [Asked("norms.kept"), Asked("norms.kept", "school", "month", "leader_visit"), Asked("norms.kept", "team", "month"), Asked("norms.kept", "school")],
)
def test_a_new_rule_works_and_leaves_the_rest_as_it_is(asked: Asked, rules: Path) -> None:
    """It comes behind the last one, on trial, with tests; every line before it stays."""
    before, tests = rules.read_text("utf-8"), rules.with_name("district.test.yaml").read_text("utf-8")
    put(with_rule(rules, asked))
    assert rules.read_text("utf-8").startswith(before) and rules.with_name("district.test.yaml").read_text("utf-8").startswith(tests)
    assert [rule.mode for rule in Engine.from_file(rules).ruleset.rules] == ["active", "active", "active", "trial"]
    passes(rules)


def test_every_line_of_a_new_rule_is_explained(rules: Path) -> None:
    """The comments are why it is written for people."""
    before = rules.read_text("utf-8")
    put(with_rule(rules, Asked("norms.kept")))
    added = rules.read_text("utf-8").removeprefix(before).strip().splitlines()
    assert len(added) > 9 and all("  # " in line for line in added)


def test_a_rule_before_other_keys_and_the_first_tests(rules: Path) -> None:
    """Keys behind `rules:` stay behind; a rule file without tests gets a file of them."""
    rules.write_text(rules.read_text("utf-8") + "\n# the end\nname_of_nothing: 1\n".replace("name_of_nothing: 1\n", ""), "utf-8")
    rules.with_name("district.test.yaml").unlink()
    put(with_rule(rules, Asked("norms.kept")))
    run = run_tests([rules])
    assert run.passed and len(run.outcomes) == 2 and rules.read_text("utf-8").rstrip().endswith("# the end")


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        (Asked("collaboration.time"), "there is a rule `collaboration.time` already"),
        (Asked("Norms_Kept"), "is no rule id"),
        (Asked("norms.kept", event="meting"), "Did you mean `meeting`?"),
    ],
)
def test_a_rule_that_cannot_be(asked: Asked, says: str, rules: Path) -> None:
    """Nothing is made of it, and it is said why."""
    with pytest.raises(FidelityError) as caught:
        with_rule(rules, asked)
    assert says in str(caught.value)


def test_a_new_plugin_works(tmp_path: Path) -> None:
    """Its rule has no mistakes, its rule tests pass, and so do its own."""
    folder = tmp_path / "plugins" / "team-balance"
    write_new(folder, plugin_files("team-balance", TODAY))
    assert not Engine.from_file(folder / "rules.yaml").host.failures
    passes(folder)
    run = subprocess.run([sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests"], cwd=folder, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout


def test_a_plugin_has_the_name_of_a_kind(tmp_path: Path) -> None:
    """Other names are refused before anything is written."""
    with pytest.raises(FidelityError, match="no name"):
        plugin_files("Team Balance", TODAY)


def test_next_year_has_the_same_weekdays(rules: Path) -> None:
    """Year and dates move, `as_of` goes, the tests move along and pass; moved lines are marked."""
    texts, to_do = next_year(rules)
    put(texts)
    following = rules.with_name("district-2026-27.yaml")
    ruleset = Engine.from_file(following).ruleset
    assert (ruleset.year, ruleset.as_of, str(ruleset.period.start)) == ("2026-27", None, "2026-09-01")
    assert ruleset.period.start.weekday() == Engine.from_file(rules).ruleset.period.start.weekday()
    assert following.read_text("utf-8").count("moved by a year") == 3 and to_do
    passes(following)


def test_next_year_is_not_written_twice(rules: Path) -> None:
    """A file that is there already is left alone."""
    put(next_year(rules)[0])
    with pytest.raises(FidelityError, match="there already"):
        next_year(rules)
