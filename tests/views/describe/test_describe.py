"""describe: each kind is one sentence, and nothing that a rule file says can break the page."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from fidelity_engine import Engine
from fidelity_engine.builtin.measures import KINDS
from fidelity_engine.views.describe import book_of, html, markdown, sentence_of

CASES: list[dict[str, Any]] = YAML(typ="safe", pure=True).load((Path(__file__).parent / "sentences.yaml").read_text("utf-8"))
HEAD = """
fidelity: 1
timezone: America/Detroit
year: 2025-26
name: NAME
period: {from: 2025-09-02, until: 2026-06-12}
roster: {schools: {read: none.csv}, teams: {read: none.csv}}
calendar: {weekdays: [mon], terms: {fall: 2025-09-02..2026-06-12}}
evidence:
  log:
    read: none.csv
    type: {column: kind}
    delivers: [meeting, norm_review, norms_agreed, form]
    coverage: {silent_after: {instructional_days: 5}}
events:
  collaboration: {type: meeting, where: {minutes: {gte: 30}}}
rules:
  - id: other
    title: Another rule
    expect: {of: team, each: week}
    measure: {kind: count, event: meeting}
    judge: {at_least: 1}
"""


def engine(name: str = "District", *rules: str) -> Engine:
    """The engine of the small file with more rules."""
    return Engine.from_text(HEAD.replace("NAME", json.dumps(name)) + "".join(f"  - {rule}\n" for rule in rules))


def flow(value: Any) -> str:
    """A value on one line; only texts that need quotes have them."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {flow(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(flow, value)) + "]"
    return json.dumps(value) if isinstance(value, bool) else str(value)


@pytest.mark.parametrize("case", CASES, ids=[f"{number} {case['measure']['kind']}" for number, case in enumerate(CASES)])
def test_sentence(case: dict[str, Any]) -> None:
    """Each kind renders itself as one sentence."""
    expect = case.get("expect") or {"of": "team", "each": "week"}
    made = engine("District", flow({"id": "it", "title": "It", "expect": expect, "measure": case["measure"], "judge": case["judge"]}))
    assert sentence_of(made.ruleset, made.ruleset.rules[-1], made.host.measures) == case["says"]


def test_every_kind_has_a_sentence_and_an_example() -> None:
    """No kind of the house goes without."""
    assert all(kind.sentence for kind in KINDS)
    assert {kind.name for kind in KINDS} == {case["measure"]["kind"] for case in CASES}


BAD = "<script>alert(1)</script> | *x* [y](z)"
RULE = f"""{{id: it, title: {json.dumps(BAD)}, why: {json.dumps(BAD)}, basis: {{claim: twelve a year, citation: a book}}, practice: team-work,
    expect: {{of: team, each: week}}, measure: {{kind: count, event: collaboration}}, judge: {{at_least: 3, levels: {{good: 3, fair: 1}}}},
    emit: {{owner: principal, fires_after: {{windows: 2}}}}, mode: trial}}"""


def test_nothing_in_a_rule_breaks_the_page() -> None:
    """Signs of HTML and markdown in titles are shown, not obeyed."""
    made = engine(BAD, RULE)
    book = book_of(made.ruleset, made.host.measures)
    page, text = "".join(html(book)), "".join(markdown(book))
    assert "<script>" not in page and "&lt;script&gt;" in page
    assert "<script>" not in text and "\\<script\\>" in text and "\\[y\\](z)" in text


def test_the_book_holds_what_one_signs() -> None:
    """Sentence, basis, levels, what counts, sources, and a number that tells one wording from another."""
    made = engine("District", RULE)
    text = "".join(markdown(book_of(made.ruleset, made.host.measures)))
    for wanted in ("## Team work", "**In each week, each team has at least 3 collaborations.**", "Basis: twelve a year; a book", "good from 3",
                   "On trial", "meetings with minutes at least 30", "silent after 5 school days", made.ruleset.text_hash[:12], "Signature"):  # fmt: skip
        assert wanted in text, wanted


def test_only_the_rules_that_are_asked_for() -> None:
    """`only` leaves the others out, and what surrounds them."""
    made = engine("District", RULE)
    book = book_of(made.ruleset, made.host.measures, ["it"])
    assert [entry.id for chapter in book.chapters for entry in chapter.entries] == ["it"] and not book.sources
