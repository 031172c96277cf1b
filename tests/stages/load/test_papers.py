"""Papers: owners, confirmations, waivers and decisions, as far as they exist as of a moment."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from fidelity_engine.builtin.readers import READERS as BUILTIN
from fidelity_engine.errors import Mistakes
from fidelity_engine.relations import PAPERS, check
from fidelity_engine.stages.load.papers import DECISION, PapersInfo, load_papers

CASES = YAML(typ="safe").load(Path(__file__).with_name("papers.yaml").read_text(encoding="utf-8"))
READERS = {reader.name: reader for reader in BUILTIN}
FILES = ("owners", "complete", "waivers", "decisions")
SOURCE = {"read": "log.csv", "delivers": ["meeting"], "coverage": {"always": True}}
SCHOOL = "case when t.school_no = -1 then '?' else s.school end"
QUERIES = {
    "owner": f"select role, {SCHOOL}, t.name, address",
    "complete": f"select source, {SCHOOL}, through",
    "waiver": f"select waiver_no, rule, subject_kind, subject, {SCHOOL}, t.from_date, t.until_date, reason, approved_by, permanent",
    "decision": "select row_no, said::varchar, who, about, action, value, note",
}


@pytest.fixture
def papers(district: Callable[..., Any]) -> Callable[..., tuple[Any, PapersInfo]]:
    """Load a small district with its papers."""

    def load(case: dict[str, Any], given: Any = None) -> tuple[Any, PapersInfo]:
        files = {name: case[name] for name in FILES if name in case}
        loaded = district(files, as_of=case.get("as_of", "2025-10-31"), evidence={"log": SOURCE})
        return loaded, load_papers(loaded.db, loaded.ruleset, READERS, loaded.clock, given)

    return load


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["says"])
def test_cases(papers: Callable[..., Any], case: dict[str, Any]) -> None:
    """What is in force is as the case says; mistakes are told all at once, with their rows."""
    if "mistakes" in case:
        with pytest.raises(Mistakes) as caught:
            papers(case)
        assert str(caught.value).splitlines() == case["mistakes"]
        return
    loaded, info = papers(case)
    for relation, query in QUERIES.items():
        key = "complete_rows" if relation == "complete" else relation
        join = "" if relation == "decision" else " left join school s on s.school_no = t.school_no"
        rows = [list(row) for row in loaded.rows(f"{query} from {relation} t{join} order by t.rowid")]
        assert key not in case or rows == case[key]
        assert info.counts[relation] == len(rows)
    assert info.notes == case.get("notes", [])


def test_relations(papers: Callable[..., Any]) -> None:
    """The papers' relations have the columns that the next stages read."""
    loaded, _ = papers({})
    for relation, columns in {**PAPERS, "decision": DECISION}.items():
        check(loaded.db, relation, columns)


def test_rows_may_be_given(papers: Callable[..., Any]) -> None:
    """Rule tests give waivers and confirmations as rows."""
    given = {"waivers": [{"rule": "a.b", "until": "2025-09-30"}], "complete": [{"source": "log", "through": "2025-09-30"}]}
    loaded, info = papers({}, given)
    assert info.counts == {"owner": 0, "complete": 1, "waiver": 1, "decision": 0}
    assert loaded.rows("select rule, school_no from waiver") == [("a.b", None)]
