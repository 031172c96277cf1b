"""check --with-data: each doubt has a bad example, and the good district has none."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from fidelity_engine import Engine
from fidelity_engine.cli import exit_code
from fidelity_engine.errors import Place
from fidelity_engine.scaffold import district_files, write_new
from fidelity_engine.scaffold.cycle import new_cycle
from fidelity_engine.views.with_data import look

CASES: list[dict[str, Any]] = YAML(typ="safe", pure=True).load((Path(__file__).parent / "bad.yaml").read_text("utf-8"))
TODAY = date(2025, 10, 1)


def changed(case: dict[str, Any]) -> dict[str, str]:
    """The files of the district with one thing changed."""
    texts = district_files(TODAY)
    text = texts[case["file"]]
    assert case["old"] in text, case["old"]
    if case["new"] is None:
        texts[case["file"]] = "".join(line for line in text.splitlines(keepends=True) if not line.startswith(case["old"]))
    else:
        texts[case["file"]] = text.replace(case["old"], case["new"])
    for old, new in case.get("also", {}).items():
        assert old in texts[case["file"]]
        texts[case["file"]] = texts[case["file"]].replace(old, new)
    return texts


@pytest.mark.parametrize("case", CASES, ids=[case["it"] for case in CASES])
def test_bad_example(case: dict[str, Any], tmp_path: Path) -> None:
    """Each bad example gives its doubt, at its line."""
    texts = changed(case)
    write_new(tmp_path, texts)
    doubts = look(Engine.from_file(tmp_path / "rules" / "district.yaml")).doubts
    found = [doubt for doubt in doubts if case["says"] in str(doubt)]
    assert found, "\n".join(map(str, doubts))
    where = found[0].where
    assert isinstance(where, Place) and where.line
    assert case["at"] in texts["rules/district.yaml"].splitlines()[where.line - 1]


def test_the_good_district_has_no_doubt_and_tells_its_findings(tmp_path: Path) -> None:
    """Nothing is said where all is meant; the findings of each rule so far are counted, those on trial too."""
    texts = district_files(TODAY)
    texts["rules/district.yaml"] = texts["rules/district.yaml"].replace("dimension: quality", "dimension: quality\n    mode: trial")
    write_new(tmp_path, texts)
    sight = look(Engine.from_file(tmp_path / "rules" / "district.yaml"))
    assert not sight.doubts
    assert sight.findings == [("collaboration.time", 1, 1), ("collaboration.protocol", 1, 1), ("leadership.visits", 1, 0)]


@pytest.mark.parametrize(("school", "start", "doubted"), [
    ("lincoln", "2025-09-15", False), ("hilltop", "2025-09-15", True), ("hilltop", "2025-10-06", False), ("lincoln", "2025-08-01", False),
])  # fmt: skip
def test_a_cycle_without_data_while_doing(school: str, start: str, doubted: bool, tmp_path: Path) -> None:
    """Doubted once it has begun, where not one cell of those whom it is about could be judged since."""
    write_new(tmp_path, district_files(TODAY))
    (schools,) = tmp_path.rglob("schools.csv")
    header, first, *rest = schools.read_text().splitlines()
    schools.write_text("\n".join([header, first, *rest, first.replace(first.split(",")[0], "hilltop", 1)]) + "\n")      # it has no teams
    (tmp_path / "rules" / "cycles").mkdir()
    text = new_cycle("more-time", "collaboration.time", [school], [], date.fromisoformat(start)).replace("prediction:", "prediction: It helps.")
    text = re.sub("^end: .*", "end: 2025-09-30", text, flags=re.M) if doubted else text
    (tmp_path / "rules" / "cycles" / "more-time.yaml").write_text(text)
    every = look(Engine.from_file(tmp_path / "rules" / "district.yaml")).doubts
    found = [one for one in every if "more-time.yaml" in str(one)]                # the meeting log is silent at hilltop, too
    assert len(found) == doubted
    if doubted:
        where = found[0].where
        assert isinstance(where, Place) and text.splitlines()[(where.line or 0) - 1].startswith("start:")
        assert "`more-time` has no data while doing" in str(found[0])


def test_a_cycle_for_a_school_that_nobody_has(tmp_path: Path) -> None:
    """Told at its line with the nearest one, here and in a study: its cells would only be missing."""
    write_new(tmp_path, district_files(TODAY))
    (tmp_path / "rules" / "cycles").mkdir()
    text = new_cycle("more-time", "collaboration.time", ["lincon"], [], date(2025, 9, 15)).replace("prediction:", "prediction: It helps.")
    (tmp_path / "rules" / "cycles" / "more-time.yaml").write_text(text)
    rules = str(tmp_path / "rules" / "district.yaml")
    assert "there is no school `lincon` on the roster. Did you mean `lincoln`?" in str(look(Engine.from_file(rules)).doubts[0])
    assert exit_code(["cycle", "study", rules, "more-time", "--as-of", str(TODAY)]) == 2


def test_before_the_period_there_is_nothing_to_look_at(tmp_path: Path) -> None:
    """What cannot be looked at is said."""
    write_new(tmp_path, district_files(TODAY))
    sight = look(Engine.from_file(tmp_path / "rules" / "district.yaml"), as_of="2025-08-01")
    assert sight.idle and "nothing to do yet" in sight.idle


@pytest.mark.parametrize("school, says", [
    ("", "1 of the roster's `name` are those of several teams: `grade 3`. An event with one of them is of no team: give the source a column `school`"),
    ("school: site, ", ""),
])  # fmt: skip
def test_names_that_tell_no_team_apart_are_told(tmp_path: Path, school: str, says: str) -> None:
    """Teams of two schools share a name: where the source does not tell the school, nobody can know whose meeting it was."""
    texts = district_files(TODAY)
    texts["rules/district.yaml"] = texts["rules/district.yaml"].replace(
        "columns: {id: visit_no, team: team_code,", f"columns: {{id: visit_no, {school}team: {{column: team_code, by: name}},")
    texts["evidence/teams.csv"] = texts["evidence/teams.csv"].replace("Grade 4", "Grade Four", 1)
    texts["evidence/visits.csv"] = "visit_no,team_code,site,visited_at\nv-1,Grade 3,lincoln,2025-09-16T10:15\nv-2,Grade Four,lincoln,2025-09-23T10:15\n"
    write_new(tmp_path, texts)
    doubts = [str(doubt) for doubt in look(Engine.from_file(tmp_path / "rules" / "district.yaml")).doubts]
    assert [says in doubt for doubt in doubts if "of several" in doubt] == ([True] if says else [])
