"""The engine for programs: arguments that cannot be are told as mistakes, with a mend."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import fidelity_engine
from fidelity_engine import Engine, FidelityError

RULES = Path(__file__).parent.parent / "docs" / "demonstration" / "rules.yaml"
DISTRICT = Path(__file__).parent.parent / "rules" / "district.yaml"
HERE = Path(__file__)


@pytest.mark.parametrize(("asked", "told"), [
    ({"rules": "tcr.collaboration-time"}, "rules: a list of ids was expected, not 'tcr.collaboration-time'. Write rules=[\"tcr.collaboration-time\"]."),
    ({"rules": [5]}, "rules: a list of ids was expected"),
    ({"subjects": None}, "subjects: a list of ids was expected"),
    ({"roster": 5}, "roster: a mapping of listings was expected here, not int"),
    ({"roster": {"team": []}}, "roster: there is no listing `team`. Give schools, teams, staff,"),
    ({"roster": {"teams": 5}}, "teams: rows were expected here, not int"),
    ({"roster": {"schools": [5]}}, "schools:row 1: a row is a mapping of fields, not int"),
    ({"calendar": {"weekdays": ["mon"]}}, "calendar: rows were expected here, not dict"),
])
def test_arguments_that_cannot_be(asked: dict[str, Any], told: str) -> None:
    """What is no list of ids, no listing or no rows is a mistake of the caller's, and nothing is read from a file in its place."""
    with pytest.raises(FidelityError) as error:
        Engine.from_file(RULES).evaluate(**asked)
    assert told in str(error.value)
    assert re.search("Give|Write", str(error.value))


@pytest.mark.parametrize(("limits", "told"), [
    ({"memory_limit": "much"}, "Engine: memory_limit 'much': no such limits can be kept."),
    ({"memory_limit": "-1GB"}, "Engine: memory_limit '-1GB': no such limits can be kept."),
    ({"threads": -1}, "Engine: threads -1: no such limits can be kept."),
    ({"threads": 10**9}, "Engine: threads 1000000000: no such limits can be kept."),
    ({"temp_dir": HERE}, "test_engine.py: cannot be used (File exists)."),
])
def test_limits_that_cannot_be_kept(limits: dict[str, Any], told: str) -> None:
    """A limit that is none, and a folder that is a file, are told by their names."""
    with pytest.raises(FidelityError) as error:
        Engine.from_file(RULES, **limits).evaluate()
    assert told in str(error.value) and error.value.mend


@pytest.mark.parametrize(("asked", "told"), [
    (lambda: Engine.from_text(5), "Engine.from_text: the text of a rule file was expected here, not int"),
    (lambda: Engine.from_text("fidelity: 1", root=5), "root: a path was expected here, not int"),
    (lambda: Engine.from_file(None), "Engine.from_file: a path was expected here, not NoneType"),
    (lambda: Engine.from_file(RULES, temp_dir=5), "temp_dir: a path was expected here, not int"),
    (lambda: Engine.from_file(RULES).run(store=5), "store: a path was expected here, not int"),
    (lambda: Engine.from_file(RULES).evaluate(handed_out=5), "handed_out: a list of HandedOut was expected here, not int"),
    (lambda: Engine.from_file(RULES).evaluate(handed_out=["5f3a9c2e11ab"]), "handed_out: a list of HandedOut was expected here, not a list of"),
])
def test_what_is_no_path_no_text_and_no_finding(asked: Callable[[], Any], told: str) -> None:
    """A value of another kind is told by the name of what it was given as, and how to write it."""
    with pytest.raises(FidelityError) as error:
        asked()
    assert told in str(error.value) and "rite" in error.value.mend


@pytest.mark.parametrize(("asked", "kept"), [({}, True), ({"telling": False}, False), ({"keep_quarantine": False}, False),
                                            ({"telling": False, "keep_quarantine": True}, True)])
def test_rows_in_quarantine(asked: dict[str, Any], kept: bool, tmp_path: Path) -> None:
    """They can be written unless it was a mere look, or nobody was to ask for them; then it is told how to get them."""
    with Engine.from_file(DISTRICT).evaluate(**asked) as result:
        told = sum(one.quarantined for one in result.summary.sources)
        if kept:
            assert result.quarantine_write(tmp_path / "q.csv") == told > 0
            assert (tmp_path / "q.csv").read_text(encoding="utf-8").count("\n") == told + 1
        else:
            with pytest.raises(FidelityError, match=r"were not kept\. Evaluate with keep_quarantine=True\."):
                result.quarantine_write(tmp_path / "q.csv")
            assert not (tmp_path / "q.csv").exists()


def test_every_mistake_has_its_errors() -> None:
    """Who catches what a user can mend goes through `errors`, whether it stands for one mistake or for several."""
    with pytest.raises(FidelityError) as several:
        Engine.from_text("fidelity: 2\nrules: []\n", ".")
    with pytest.raises(FidelityError) as one:
        Engine.from_file("nowhere.yaml")
    assert len(several.value.errors) > 1 and all(isinstance(each, FidelityError) for each in several.value.errors)
    assert one.value.errors == (one.value,)


def test_the_package_has_the_names_that_annotations_need_and_no_others() -> None:
    """`Result` and `Finding` come with `Engine`; a type checker must not believe in a name that is not there."""
    assert all(hasattr(fidelity_engine, name) for name in fidelity_engine.__all__)
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        fidelity_engine.nonsense  # noqa: B018
    source = Path(str(fidelity_engine.__file__)).read_text("utf-8")
    assert source.index("if TYPE_CHECKING:") < source.index("\nelse:") < source.index("    def __getattr__")
