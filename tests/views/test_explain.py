"""An account of a cell says everything that is needed to work its numbers out again, and nothing about people."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from oracle.case_files import Case, case_of, cases, texts
from properties.districts import seeded
from properties.writer import write_district
from ruamel.yaml import YAML

from fidelity_engine import Engine, FidelityError
from fidelity_engine.page import Page
from fidelity_engine.stages.emit.sentences import number
from fidelity_engine.views.explain import explain, explain_cell

WIDE = Page(width=160)
TABLE = YAML(typ="safe", pure=True).load(Path(__file__).parent / "explain.yaml")
SEEDS = range(60, 64)
CELLS = 6
ENDS = r"^ *{end}: .*?(?:= ([\d.\-]+)(?: \(.*\))?|, so ([01])|(so that nothing bounds it|0 to 1)\.?)$"


def engine_of(district: dict[str, Any], folder: Path) -> Engine:
    return Engine.from_file(write_district(texts(district), folder))


def moment(as_of: str) -> date | datetime:
    return datetime.fromisoformat(as_of) if "T" in as_of else date.fromisoformat(as_of)


def unwrapped(pieces: Iterator[str]) -> str:
    """The account on one line, so that no text is broken."""
    return re.sub(r"\s+", " ", "".join(pieces))


@pytest.mark.parametrize("said", TABLE, ids=lambda said: said["name"])
def test_the_account_says(said: dict[str, Any], tmp_path: Path) -> None:
    """Each sentence of the table stands in the account of the cell, and none of those that must not."""
    case = case_of(said["name"], said)
    text = unwrapped(explain(engine_of(case.district, tmp_path), WIDE, as_of=moment(case.as_of), **{"rule": "case.rule", **said["ask"]}))
    assert [one for one in said["says"] if one not in text] == [], text
    assert [one for one in said.get("says_not", []) if one in text] == []


# --- numbers ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)
def test_the_numbers_of_the_table_can_be_worked_out(case: Case, tmp_path: Path) -> None:
    """What the account adds up for a cell of the expert's table is what stands in the verdict row."""
    assert differing(case.district, case.as_of, tmp_path) == []


@pytest.mark.parametrize("seed", SEEDS)
def test_the_numbers_of_any_district_can_be_worked_out(seed: int, tmp_path: Path) -> None:
    """The same of districts that nobody thought of."""
    district, as_of = seeded(seed)
    assert differing(district, as_of, tmp_path) == []


def differing(district: dict[str, Any], as_of: str, folder: Path) -> list[str]:
    """What is different on the page, for a few cells spread over the district."""
    with engine_of(district, folder).evaluate(as_of=moment(as_of)) as result:
        if result.scope is None:
            return []
        rules = {rule.id: rule for rule in result.scope.ruleset.rules}
        rows = list(result.verdicts.rows())
        found = []
        for row in rows[:: max(1, len(rows) // CELLS)]:
            text = "".join(explain_cell(result.scope, rules[row["rule"]], row["subject"], row["window_start"], page=Page(10**6)))
            told = [f"{row['rule']} {row['subject']} {row['window_start']}: {one}" for one in differences(row, text)]
            found += told
        return found


def differences(row: dict[str, Any], text: str) -> Iterator[str]:
    """low, high, the days and the number of events of an account beside those of the verdict row."""
    for end in ("low", "high"):
        told = re.findall(ENDS.format(end=end), text, re.M)
        if row[end] is not None and (not told or next(filter(None, told[0])) != number(row[end])):
            yield f"{end} is {number(row[end])}, told as {told}"
    if f"Days that counted: {row['days']}:" not in text:
        yield "other days"
    used = re.search(r"^ *Used: ([\d,]+) ", text, re.M)
    if used and row["events"] is not None and int(used[1].replace(",", "")) != row["events"]:
        yield f"{row['events']} events, told as {used[1]}"
    if not re.search(rf"^  {row['verdict']}\b", text, re.M):
        yield "another verdict"


# --- findings ---------------------------------------------------------------------------------------------------------

WEEKLY = {"expect": {"of": "team", "each": "week"}, "measure": {"kind": "count", "event": "meeting"}, "judge": {"at_least": 1}}


@pytest.fixture
def silent(tmp_path: Path) -> Engine:
    """A district whose team met once, and whose second school has fallen silent."""
    said = {"as_of": "2025-09-26", "rules": [WEEKLY], "district": {
        "rules": {"evidence": {"log": {"coverage": {"silent_after": {"instructional_days": 3}, "per": "school"}}}},
        "schools": [{"school": "a"}, {"school": "b"}],
        "teams": [{"team": "t", "school": "a", "kind": "k"}, {"team": "u", "school": "a", "kind": "k"}, {"team": "v", "school": "b", "kind": "k"}],
        "events": {"log": [
            *({"type": "meeting", "team": "u", "start": f"2025-09-{day:02}T10:00"} for day in (1, 3, 5, 9, 11, 15, 17, 19, 23, 25, 26)),
            {"type": "meeting", "team": "v", "start": "2025-09-02T10:00"},
        ]},
    }}  # fmt: skip
    return engine_of(case_of("silent", said).district, tmp_path)


def test_a_finding_is_explained_by_its_id(silent: Engine) -> None:
    """The id, or the beginning of it, leads to the last missed cell and the episode."""
    with silent.evaluate(as_of=date(2025, 9, 26)) as result:
        one = next(f for f in result.findings if f.about == "practice")
    text = unwrapped(explain(silent, WIDE, finding_id=one.finding_id[:8], as_of=date(2025, 9, 26)))
    assert all(part in text for part in (one.finding_id, one.message, "Line 5 of 9", "Finding " + one.finding_id))


def test_a_finding_about_a_source_tells_what_was_read(silent: Engine) -> None:
    """Rows, the last record of the school, and the days of silence."""
    with silent.evaluate(as_of=date(2025, 9, 26)) as result:
        one = next(f for f in result.findings if f.about == "source")
    text = unwrapped(explain(silent, WIDE, finding_id=one.finding_id, as_of=date(2025, 9, 26)))
    assert all(part in text for part in ("log: 12 rows read = 12 accepted", "b: last record Tue 2 Sep", "silent: 18 school days"))


@pytest.mark.parametrize(("asked", "message"), [
    ({"finding_id": "nothing"}, "there is no finding `nothing`"),
    ({"rule": "case.rule", "subject": "tt", "day": date(2025, 9, 10)}, "Did you mean `t`?"),
    ({"rule": "case.rul", "subject": "t", "day": date(2025, 9, 10)}, "Did you mean `case.rule`?"),
])  # fmt: skip
def test_what_does_not_exist_is_told(silent: Engine, asked: dict[str, Any], message: str) -> None:
    """An id, a subject or a rule that is not there gives one sentence with a mend."""
    with pytest.raises(FidelityError, match=re.escape(message)):
        list(explain(silent, WIDE, as_of=date(2025, 9, 26), **asked))


def test_before_the_period_there_is_nothing_to_explain(silent: Engine) -> None:
    """A run that does nothing says so here too."""
    with pytest.raises(FidelityError, match="nothing to do yet"):
        list(explain(silent, WIDE, as_of=date(2025, 1, 1), rule="case.rule", subject="t", day=date(2025, 9, 10)))


def test_lines_fit_the_page(silent: Engine) -> None:
    """No line is wider than the page."""
    pieces = explain(silent, Page(width=60), as_of=date(2025, 9, 26), rule="case.rule", subject="v", day=date(2025, 9, 10))
    assert max(len(line) for piece in pieces for line in piece.splitlines()) <= 60


# --- measures of plugins ----------------------------------------------------------------------------------------------

PLUGIN = """
from fidelity_engine.plugin import hookimpl, measure

@measure("longest", unit="minutes", fields=("minutes",))
def longest(events, cell, *, spare: int = 0):
    \"\"\"The longest of the events.\"\"\"
    if cell.subject == "broken":
        raise RuntimeError("no")
    return max((event["minutes"] for event in events), default=spare)

@hookimpl
def fidelity_measures():
    return [longest]
"""


@pytest.mark.parametrize(("subject", "says"), [
    ("t", ["`longest` of", "The longest of the events.", "spare 1", "low = 45, high = 45", "minutes 45"]),
    ("broken", ["Line 2 of 9 decided", "RuntimeError"]),
])  # fmt: skip
def test_a_measure_of_a_plugin_is_explained_too(subject: str, says: list[str], tmp_path: Path) -> None:
    """Its words, parameters and events; where it raised, that it did."""
    said = {"as_of": "2025-09-12", "rules": [{**WEEKLY, "measure": {"kind": "longest", "event": "meeting", "spare": 1}}], "district": {
        "rules": {"plugins": ["plugins"]},
        "teams": [{"team": "t", "school": "a", "kind": "k"}, {"team": "broken", "school": "a", "kind": "k"}],
        "events": {"log": [{"type": "meeting", "team": "t", "start": "2025-09-01T10:00", "minutes": 45}]},
    }}  # fmt: skip
    tmp_path.chmod(0o755)
    (tmp_path / "plugins").mkdir(mode=0o755)
    (tmp_path / "plugins" / "longest.py").write_text(PLUGIN)
    engine = engine_of(case_of("plugin", said).district, tmp_path)
    text = unwrapped(explain(engine, WIDE, as_of=date(2025, 9, 12), rule="case.rule", subject=subject, day=date(2025, 9, 1)))
    assert [one for one in says if one not in text] == [], text
