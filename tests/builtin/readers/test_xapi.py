"""xAPI: statements become trainings; what was taken back drops out, and who did not complete was absent."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fidelity_engine.builtin.readers.xapi_actor import people_of
from fidelity_engine.builtin.readers.xapi_files import lines
from fidelity_engine.builtin.readers.xapi_rows import minutes, moment, read, verb_of
from fidelity_engine.errors import FidelityError
from fidelity_engine.plugin.spec import ReadRequest
from fidelity_engine.result import Result

VERBS = "http://adlnet.gov/expapi/verbs/"
RULE = "rules:\n- {{id: a.rule, title: T, expect: {{of: {of}, each: {each}}}, measure: {{{measure}}}, judge: {{at_least: 0.5}}}}\n"
SOURCE = """evidence:
  academy:
    read: {file}
    reader: xapi
    {more}
    delivers: training
    only: {{verb: attended}}
    columns: {{topic: activity_name}}
    coverage: always
"""


def statement(number: int, who: str = "t1", verb: str = "attended", **said: Any) -> dict[str, Any]:
    """A statement as a record store gives it back."""
    return {
        "id": f"00000000-0000-4000-8000-{number:012}", "actor": {"objectType": "Agent", "account": {"homePage": "https://district.example", "name": who}},
        "verb": {"id": VERBS + verb, "display": {"en-US": verb}},
        "object": {"objectType": "Activity", "id": "https://lms.example/norms", "definition": {"name": {"de": "Normen", "en-US": "Norms"}}},
        "timestamp": "2025-09-10T17:00:00.000Z", "stored": "2025-09-10T20:00:00.000Z", **said,
    }  # fmt: skip


def voids(number: int, target: int) -> dict[str, Any]:
    """The statement that takes back another."""
    other = {"objectType": "StatementRef", "id": f"00000000-0000-4000-8000-{target:012}"}
    return statement(number, "admin", "voided", object=other)


def jsonl(*statements: Any) -> str:
    """Statements as JSON lines."""
    return "".join(json.dumps(one) + "\n" for one in statements)


def events(result: Result) -> list[tuple[Any, ...]]:
    """id's end, local start, minutes, and people of the events that were accepted."""
    assert result.scope
    return result.scope.db.rows("""select right(id, 2), start::varchar, minutes::double,
        (select list(p.staff order by p.staff) from person p where list_contains(e.participants, p.staff_no))
        from event_0 e order by id""")


def test_statements_are_trainings(evaluated: Callable[..., Result]) -> None:
    """Voided statements and those that void are skipped, in whatever order they stand; who did not complete was not there."""
    said = jsonl(
        voids(90, 3), statement(1, result={"duration": "PT1H30M"}), statement(2, "t2", result={"completion": False}), statement(3, "t3"),
        statement(4, "t2", "launched"),
    )  # fmt: skip
    rule = RULE.format(of="school", each="month", measure="kind: participation, event: training, per: person")
    with evaluated({"a.jsonl": said}, SOURCE.format(file="a.jsonl", more=""), rule=rule) as result:
        (source,) = result.summary.sources
        assert (source.read, source.accepted, source.skipped, source.quarantined) == (5, 2, 3, 0)
        assert events(result) == [("01", "2025-09-10 13:00:00", 90.0, ["t1"]), ("02", "2025-09-10 13:00:00", None, None)]
        shares = {str(row["window_start"]): (row["numerator"], row["denominator"]) for row in result.verdicts.rows()}
        assert shares["2025-09-02"] == (1, 3)


def test_statements_of_a_session_are_one_event(evaluated: Callable[..., Result]) -> None:
    """With `rows: sessions` all who attended an activity on a date are one event's participants."""
    late = statement(3, "t3", timestamp="2025-09-11T03:59:00+00:00")           # still the tenth in Detroit
    said = jsonl(statement(1), statement(2, "t2", result={"completion": False}), late, statement(4, timestamp="2025-10-01T13:00:00Z"))
    more = "rows: sessions\n    one_event_per: session"
    rule = RULE.format(of="team", each="week", measure="kind: count, event: training, link: participants")
    with evaluated({"a.jsonl": said}, SOURCE.format(file="a.jsonl", more=more), rule=rule) as result:
        (source,) = result.summary.sources
        assert (source.read, source.accepted, source.merged) == (4, 2, 2)
        assert [row[3] for row in events(result)] == [["t1", "t3"], ["t1"]]


def test_a_statement_without_activity_is_no_session(evaluated: Callable[..., Result]) -> None:
    """Statements that name no activity are not taken for one session: each is in quarantine."""
    said = jsonl(*(statement(number) for number in (1, 2, 3)), *(statement(number, f"t{number}", object={}) for number in (4, 5)))
    source = SOURCE.format(file="a.jsonl", more="rows: sessions\n    one_event_per: session")
    with evaluated({"a.jsonl": said}, source) as result:
        assert result.scope
        assert result.scope.db.rows("select reason, row from quarantine order by row") == [("missing_field", 4), ("missing_field", 5)]


def test_places_and_reasons(evaluated: Callable[..., Result]) -> None:
    """A row is named by its file and its number there, whatever stands before it."""
    first = jsonl(statement(1), voids(2, 77)) + "not json\n" + jsonl(statement(3, timestamp="2025-09-10T13:00:00-00:00"))
    second = jsonl(statement(5), statement(6), statement(7, timestamp="yesterday"), [1])
    rule = SOURCE.format(file="'*.jsonl'", more="")
    with evaluated({"a.jsonl": first, "b.jsonl": second}, rule) as result:
        assert result.scope
        told = result.scope.db.rows("select place, row, reason from quarantine order by place, row")
        assert told == [
            ("a.jsonl", 3, "unreadable_row"), ("a.jsonl", 4, "bad_timestamp"),
            ("b.jsonl", 3, "bad_timestamp"), ("b.jsonl", 4, "unreadable_row"),
        ]  # fmt: skip


@pytest.mark.parametrize("wrapped", [lambda s: s, lambda s: {"statements": s, "more": ""}])
def test_documents(wrapped: Any, evaluated: Callable[..., Result]) -> None:
    """An array of statements, or what a record store answers, is read as well as lines."""
    text = json.dumps(wrapped([statement(1), statement(1), statement(2, "t2")]))
    with evaluated({"a.json": text}, SOURCE.format(file="a.json", more="")) as result:
        (source,) = result.summary.sources
        assert (source.read, source.accepted, source.duplicates) == (3, 2, 1)


@pytest.mark.parametrize(("raw", "told"), [
    (b"{", "is no JSON"), (b"[NaN]", "is no JSON"), (b'{"a": 1}', "no list of statements"), (b"[" * 100_000, "is no JSON"), (b"", "is empty"),
])
def test_documents_that_are_none(raw: bytes, told: str, tmp_path: Path) -> None:
    """A document that is none is refused with its name."""
    (tmp_path / "a.json").write_bytes(raw)
    with pytest.raises(FidelityError, match=told) as error:
        read(ReadRequest("log", [tmp_path / "a.json"], {}, tmp_path, "UTC"))
    assert error.value.where == "a.json"


def test_a_line_too_long_is_one_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A line beyond the limit is one bad row, and the next line is a row again."""
    monkeypatch.setattr("fidelity_engine.builtin.readers.xapi_files.LONGEST_LINE", 10)
    (tmp_path / "a.jsonl").write_bytes(b'{"a":1}\n{"a": 1111111111111111111111}\n{"b":2}\n{"c":33333333333333}')
    found = [(line.number, line.statement) for line in lines(tmp_path / "a.jsonl", "a.jsonl")]
    assert found == [(1, {"a": 1}), (2, None), (3, {"b": 2}), (4, None)]


@pytest.mark.parametrize(("actor", "found"), [
    ({"account": {"homePage": "h", "name": "t1"}}, ["t1"]),
    ({"account": {"homePage": "other", "name": "9"}, "mbox": "mailto:A.B@Example.org"}, ["a.b@example.org"]),
    ({"account": {"homePage": "other", "name": "9"}}, None),
    ({"mbox_sha1sum": "ab12"}, ["ab12"]),
    ({"objectType": "Group", "member": [{"mbox": "mailto:a@b"}, {"mbox": "mailto:a@b"}, {"openid": "o"}]}, ["a@b", "o"]),
    ({"objectType": "Group", "member": [{"mbox": "mailto:a@b"}, {}]}, None),
    ("somebody", None), (None, None), ({"mbox": 7, "account": []}, None),
])
def test_actors(actor: Any, found: Any) -> None:
    """Accounts of the district, else addresses; where somebody cannot be told, who took part is not known."""
    assert people_of(actor, "h") == found


@pytest.mark.parametrize(("written", "found"), [
    ("PT45M", 45), ("PT1H30M", 90), ("P1DT1H", 1500), ("P2W", 20160), ("PT90.5S", 1.508333), ("PT0,5S", 0.008333), ("P1M", "P1M"),
    ("PT", "PT"), ("45", "45"), (45, "45"), (None, None), ("PT9999999999H", "PT9999999999H"),
])
def test_durations(written: Any, found: Any) -> None:
    """ISO 8601 durations of a fixed length are minutes; others stay as they are, and do not convert."""
    assert minutes(written) == found


@pytest.mark.parametrize(("raw", "found"), [
    ("2025-09-10T13:00:00-00:00", "2025-09-10T13:00:00-00:00?"), ("2025-09-10T13:00:00-0000", "2025-09-10T13:00:00-0000?"),
    ("2025-09-10T13:00:00Z", "2025-09-10T13:00:00Z"), (17, "17"), (None, None),
])
def test_moments(raw: Any, found: Any) -> None:
    """An offset of minus zero is refused; all else is the engine's to convert."""
    assert moment(raw) == found


@pytest.mark.parametrize(("address", "word"), [
    (VERBS + "attended", "attended"), ("https://w3id.org/xapi/verbs#attended/", "attended"), ("attended", "attended"), ("", None), (None, None), ([], "[]"),
])
def test_verbs(address: Any, word: Any) -> None:
    """A verb is the last word of its address."""
    assert verb_of({"verb": {"id": address}}) == word
