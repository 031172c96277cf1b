"""The output formats: what people read, and what machines read without loss."""

from __future__ import annotations

import csv
import io
import json
import os
from dataclasses import asdict, replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from fidelity_engine.builtin.reports import fidelity_reports
from fidelity_engine.builtin.reports.account import endings, headline
from fidelity_engine.builtin.reports.records import COLUMNS, as_json, finding_record, summary_record
from fidelity_engine.builtin.reports.wording import NOTHING, day_text, listing, rate_text
from fidelity_engine.page import Page

GOLDEN = Path(__file__).parents[2] / "golden" / "reports"
RENDER = {report.name: report.render for report in fidelity_reports()}


def rendered(form: str, result: Any, page: Page | None = None) -> str:
    """The whole text of one format."""
    return "".join(RENDER[form](result, page or Page()))


@pytest.mark.parametrize(
    ("form", "name", "page"),
    [
        ("text", "wide.txt", Page(100)),
        ("text", "narrow.txt", Page(60)),
        ("text", "ascii.txt", Page(80, unicode=False)),
        ("md", "report.md", Page()),
        ("csv", "report.csv", Page()),
        ("json", "report.json", Page()),
        ("jsonl", "report.jsonl", Page()),
    ],
)
def test_golden(form: str, name: str, page: Page, result: Any) -> None:
    """Each format as it was last agreed; GOLDEN=write writes it anew."""
    text = rendered(form, result, page)
    if os.environ.get("GOLDEN") == "write":
        (GOLDEN / name).parent.mkdir(parents=True, exist_ok=True)
        (GOLDEN / name).write_text(text, "utf-8")
    assert text == (GOLDEN / name).read_text("utf-8")


@pytest.mark.parametrize("width", [20, 60, 80, 160, 400])
def test_text_keeps_to_the_width(width: int, result: Any) -> None:
    """No line is longer than the page, which is never narrower than 60 and never wider than 160."""
    page = Page(width)
    assert max(map(len, rendered("text", result, page).splitlines())) <= page.columns


def test_text_without_utf8_is_ascii(result: Any) -> None:
    """Where output knows ASCII only, nothing else is sent."""
    assert rendered("text", result, Page(80, unicode=False)).isascii()


def test_colour_is_asked_for_by_role(result: Any) -> None:
    """Styled and unstyled pages say the same words."""
    styled = rendered("text", result, Page(100, style=lambda text, role: f"<{role}>{text}</>"))
    assert "<high>HIGH</>  Teams" in styled
    plain = styled.replace("</>", "")
    for role in ("heading", "critical", "high", "medium", "low", "good", "quiet"):
        plain = plain.replace(f"<{role}>", "")
    assert plain == rendered("text", result)


def test_findings_are_ranked(result: Any) -> None:
    """Severity first, then students, then windows missed; those of one rule stand together."""
    text = rendered("text", result)
    ids = ["5f3a9c2e11ab", "aaaa00000001", "bbbb00000001", "cccc00000001"]
    assert sorted(ids, key=text.index) == ids


def test_long_groups_are_cut_and_say_so(result: Any) -> None:
    """A rule with many findings tells the gravest and names the others: none disappears without a word."""
    first = result.findings[-1]
    result.findings = [
        replace(first, finding_id=f"{n:012x}", subject_name=f"Team {n}", students=1000 - n) for n in range(30)
    ]
    text = " ".join(rendered("text", result).split())
    assert "and for 22 more: Team 8, Team 9" in text and "--format csv" in text
    assert text.count("Grade 3 at Lincoln: 1 of 3") == 8


def test_a_field_that_a_source_lacks_everywhere_is_not_told_school_by_school(result: Any) -> None:
    """Eight schools tell it, the others are named; what another source lacks stands by itself."""
    first = replace(result.findings[-1], about="source", severity="medium", students=None)
    places = [(f"log.{field}", f"School {n:02}") for n in range(30) for field in ("minutes", "team")][:40]
    result.findings = [replace(first, finding_id=f"{n:012x}", subject=field, school=school, message=f"{school} lacks {field}.")
                       for n, (field, school) in enumerate(places)]
    text = " ".join(rendered("text", result).split())
    assert [text.count(f"lacks log.{field}") for field in ("minutes", "team")] == [8, 8]
    assert text.count("and for 12 more: School 08, School 09") == 2
    assert text.rindex("lacks log.minutes") < text.index("lacks log.team")


@pytest.mark.parametrize(("severities", "says"), [
    (["high"], "1 routine is not yet happening in 1 school, of high severity;"),
    (["high", "high"], "2 routines are not yet happening in 1 school, of high severity;"),
    (["high", "low"], "in 1 school, 1 of them of high severity;"), (["low"], "in 1 school; 55 windows"),
])
def test_how_many_are_grave(severities: list[str], says: str, result: Any) -> None:
    """Of one routine, or where all are alike, nothing is counted twice."""
    result.findings = [replace(result.findings[-1], finding_id=f"{n:012x}", severity=one) for n, one in enumerate(severities)]
    assert says in " ".join(rendered("text", result).split())


def test_what_is_open_about_evidence_is_not_denied(result: Any) -> None:
    """Where only a source or the calendar has a finding, the headline says that no routine has, not that there is none."""
    result.findings = [replace(one, about="source") for one in result.findings]
    assert "no finding about a routine is open" in headline(result)
    result.findings = []
    assert "no finding is open" in headline(result)


def test_nothing_at_all(result: Any, summary: Any) -> None:
    """An empty run is not a perfect one: it says that there is nothing to judge."""
    result.findings, summary.cells, summary.unfinished = [], 0, []
    assert "nothing is expected of anybody" in rendered("text", result)
    summary.cells, summary.verdicts = 4, {"a": {"open": 4}}
    text = rendered("text", result)
    assert "there is nothing to judge yet in 4 windows" in text and NOTHING in text and "100 %" not in text


@pytest.mark.parametrize("form", ["text", "md", "csv", "json", "jsonl"])
def test_control_characters_are_shown_not_sent(form: str, result: Any) -> None:
    """What a cell of somebody's file says is never obeyed by a terminal."""
    evil = "\x1b]0;owned\x07 \x9b31m \u202e back \u2066 \ufeff"
    result.findings = [replace(result.findings[-1], message=evil, owner=evil, subject_name=evil)]
    text = rendered(form, result)
    assert not set("\x1b\x07\x9b\u202e\u2066\ufeff") & set(text)
    if form in ("text", "md", "csv"):
        assert "\\x1b" in text.replace("\\\\", "\\")
    if form == "jsonl":
        assert json.loads(text.splitlines()[0])["owner"] == evil, "an escape in JSON is the same text"


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_formulas_are_guarded_in_csv_only(start: str, result: Any) -> None:
    """A spreadsheet gets a leading quote; jsonl gives back exactly what was written."""
    text = f"{start}HYPERLINK(1)"
    result.findings = [replace(result.findings[-1], owner=text, value=Decimal("-2.5"))]
    (row,) = csv.DictReader(io.StringIO(rendered("csv", result)))
    assert row["owner"].startswith("'") and row["value"] == "-2.5"
    assert json.loads(rendered("jsonl", result).splitlines()[0])["owner"] == text


def test_markdown_takes_data_for_text(result: Any) -> None:
    """Links, tables and tags in data stay words."""
    result.findings = [replace(result.findings[-1], message="[x](http://e) | <script> `a` *b*")]
    text = rendered("md", result)
    assert r"\[x\](http://e) \| \<script\> \`a\` \*b\*" in text


def test_jsonl_ends_with_the_summary(result: Any, summary: Any) -> None:
    """Every line is a record, the findings have the fixed columns in their order, the last one is the summary."""
    *findings, last = [json.loads(line) for line in rendered("jsonl", result).splitlines()]
    assert all(tuple(record)[: len(COLUMNS)] == COLUMNS for record in findings)
    assert last["kind"] == "summary" and last["schema_version"] == 1 and last["rule_set_hash"] == summary.rule_set_hash
    source = last["sources"][0]
    assert source["read"] == source["accepted"] + source["duplicates"] + source["quarantined"]
    assert last["verdicts"]["tcr.collaboration-time"]["missed"] == 104


@pytest.mark.parametrize("number", [0, 1, 1200])
@pytest.mark.parametrize("unicode", [True, False])
def test_json_is_written_as_one_would_write_it(number: int, unicode: bool, result: Any) -> None:
    """Value by value and in pieces: the same bytes as of the whole record, however many findings there are."""
    odd = replace(result.findings[-1], owner='Zoë "\u2028\n', value=Decimal("-0.5"), outcomes_at_risk=(), evidence_ids=None, since=None)
    result.findings = [odd, *result.findings * 300][:number]
    lines = [as_json(finding_record(one) | {"kind": "finding"}, ascii_only=not unicode) for one in result.findings]
    assert rendered("jsonl", result, Page(unicode=unicode)).splitlines()[:-1] == lines
    improvement = {name: [asdict(one) for one in getattr(result, name)] for name in ("adjustments", "outcomes", "holding")}
    document = {"summary": summary_record(result), "findings": [finding_record(one) for one in result.findings], **improvement}
    assert rendered("json", result, Page(unicode=unicode)) == as_json(document, ascii_only=not unicode, indent=2) + "\n"


@pytest.mark.parametrize(
    ("value", "text"),
    [("0.100000", "0.1"), ("3.000000", "3"), ("-0.000001", "-1e-06"), ("123456789012.345678", '"123456789012.345678"')],
)
def test_decimals_in_json(value: str, text: str) -> None:
    """Numbers come back as they were; what a double cannot hold is text."""
    assert as_json(Decimal(value)) == text


@pytest.mark.parametrize(
    ("met", "missed", "text"),
    [(0, 0, NOTHING), (5, 0, "100 %"), (0, 5, "0 %"), (999, 1, "99 %"), (1, 999, "1 %"), (3, 1, "75 %")],
)
def test_rates(met: int, missed: int, text: str) -> None:
    """Only all is 100 %, only none is 0 %, and nothing is nothing to judge."""
    assert rate_text(met, missed) == text


def test_wording() -> None:
    """Lists say how many more there are; a date says its year when that is not clear."""
    assert listing("abcdefgh", 3) == "a, b, c and 5 more"
    assert (listing(["a"]), listing("ab"), listing([])) == ("a", "a and b", "")
    assert day_text(date(2025, 11, 3), date(2026, 1, 30)) == "3 Nov"
    assert day_text(date(2024, 11, 3), date(2026, 1, 30)) == "3 Nov 2024"


def test_what_was_withdrawn_is_told_once_with_its_rule(result: Any) -> None:
    """The store's own sentence says that we were wrong; the line above it says it too, and of which routine."""
    told = "Music at Grant: Withdrawn, we were wrong: with what is known now, those windows are not missed."
    findings = [replace(one, message=told) for one in result.findings if one.state == "withdrawn"]
    assert endings(findings)[-1] == (
        "Withdrawn, we were wrong (tcr.norms-reviewed): Music at Grant: with what is known now, those windows are not missed.")
