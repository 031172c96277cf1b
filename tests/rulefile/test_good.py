"""A good rule file becomes a rule set, value by value."""

from datetime import date
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace

import pytest
from pydantic import BaseModel, Field

from fidelity_engine.errors import FidelityError
from fidelity_engine.model.measure import EventParameters
from fidelity_engine.model.rule import Each, Escalation, Link, Over, ShortCalendar
from fidelity_engine.rulefile import document_of, read_document, read_rules, read_text, syntax
from fidelity_engine.where import DERIVED, All, Leaf

HERE = Path(__file__).parent
BASE = """\
fidelity: 1
timezone: America/Detroit
period: {from: 2025-09-02, until: 2026-06-12}
evidence:
  meeting-log: {read: meetings.csv, delivers: meeting, coverage: always}
rules:
  - id: team.meets
    title: Teams meet every week
    expect: {of: team, each: week}
    measure: {kind: count, event: meeting}
    judge: {at_least: 3}
"""


@pytest.fixture
def rule_set(kinds):
    """The file that uses every key."""
    return read_rules(HERE / "good.yaml", kinds)


@pytest.fixture
def rules(rule_set):
    """Its rules by id."""
    return {rule.id: rule for rule in rule_set.rules}


def one_rule(kinds, old="", new=""):
    """The only rule of the base file, with something changed."""
    return read_text(BASE.replace(old, new) if old else BASE, "d.yaml", HERE, kinds).rules[0]


def test_head(rule_set):
    """Clock, papers, plugins and roots."""
    assert (rule_set.name, rule_set.year, rule_set.as_of) == ("Example district", "2025-26", "2026-01-30")
    assert (rule_set.period.start, rule_set.period.end) == (date(2025, 9, 2), date(2026, 6, 12))
    assert rule_set.plugins == ("plugins", "fidelity-example")
    assert rule_set.roots == (str(HERE), str(HERE.parent), str(HERE.parent / "shared"))
    assert (rule_set.waivers.read, rule_set.decisions) == ("waivers.csv", "decisions.csv")
    assert rule_set.privacy.person_level and rule_set.privacy.min_n == 5
    assert len(rule_set.text_hash) == 64


def test_roster_and_calendar_in_both_forms(rule_set, kinds):
    """A path alone, or a map with reading options; the short calendar with its ranges."""
    assert rule_set.roster.teams.read == "teams.csv"
    assert (rule_set.roster.schools.encoding, rule_set.roster.schools.skip_rows) == ("latin-1", 1)
    assert rule_set.roster.staff.columns["roles"].split == "|"
    assert (rule_set.calendar.read.read, rule_set.calendar.terms.read) == ("calendar.csv", "terms.csv")
    short = """\
calendar:
  weekdays: [mon, tue, wed, thu, fri]
  closed: [2025-11-27..2025-11-28, 2026-01-02]
  closed_for: {lincoln: [2026-01-20]}
  day: ["08:15", "15:10"]
  terms: {fall: 2025-09-02..2026-01-16, spring: 2026-01-20..2026-06-12}
"""
    assert read_text(BASE + short, "d.yaml", HERE, kinds).calendar == ShortCalendar(
        weekdays=(0, 1, 2, 3, 4),
        closed=((date(2025, 11, 27), date(2025, 11, 28)), (date(2026, 1, 2), date(2026, 1, 2))),
        closed_for={"lincoln": ((date(2026, 1, 20), date(2026, 1, 20)),)},
        day=("08:15", "15:10"),
        terms={"fall": (date(2025, 9, 2), date(2026, 1, 16)), "spring": (date(2026, 1, 20), date(2026, 6, 12))},
    )


def test_sources(rule_set):
    """Columns short and long, coverage in its four ways, keys that only a reader knows."""
    log = rule_set.evidence["meeting-log"]
    assert (log.name, log.delivers, log.only) == ("meeting-log", ("meeting",), {"district": "01"})
    assert log.columns["id"].column == "meeting_id"
    assert log.columns["protocol_used"].map == {"Yes": "true", "No": "false"}
    assert log.columns["status"].value == "held"
    assert log.coverage.silent_after.instructional_days == 5
    assert rule_set.evidence["norms-log"].type.column == "kind"
    assert rule_set.evidence["norms-log"].coverage.with_ == "meeting-log"
    assert rule_set.evidence["training-log"].coverage.through == "last_record"
    assert rule_set.evidence["visits"].coverage.through == date(2026, 1, 30)
    assert rule_set.evidence["survey"].coverage.always
    assert rule_set.evidence["survey"].options == {"query": "select * from answers"}


def test_expect(rules):
    """Windows, dates and the defaults that depend on the window."""
    first = rules["tcr.collaboration-time"].expect
    assert (first.start, first.end, first.starts_after, first.prorate, first.skip_below) == (
        date(2025, 10, 1), date(2026, 5, 1), 5, False, 2,
    )  # fmt: skip
    found = {name: (rule.expect.each, rule.expect.skip_below) for name, rule in rules.items()}
    assert found["tcr.minutes"] == (Each(unit="week"), 1)
    assert found["tcr.weighted"] == (Each(unit="weeks", weeks=2), 1)
    assert found["tcr.protocol-used"] == (Each(unit="month"), 5)
    assert found["tcr.attendance"] == (Each(unit="term"), 10)
    assert found["tcr.gap"] == (Each(unit="school_year"), 10)
    assert found["tcr.daily"] == (Each(unit="day"), 1)


def test_measures(rules):
    """Parameters are the kind's own model, stretches and links read, filters parsed."""
    count = rules["tcr.collaboration-time"].measure.parameters
    assert (count.distinct, count.status) == (("topic", "audience"), ("held", "planned"))
    assert count.over == Over(kind="weeks", weeks=2)
    assert count.link == Link(by="participants", share=Decimal("0.5"))
    assert rules["tcr.minutes"].measure.parameters.over == Over(kind="period")
    assert rules["tcr.gap"].measure.parameters.over == Over(kind="from", start=date(2025, 7, 1))
    assert rules["tcr.attendance"].measure.parameters.roles == ("teacher",)
    response = rules["tcr.training-from-needs"].measure.parameters
    assert (response.within_days, response.within_unit, response.answer.link) == (30, "instructional_days", "need_id")
    path = ("rules", 7, "measure", "answer", "where", "minutes", "gte")
    assert response.answer.where == Leaf("minutes", "gte", "60", path)
    having = rules["tcr.protocol-used"].measure.parameters.having
    assert having == Leaf("protocol_used", "eq", "true", ("rules", 2, "measure", "having", "protocol_used"))
    assert rules["tcr.across-district"].measure.parameters.each_at_least == Decimal("0.75")


def test_targets(rules):
    """Numbers, dated numbers, pairs, dated pairs and a reference."""
    judged = {name: rule.judge for name, rule in rules.items()}
    dated = judged["tcr.collaboration-time"]
    assert [(target.since, target.value) for target in dated.targets] == [(None, 2), (date(2026, 1, 20), 3)]
    assert list(dated.levels) == ["keep_improving", "getting_better", "getting_started"]
    assert (dated.grace, dated.warn, dated.if_none, dated.if_unknown) == (3, 2, "missed", "missed")
    assert [target.value for target in judged["tcr.minutes"].targets] == [(90, 300)]
    assert judged["tcr.minutes"].warn == 1
    assert judged["tcr.weighted"].targets[1].value == (Decimal("0.6"), 1)
    assert (judged["tcr.training-ongoing"].direction, judged["tcr.protocol-used"].all_but) == ("at_most", 1)
    assert judged["cte.level"].direction == "reference"
    assert (judged["cte.level"].targets, judged["cte.level"].reference.value) == ((), Decimal("4.2"))


def test_emit_and_adjust(rules):
    """Escalation as a step or a list of steps; proposals with what would show them."""
    first = rules["tcr.collaboration-time"]
    assert first.emit.escalate == (Escalation(after=2, to="medium"), Escalation(after=4, to="high"))
    assert rules["tcr.minutes"].emit.escalate == (Escalation(after=4, to="critical"),)
    (proposal,) = first.adjust
    assert (proposal.due, proposal.when.windows, proposal.done_when.event) == (10, 3, "schedule_published")
    assert (proposal.expect_effect.verdict, proposal.expect_effect.within) == ("met", 3)


def test_defaults_fill_key_by_key(rules):
    """What a rule does not say; a rule with a target of its own takes none of the default's."""
    minutes = rules["tcr.minutes"]
    assert minutes.expect.each == Each(unit="week")
    assert (minutes.judge.direction, minutes.judge.grace) == ("between", 2)
    assert (minutes.emit.owner, minutes.emit.act_within) == ("principal", 10)
    assert rules["tcr.collaboration-time"].emit.owner == "coach"
    assert (rules["tcr.collaboration-time"].judge.grace, rules["cte.level"].judge.grace) == (3, 2)


def test_a_default_target_fills(kinds):
    """A rule whose `judge` has no target takes the default's."""
    text = BASE.replace("{at_least: 3}", "{warn: 1}") + "defaults: {judge: {at_most: 4}}\n"
    judge = read_text(text, "d.yaml", HERE, kinds).rules[0].judge
    assert (judge.direction, judge.targets[0].value, judge.warn) == ("at_most", 4, 1)


def test_ids_and_grades_stay_text(kinds):
    """`01` stays `01`, in lists too, and so does a year."""
    rule = one_rule(kinds, "of: team,", "of: team, where: {school: [01, 08], grades: 3},")
    assert [leaf.value for leaf in rule.expect.where.nodes] == [("01", "08"), "3"]
    assert read_text(BASE + "year: 2026\nname: 0x10\n", "d.yaml", HERE, kinds).year == "2026"
    assert read_text(BASE + "name: 1_000\n", "d.yaml", HERE, kinds).name == "1_000"


def test_the_year_follows_the_period(kinds):
    """A file that does not name its year has the period's."""
    assert read_text(BASE, "d.yaml", HERE, kinds).year == "2025-26"


def test_anchors_may_be_used(kinds):
    """A block written once may stand twice."""
    text = BASE.replace("expect: {", "expect: &weekly {") + """\
  - id: team.meets-again
    title: Teams meet
    expect: *weekly
    measure: {kind: count, event: meeting}
    judge: {at_least: 1}
"""
    first, second = read_text(text, "d.yaml", HERE, kinds).rules
    assert first.expect == second.expect


def test_a_rule_knows_its_place(rule_set):
    """Line, and key path for what shows only later."""
    rule = rule_set.rules[1]
    assert (HERE / "good.yaml").read_text(encoding="utf-8").splitlines()[rule.line - 1] == "  - id: tcr.minutes"
    error = rule_set.document.mistake((*rule.place, "measure", "field"), "no field", "Mend.", rule.id)
    assert str(error).endswith(": tcr.minutes: no field. Mend.")
    assert error.where.column == 51


def test_places_have_an_end():
    """A value's place says where it ends; a missing key is at its parent; a default is at the default."""
    document = document_of("defaults:\n  emit: {owner: x}\nrules:\n  - id: abc\n", "d.yaml", HERE)
    place = document.place(("rules", 0, "id"))
    assert (place.line, place.column, place.end_line, place.end_column) == (4, 9, 4, 12)
    assert str(document.place(("rules", 0, "id"), key=True)) == "d.yaml:4:5"
    assert str(document.place(("rules", 0, "emit", "owner"))) == "d.yaml:2:17"
    assert str(document.place(("defaults", "emit", "severity"))) == "d.yaml:2:3"
    assert str(document.place(("rules", 0, "title"))) == "d.yaml:4:5"


def test_plugins_and_roots_before_anything_else():
    """What must be loaded first can be asked of a document that is not checked yet."""
    document = document_of("plugins: [a, ../b]\nroots: /data\nnonsense: true\n", "d.yaml", HERE)
    assert document.plugins == ("a", "../b")
    assert document.roots == (str(HERE), "/data")


def test_a_file_with_a_byte_order_mark(tmp_path, kinds):
    """A mark and Windows line ends change nothing, places included."""
    path = tmp_path / "district.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + BASE.replace("\n", "\r\n").encode())
    assert read_rules(path, kinds).rules[0].line == 7
    assert str(read_document(path).place(("fidelity",))) == f"{path}:1:11"


def test_flow_text_that_libyaml_refuses(kinds):
    """`08:15` in brackets is good YAML: the other parser reads it."""
    text = BASE + "calendar: {day: [08:15, 15:10]}\n"
    assert read_text(text, "d.yaml", HERE, kinds).calendar.day == ("08:15", "15:10")


def test_where_of_defaults_reaches_the_rules(kinds):
    """A default filter is the rule's, and its places are the default's."""
    rule_set = read_text(BASE + "defaults: {expect: {where: {kind: [a], stage: b}}}\n", "d.yaml", HERE, kinds)
    where = rule_set.rules[0].expect.where
    assert isinstance(where, All) and len(where.nodes) == 2
    assert rule_set.document.place(where.nodes[1].path).line == 12


def test_measures_of_plugins_have_their_own_parameters(kinds):
    """A plugin's plain types are read, and refused in our words."""
    class Balance(EventParameters):
        minimum: int = 3
        strict: bool = False
        names: list[str] = Field(default_factory=list)

    found = kinds | {"balance": SimpleNamespace(name="balance", parameters=Balance, doc="", reads_rules=lambda p: ())}
    rule = one_rule(found, "{kind: count,", "{kind: balance, minimum: 4, strict: true, names: [a],")
    assert (rule.measure.parameters.minimum, rule.measure.parameters.strict) == (4, True)
    with pytest.raises(FidelityError) as caught:
        one_rule(found, "{kind: count,", "{kind: balance, minimum: four, names: {},")
    assert str(caught.value) == (
        "d.yaml:10:39: team.meets: a whole number was expected here, not `four`. Write a whole number such as 2.\n"
        "d.yaml:10:52: team.meets: a list was expected here, not a map. Write [a, b]."
    )


def test_options_of_a_reader_are_checked(kinds):
    """Keys that only a reader knows are its model's; others are unknown."""
    class Options(BaseModel):
        query: str
        timeout: int = 30

    readers = {"sql": SimpleNamespace(name="sql", extensions=(".db",), schemes=(), options=Options)}
    text = BASE.replace("read: meetings.csv", "read: meetings.db, query: select 1, timeout: 5")
    assert read_text(text, "d.yaml", HERE, kinds, readers).evidence["meeting-log"].options == {
        "query": "select 1",
        "timeout": 5,
    }
    with pytest.raises(FidelityError, match="there is no key `query` here"):
        read_text(text.replace(".db", ".csv"), "d.yaml", HERE, kinds, readers)
    with pytest.raises(FidelityError, match="there is no reader `sqll`"):
        read_text(text.replace("query:", "reader: sqll, query:"), "d.yaml", HERE, kinds, readers)


def places(node):
    """Every value of a tree with where it begins and ends; where nothing is, nothing begins."""
    parts = node.parts.values() if isinstance(node.parts, dict) else node.parts or ()
    own = [(node.data, type(node.data), node.place(""))] if node.data is not None else []
    return own + [found for part in parts for found in places(part)]


def test_both_parsers_agree(monkeypatch):
    """libyaml and ruamel's own parser give the same values at the same places."""
    path = HERE / "good.yaml"
    fast = places(read_document(path).node)
    monkeypatch.setattr(syntax, "CParser", None)
    assert places(read_document(path).node) == fast


@pytest.mark.parametrize("field", sorted(DERIVED))
def test_what_is_worked_out_cannot_be_given(field, kinds):
    """The rule file refuses each field that the engine works out."""
    with pytest.raises(FidelityError, match=f"`{field}` is worked out, and cannot be given"):
        one_rule(kinds, "coverage: always", f"columns: {{{field}: x}}, coverage: always")


@pytest.mark.parametrize(("source", "filters"), [
    ("read: m.jsonl, columns: {rating: stars}", "rating: {gte: 3}, team: {any_of: [a]}, school: {contains: b}"),
    ("read: '*.csv', reader: xapi, columns: {rating: stars}", "rating: {gte: 3}"),
    ("read: m.csv, columns: {rating: {column: stars, type: integer}}", "rating: {gte: 3}, other: {gte: 3}, otherwise: {any_of: [a]}"),
    ("read: m.csv, columns: {team: {column: t, split: ';'}}", "team: {all_of: [a, 01]}, school: {any_of: [a, b]}, grades: 3"),
    ("read: m.csv, columns: {school: {column: s, split: ';'}}", "school: {any_of: [a, b]}, team: {contains: a}"),
    ("read: m.csv, columns: {rating: {value: '3'}}", "rating: '3', id: 007, date: {gte: 2025-09-02}"),
    ("read: m.csv, columns: {rating: {value: 3}, half: {value: 0.5}, used: {value: true}}", "rating: {gte: 3}, half: {lt: 1}, used: true"),
    ("read: m.csv, columns: {code: {value: 007}, used: {value: 'true'}}", "code: '007', used: 'true'"),
    ("read: m.csv, columns: {seen: {value: 2025-09-02, type: date}}", "seen: {gte: 2025-09-02}"),
])
def test_filters_of_which_only_the_source_can_tell(source, filters, kinds):
    """What the rule file does not say the type of, or says so that it fits, is no mistake of the file."""
    text = BASE.replace("read: meetings.csv", source).replace("event: meeting}", f"event: meeting, where: {{{filters}}}}}")
    assert read_text(text, "d.yaml", HERE, kinds).rules[0].id == "team.meets"


def test_what_two_sources_say_differently_is_not_decided(kinds):
    """A field that is a number here and a list there is judged when the sources are read; one with a mistake may say anything."""
    other = "  log: {read: l.csv, delivers: meeting, columns: {rating: {column: r, type: list}}, coverage: always}\nrules:"
    text = BASE.replace("coverage: always", "columns: {rating: {column: r, type: number}}, coverage: always").replace("rules:", other)
    text = text.replace("event: meeting}", "event: meeting, where: {rating: {any_of: [a]}}}")
    assert read_text(text, "d.yaml", HERE, kinds).rules
    with pytest.raises(FidelityError) as caught:
        read_text(text.replace("l.csv, delivers: meeting, columns", "l.csv, delivers: meeting, colums"), "d.yaml", HERE, kinds)
    assert str(caught.value).count("d.yaml:") == 1
