"""Many findings are made when they are asked for: nobody can tell them from those that are made at once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from properties.districts import seeded
from properties.writer import write_district

from fidelity_engine import Engine, FidelityError, evaluate
from fidelity_engine.model.finding import Finding, HandedOut, of_subject, tally, with_id
from fidelity_engine.page import Page
from fidelity_engine.stages.emit import findings as many
from fidelity_engine.stages.emit import practice

from ...store.conftest import MONDAY, District
from ..adjust.conftest import RULES, weeks
from ..adjust.conftest import evaluate as evaluated

__all__ = ["evaluated"]
ROOT = Path(__file__).parents[3]
FORMATS = ("text", "md", "csv", "json", "jsonl")
Told = dict[str, str]


def district(seed: int) -> tuple[dict[str, Any], Any]:
    """A random district with an outcome graph, severities and steps; most of it is missed."""
    made, as_of = seeded(seed)
    made["rules"]["outcomes"] = {"time": {"leads_to": ["calm"]}, "calm": {}}
    for number, rule in enumerate(made["rules"]["rules"]):
        rule["emit"] = {"severity": ["low", "high"][number % 2], "escalate": {"after": {"windows": 2}, "to": "critical"}} | rule.get("emit", {})
        if number % 3:
            rule["puts_at_risk"] = [["time"], ["calm"]][number % 2]
    return made, datetime.fromisoformat(as_of) if "T" in as_of else date.fromisoformat(as_of)


def told(engine: Engine, result: Any) -> Told:
    """Every format, before and after all findings are made, and who pays."""
    result.summary.seconds, result.summary.started = 1.0, datetime(2026, 1, 1, tzinfo=UTC)
    written = {form: "".join(engine.host.reports[form].render(result, Page())) for form in FORMATS}
    counts = {"number": str(len(result.findings)), "tally": str(sorted(tally(result.findings).items()))}
    found = {"outcomes": str(result.outcomes), "findings": str(list(result.findings))}
    return written | counts | found | {f"{form} again": "".join(engine.host.reports[form].render(result, Page())) for form in FORMATS}


@pytest.fixture
def same_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every run has the same id."""
    monkeypatch.setattr(evaluate.uuid, "uuid4", lambda: evaluate.uuid.UUID(int=7))


def both(monkeypatch: pytest.MonkeyPatch, tell: Callable[[], Told]) -> Told:
    """What is told, which must not depend on how the findings come."""
    plain = tell()
    monkeypatch.setattr(practice, "MANY", 0)
    asked = tell()
    assert {key: text for key, text in asked.items() if plain[key] != text} == {}
    return plain


@pytest.mark.usefixtures("same_run")
@pytest.mark.parametrize(("seed", "few"), [(402, evaluate.FEW_EVENTS), (401, -1), (410, evaluate.FEW_EVENTS), (424, -1), (421, -1)])
def test_random_districts(seed: int, few: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Findings, order, counts, who pays and the bytes of every report are the same."""
    made, as_of = district(seed)
    engine = Engine.from_file(write_district(made, tmp_path))
    monkeypatch.setattr(evaluate, "FEW_EVENTS", few)

    def tell() -> Told:
        with engine.evaluate(as_of=as_of) as result:
            everything = told(engine, result)
            one = next((finding.subject for finding in result.findings if finding.about == "practice"), None)
        with engine.evaluate(as_of=as_of, subjects=[one] if one else []) as result:
            return everything | {f"selected {key}": text for key, text in told(engine, result).items()}

    both(monkeypatch, tell)


@pytest.mark.usefixtures("same_run")
@pytest.mark.parametrize("seed", [401, 402, 424])
def test_findings_that_are_known(seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Some were reported under ids that are not computed any more, one under that of its neighbour: they are told, and found, under those."""
    made, as_of = district(seed)
    engine = Engine.from_file(write_district(made, tmp_path))
    with engine.evaluate(as_of=as_of) as result:
        first = list(result.findings)
    known = [_handed_out(one, one.finding_id if number % 3 else f"{number:012}") for number, one in enumerate(first) if number % 4]
    twice = next(one for one in first if sum((other.rule, other.subject) == (one.rule, one.subject) for other in first) > 1)
    other = next(one for one in first if one is not twice and (one.rule, one.subject) == (twice.rule, twice.subject))
    known = [one for one in known if one.finding_id not in (twice.finding_id, other.finding_id)] + [_handed_out(twice, other.finding_id)]

    def tell() -> Told:
        with engine.evaluate(as_of=as_of, handed_out=known) as result:
            chosen = {f"with id {one.finding_id}": str(with_id(result.findings, one.finding_id[:7])) for one in first}
            chosen |= {f"of {one.subject}": str(sorted(of_subject(result.findings, str(one.subject)), key=str)) for one in first}
            return chosen | {f"known {number}": str(with_id(result.findings, f"{number:012}")) for number in range(9)} | told(engine, result)

    found = both(monkeypatch, tell)
    assert any(text != "[]" for key, text in found.items() if key.startswith("known")) and found[f"with id {other.finding_id}"] != "[]"


def _handed_out(one: Finding, id: str) -> HandedOut:
    return HandedOut(id, one.rule, one.subject_kind, one.subject, one.since, one.until, one.school, one.state, one.about)


@pytest.mark.usefixtures("same_run")
def test_more_than_a_page_tells(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of hundreds of findings a page tells the first of each rule, names some and counts the rest."""
    monkeypatch.syspath_prepend(ROOT)
    from benchmarks import make

    make.make("S", tmp_path)
    engine = Engine.from_file(tmp_path / "rules_five.yaml")
    monkeypatch.setattr(evaluate, "FEW_EVENTS", -1)

    def tell() -> Told:
        with engine.evaluate() as result:
            return told(engine, result)

    assert " more. All of them: --format csv." in " ".join(both(monkeypatch, tell)["text"].split())


@pytest.mark.usefixtures("same_run")
def test_the_example_district(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its waivers, decisions and playbooks make no difference either."""
    engine = Engine.from_file(ROOT / "rules" / "district.yaml")

    def tell() -> Told:
        with engine.evaluate() as result:
            return told(engine, result)

    assert int(both(monkeypatch, tell)["number"]) > 20


@pytest.mark.usefixtures("same_run")
def test_a_dispute(evaluated: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """What rests is paused and as severe as it was, and has its place among the others."""
    events = weeks("g3", [3, 2, 2, 2, 2, 2, 2]) + weeks("g4", [0] * 7)
    rules = RULES[: RULES.index("    adjust:")] + RULES[RULES.index("  - id: visits"):]
    contested = next(one.finding_id for one in evaluated(date(2025, 9, 20), events, rules=rules).findings if one.subject == "g3")

    def tell() -> Told:
        result = evaluated(date(2025, 10, 3), events, [("2025-09-23", contested, "dispute", "")], rules=rules)
        return {"findings": str(list(result.findings)), "tally": str(sorted(tally(result.findings).items())), "outcomes": str(result.outcomes)}

    assert "'paused', 'medium'), 1" in both(monkeypatch, tell)["tally"]


@pytest.mark.usefixtures("same_run")
@pytest.mark.parametrize(("released", "states"), [
    (None, {"held": 6, "open": 1, "resolved": 1}), ("t2", {"held": 5, "open": 2, "resolved": 1}), ("calendar", {"open": 7, "resolved": 1}),
])
def test_a_flood(released: str | None, states: dict[str, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten teams, of which six miss for the first time: they are held but for what was released, and counted so."""
    school = District(tmp_path, tuple(f"t{number}" for number in range(10)))
    school.meetings -= {*((f"t{number}", 9) for number in range(6)), ("t8", 4), ("t9", 8), ("t9", 9)}
    school.write()
    as_of = MONDAY + timedelta(69)
    with school.engine().evaluate(as_of=as_of) as result:
        ids = {one.subject if one.about == "practice" else one.about: one.finding_id for one in result.findings}
    said = f"2025-11-09,Ana,{ids[released]},release,,\n" if released else ""
    (tmp_path / "decisions.csv").write_text(f"at,who,about,action,value,note\n{said}", "utf-8")

    def tell() -> Told:
        with school.engine().evaluate(as_of=as_of) as result:
            found = {state: number for (about, state, _), number in tally(result.findings).items() if about == "practice"}
            assert found == states
            return told(school.engine(), result)

    both(monkeypatch, tell)


@pytest.mark.parametrize("few", [evaluate.FEW_EVENTS, -1], ids=["small", "large"])
def test_any_part_can_be_read(few: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By place and by slice: what was read alone equals what was made with all."""
    made, as_of = district(402)
    monkeypatch.setattr(practice, "MANY", 0)
    monkeypatch.setattr(evaluate, "FEW_EVENTS", few)
    with Engine.from_file(write_district(made, tmp_path)).evaluate(as_of=as_of) as result:
        found = result.findings
        places = [slice(0, 3), slice(-2, None), slice(None, None, 2), slice(4, 4), slice(1, 10_000)]
        parts, first, last = [found[place] for place in places], found[0], found[-1]
        assert isinstance(found, many.Findings) and len(found) > 10
        every = list(found)
        assert (parts, first, last) == ([every[place] for place in places], every[0], every[-1])
        with pytest.raises(IndexError):
            found[len(found)]


def test_they_are_read_before_the_result_is_closed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Afterwards a sentence says so; those that were made remain."""
    made, as_of = district(402)
    monkeypatch.setattr(practice, "MANY", 0)
    engine = Engine.from_file(write_district(made, tmp_path))
    with engine.evaluate(as_of=as_of) as read, engine.evaluate(as_of=as_of) as unread:
        number = len(list(read.findings))
    assert len(list(read.findings)) == len(unread.findings) == number
    with pytest.raises(FidelityError, match="closed"):
        list(unread.findings)
