"""Cycles are read with a place for every complaint, all at once; what is written into them leaves comments alone."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from fidelity_engine.errors import FidelityError, Mistakes
from fidelity_engine.rulefile import document_of
from fidelity_engine.rulefile.cycles import checked, cycle_files, cycle_of, cycles_in, with_values

TABLE = YAML(typ="safe").load((Path(__file__).parent / "cycles.yaml").read_text())
GOOD: str = TABLE["good"]


def files(folder: Path, **texts: str) -> Any:
    """The cycles of a folder in which these files stand."""
    (folder / "cycles").mkdir(exist_ok=True)
    for name, text in texts.items():
        (folder / "cycles" / f"{name.replace('_', '-')}.yaml").write_text(text)
    return cycles_in(folder, {"meets"})


@pytest.mark.parametrize("case", TABLE["cases"], ids=lambda case: case["name"])
def test_mistakes(case: dict[str, Any], tmp_path: Path) -> None:
    """Each at its line and column; nothing else is said."""
    assert case["from"] in GOOD
    (file,) = files(tmp_path, three_blocks=GOOD.replace(case["from"], case["to"]) if case["from"] else GOOD)
    told = [str(mistake).removeprefix(f"{file.path}:") for mistake in file.mistakes]
    assert len(told) == len(case["says"]), told
    for says in case["says"]:
        assert any(one.startswith(says) for one in told), told


def test_mistakes_of_all_files_come_at_once(tmp_path: Path) -> None:
    """One bad file hides no other, not even one that is no YAML."""
    found = files(tmp_path, three_blocks=GOOD.replace("0.8", "eight"), broken="a: [", good=GOOD.replace("three-blocks", "good"))
    with pytest.raises(Mistakes) as caught:
        checked(found)
    assert {Path(str(error.where).split(":")[0]).stem for error in caught.value.errors} == {"three-blocks", "broken"}


def test_a_cycle_without_an_end_takes_six_weeks(tmp_path: Path) -> None:
    """From Monday the 5th of January to Sunday the 15th of February."""
    (file,) = files(tmp_path, three_blocks=GOOD)
    assert file.cycle.last == date(2026, 2, 15)


def test_a_cycle_that_is_not_there(tmp_path: Path) -> None:
    """The nearest one is named."""
    with pytest.raises(FidelityError, match="Did you mean `three-blocks`"):
        cycle_of(files(tmp_path, three_blocks=GOOD), "three-block")


SHARED = {
    # cycle → what it measures, in a folder with the rule files first (`meets`) and second (`visits`, `reviews`)
    "ours": ["meets"], "theirs": ["visits", "reviews"], "both": ["meets", "visits"], "nobodys": ["walks"], "nothing": [],
}


@pytest.mark.parametrize(("file", "seen", "says"), [
    ("first", {"ours", "both", "nobodys", "nothing"}, {"both": "the rule `visits` stands in another", "nobodys": "no rule `walks`"}),
    ("second", {"theirs", "both", "nobodys", "nothing"}, {"both": "the rule `meets` stands in another", "nobodys": "no rule `walks`"}),
])  # fmt: skip
def test_rule_files_that_share_a_folder(file: str, seen: set[str], says: dict[str, str], tmp_path: Path) -> None:
    """Each has its own cycles; what measures rules of two is a mistake, what measures none of any is everybody's."""
    rules = {"first": ["meets"], "second": ["visits", "reviews"], "notes": []}
    texts = {name: f"fidelity: 1\nrules: [{', '.join(f'{{id: {rule}}}' for rule in ids)}]\n" for name, ids in rules.items()}
    for name, text in {**texts, "broken": "rules: [", "first.test": "rules: first.yaml\ntests: []\n"}.items():
        (tmp_path / f"{name}.yaml").write_text(text)
    (tmp_path / "cycles").mkdir()
    for name, measured in SHARED.items():
        lines = "\n".join(f"  - {{rule: {rule}, role: outcome}}" for rule in measured)
        text = GOOD.replace("id: three-blocks", f"id: {name}").replace("  - {rule: meets, role: outcome}", lines)
        (tmp_path / "cycles" / f"{name}.yaml").write_text(text)
    found = {one.path.stem: " ".join(map(str, one.mistakes)) for one in cycle_files(document_of(texts[file], str(tmp_path / f"{file}.yaml"), tmp_path))}
    assert set(found) == seen
    assert {name for name, told in found.items() if told} == {*says, "nothing"}
    assert all(what in found[name] for name, what in says.items()), found


def test_comments_stay() -> None:
    """Only the values that were given are different."""
    text = "# a title\nid: x          # the id\nmeasures:\n  - {rule: a, role: outcome}   # that one\nstage: do      # plan, do\ndecision:\n"
    found = with_values(text, {"stage": "act", "decision": "adopt", "next": None})
    assert found == text.replace("stage: do ", "stage: act").replace("decision:", "decision: adopt")
