"""Filters: parsed with every mistake told, checked against types, and in SQL equal to plain three-valued logic."""

import re
from datetime import date, datetime
from decimal import Decimal

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fidelity_engine.where import (
    All,
    Any_,
    Bound,
    Column,
    Leaf,
    Node,
    None_,
    Plain,
    check,
    fields,
    grade,
    leaves,
    parse,
    sql,
)

TYPES = {
    "topic": "text",
    "minutes": "number",
    "count": "integer",
    "done": "boolean",
    "day": "date",
    "start": "timestamp",
    "roles": "list",
    "grades": "list",
}
SQL_TYPES = {
    "text": "VARCHAR",
    "number": "DECIMAL(18,6)",
    "integer": "BIGINT",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "timestamp": "TIMESTAMP",
    "list": "VARCHAR[]",
}
COLUMNS = {name: Column(f'"{name}"', kind) for name, kind in TYPES.items()}


# --- parsing --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "node"),
    [
        ({}, All(())),
        ({"kind": "a"}, Leaf("kind", "eq", "a", ("kind",))),
        ({"kind": ["a", "b"]}, Leaf("kind", "in", ("a", "b"), ("kind",))),
        ({"m": {"gte": Plain("3")}}, Leaf("m", "gte", "3", ("m", "gte"))),
        ({"m": {"gte": "3", "lt": "5"}}, All((Leaf("m", "gte", "3", ("m", "gte")), Leaf("m", "lt", "5", ("m", "lt"))))),
        ({"m": {"present": Plain("True")}}, Leaf("m", "present", True, ("m", "present"))),
        ({"m": 3}, Leaf("m", "eq", "3", ("m",))),
        ({"m": True}, Leaf("m", "eq", "true", ("m",))),
        (
            {"any": [{"a": "1"}, {"b": "2"}]},
            Any_((Leaf("a", "eq", "1", ("any", 0, "a")), Leaf("b", "eq", "2", ("any", 1, "b")))),
        ),
        ({"none": [{"a": "1"}]}, None_((Leaf("a", "eq", "1", ("none", 0, "a")),))),
    ],
)
def test_shorthand_operators_and_blocks(raw, node):
    """Every way of writing becomes one tree."""
    assert parse(raw) == (node, [])


@pytest.mark.parametrize(
    ("raw", "path", "message", "mend"),
    [
        ("x", (), "a filter is a map of fields", "Write {field: value}, for example {kind: department}."),
        ({"any": {"a": "1"}}, ("any",), "`any` joins a list of filters", "Write any: [{field: value}, ...]."),
        ({"any": []}, ("any",), "`any` joins a list of filters", "Write any: [{field: value}, ...]."),
        ({"m": {}}, ("m",), "`m` is compared with nothing", "Write {field: value} or {field: {gte: 30}}."),
        ({"m": {"gtr": "3"}}, ("m", "gtr"), "there is no operator `gtr`", "Did you mean `gt`?"),
        ({"m": None}, ("m",), "`eq` compares with nothing", "For missing values write {present: false}."),
        ({"m": {"gt": ["3"]}}, ("m", "gt"), "`gt` compares with one value", "Write gt: VALUE."),
        ({"m": {"in": "3"}}, ("m", "in"), "`in` wants a list of values", "Write in: [A, B]."),
        ({"m": []}, ("m",), "`in` wants a list of values", "Write in: [A, B]."),
        ({"m": {"in": ["3", None]}}, ("m", "in", 1), "`in` compares with single values", "Write a word or number."),
        ({"m": {"between": ["3"]}}, ("m", "between"), "`between` wants two values", "Write between: [A, B]."),
        (
            {"m": {"between": ["10", "9"]}},
            ("m", "between"),
            "`between` runs from 10 down to 9",
            "Write the smaller end first.",
        ),
        (
            {"m": {"between": ["2026-02-01", "2026-01-01"]}},
            ("m", "between"),
            "`between` runs from 2026-02-01 down to 2026-01-01",
            "Write the smaller end first.",
        ),
        (
            {"m": {"present": "maybe"}},
            ("m", "present"),
            "`present` is `true` or `false`",
            "Write present: true or present: false.",
        ),
    ],
)
def test_mistakes_of_form(raw, path, message, mend):
    """A filter that cannot be read says where and what, and what would mend it."""
    _, problems = parse(raw)
    assert [(problem.path, problem.message, problem.mend) for problem in problems] == [(path, message, mend)]


@pytest.mark.parametrize(
    "pattern", ["(?=a)", "(?<!a)b", r"(a)\1", "(?P<x>a)(?P=x)", "a++", "(?>a)", "a{1001}", "(a", "[a", "*",
                r"(?x)a", r"\u0061", r"\N{DASH}", r"\p{Foo}", "[[:foo:]]", "a{2}{3}", "(?:a{1000}){1000}", "a**"]
)
def test_patterns_that_re2_refuses(pattern):
    """A pattern that the engine could not run is told before anything runs, and the engine does refuse it."""
    assert len(parse({"topic": {"matches": pattern}})[1]) == 1
    with pytest.raises(duckdb.Error):
        duckdb.execute("select regexp_full_match('a', $p)", {"p": pattern})


@pytest.mark.parametrize(
    "pattern", [r"\d+", r"(?i)abc", r"\pL+", r"[[:alpha:]]+", r"a\\1", r"(?P<x>a|b)", r"\x{41}", "a{1,3}?", r"\141", r"\C", "a|b.*", ""]
)
def test_patterns_that_re2_knows(pattern):
    """What the engine can run is accepted."""
    assert parse({"topic": {"matches": pattern}})[1] == []
    duckdb.execute("select regexp_full_match('a', $p)", {"p": pattern})


def test_all_problems_are_told():
    """One mistake does not hide the next, and the good parts are kept."""
    node, problems = parse({"a": {"gtr": "1"}, "b": None, "c": "x"})
    assert len(problems) == 2
    assert node == Leaf("c", "eq", "x", ("c",))


def test_fields_and_leaves():
    """A tree knows what it looks at."""
    node, _ = parse({"a": "1", "any": [{"b": "2"}, {"none": [{"a": {"gt": "0"}}]}]})
    assert fields(node) == {"a", "b"}
    assert [leaf.field_path for leaf in leaves(node)] == [("a",), ("any", 0, "b"), ("any", 1, "none", 0, "a")]


# --- types ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        ({"topc": "x"}, "there is no field `topc`"),
        ({"topic": {"gte": "a"}}, "`gte` does not fit `topic`, which is a text field"),
        ({"minutes": {"contains": Plain("3")}}, "`contains` does not fit `minutes`, which is a number field"),
        ({"done": {"gt": Plain("false")}}, "`gt` does not fit `done`, which is a boolean field"),
        ({"roles": {"matches": "x"}}, "`matches` does not fit `roles`, which is a list field"),
        ({"topic": Plain("30")}, "`topic` is text and `30` is a number"),
        ({"topic": ["a", Plain("30")]}, "`topic` is text and `30` is a number"),
        ({"topic": Plain("true")}, "`topic` is text and `true` is a boolean"),
        ({"roles": Plain("3")}, "`roles` is text and `3` is a number"),
        ({"minutes": Plain("long")}, "`minutes` is a number and `long` is not"),
        ({"minutes": "30"}, '`minutes` is a number and "30" in quotes is text'),
        ({"minutes": Plain("1e12")}, "`minutes` is a number and `1e12` is not"),
        ({"done": Plain("yes")}, "`done` is a boolean and `yes` is not"),
        ({"day": Plain("2026-02-30")}, "`day` is a date and `2026-02-30` is not"),
        ({"day": Plain("1/05/2023")}, "`day` is a date and `1/05/2023` is not"),
        ({"start": Plain("2026-01-30T08:15+01:00")}, "`start` is a timestamp and `2026-01-30T08:15+01:00` is not"),
    ],
)
def test_what_does_not_fit_the_type(raw, message):
    """An operator or a value that does not fit is told before anything runs."""
    node, problems = parse(raw)
    assert not problems
    assert [problem.message for problem in check(node, TYPES)] == [message]


@pytest.mark.parametrize(
    "raw",
    [
        {"topic": "30", "minutes": {"gte": Plain("30.5")}, "count": Plain("2"), "done": [Plain("TRUE")]},
        {"day": "2026-01-30", "start": {"between": [Plain("2026-01-01"), Plain("2026-01-30T08:15:30.5")]}},
        {"roles": {"any_of": ["a"], "contains": "b", "ne": "c", "not_in": ["d"], "present": True}},
        {"topic": {"contains": Plain("3"), "matches": Plain("3")}},
    ],
)
def test_what_fits(raw):
    """Good filters have no problems."""
    node, problems = parse(raw)
    assert not problems
    assert check(node, TYPES) == []


def test_lenient_fields_take_text_as_written():
    """Ids and attributes compare with `01` and `true` as they stand; other types still matter."""
    node, _ = parse({"topic": [Plain("01"), Plain("true")], "roles": Plain("3"), "minutes": Plain("x")})
    assert [problem.path for problem in check(node, TYPES, {"topic", "roles", "minutes"})] == [("minutes",)]


def test_an_unknown_field_points_at_its_key():
    """The place is the field's, not the operator's, and a near name is offered."""
    node, _ = parse({"minuts": {"gte": Plain("30")}}, ("where",))
    (problem,) = check(node, TYPES)
    assert (problem.path, problem.key, problem.mend) == (("where", "minuts"), True, "Did you mean `minutes`?")


# --- SQL ------------------------------------------------------------------------------------------------------------


def run(node: Node, row: dict):
    """The value of a filter for one row, by the engine."""
    bound = Bound()
    expression = sql(node, COLUMNS, bound)
    row_values = {f"r_{name}": value for name, value in row.items()}
    columns = ", ".join(f'$r_{name}::{SQL_TYPES[TYPES[name]]} as "{name}"' for name in row)
    return CONNECTION.execute(f"select {expression} from (select {columns})", bound.values | row_values).fetchone()[0]


CONNECTION = duckdb.connect()
ROW = dict.fromkeys(TYPES)


@pytest.mark.parametrize(
    ("raw", "row", "value"),
    [
        ({}, {}, True),
        ({"minutes": {"gte": Plain("30")}}, {"minutes": Decimal(30)}, True),
        ({"minutes": {"gte": Plain("30")}}, {}, None),
        ({"minutes": {"present": False}}, {}, True),
        ({"minutes": {"present": True}}, {}, False),
        ({"topic": {"ne": "data"}}, {}, None),
        ({"topic": {"not_in": ["data"]}}, {}, None),
        ({"topic": {"contains": "at"}}, {"topic": "data"}, True),
        ({"topic": {"contains": "%"}}, {"topic": "data"}, False),
        ({"topic": {"matches": "da"}}, {"topic": "data"}, False),
        ({"topic": {"matches": "da.*"}}, {"topic": "data"}, True),
        ({"topic": "Data"}, {"topic": "data"}, False),
        ({"done": Plain("TRUE")}, {"done": True}, True),
        ({"count": {"lt": Plain("2.5")}}, {"count": 2}, True),
        ({"count": {"between": [Plain("2"), Plain("2")]}}, {"count": 2}, True),
        ({"minutes": Plain("0.1234567")}, {"minutes": Decimal("0.123457")}, True),
        ({"roles": "coach"}, {"roles": ["teacher", "coach"]}, True),
        ({"roles": ["coach", "x"]}, {"roles": ["teacher", "coach"]}, True),
        ({"roles": {"ne": "coach"}}, {"roles": ["teacher", "coach"]}, False),
        ({"roles": {"all_of": ["coach", "x"]}}, {"roles": ["teacher", "coach"]}, False),
        ({"roles": {"none_of": ["x", "y"]}}, {"roles": []}, True),
        ({"roles": {"any_of": ["x"]}}, {"roles": []}, False),
        ({"roles": {"any_of": ["x"]}}, {}, None),
        ({"roles": {"present": True}}, {"roles": []}, True),
        ({"grades": Plain("3")}, {"grades": ["03"]}, True),
        ({"grades": {"any_of": [Plain("K"), Plain("11")]}}, {"grades": ["KG"]}, True),
        ({"day": {"between": [Plain("2026-01-01"), Plain("2026-01-31")]}}, {"day": date(2026, 1, 31)}, True),
        ({"start": {"gt": Plain("2026-01-31T08:00")}}, {"start": datetime(2026, 1, 31, 8, 0, 1)}, True),
        ({"none": [{"topic": "data"}]}, {}, None),
        ({"none": [{"topic": "data"}, {"done": True}]}, {"done": True}, False),
        ({"any": [{"topic": "data"}, {"done": True}]}, {"done": True}, True),
        ({"topic": "data", "done": True}, {"done": False}, False),
    ],
)
def test_three_valued_logic(raw, row, value):
    """A comparison with a missing field is unknown; blocks follow SQL."""
    node, problems = parse(raw)
    assert not problems and not check(node, TYPES, {"grades"})
    assert run(node, ROW | row) is value


@pytest.mark.parametrize("op", ["eq", "ne", "contains", "any_of", "all_of", "none_of"])
@pytest.mark.parametrize("wanted", [("cook",), ("cook", "nurse"), ("nurse", "nobody's"), ("nobody's",)])
def test_bits_say_what_their_list_says(op, wanted):
    """A list that is also told as bits: the same of every set of values, of none, of a missing one, and of values that nobody holds."""
    bit = {"cook": 1, "nurse": 2, "teacher": 4}
    value = wanted if op in ("any_of", "all_of", "none_of") else wanted[0]
    found = []
    for column in (Column("roles", "list"), Column("roles", "list", ("bits", bit))):
        bound = Bound()
        condition = sql(Leaf("roles", op, value), {"roles": column}, bound)
        held = f"list_filter({list(bit)}, lambda role: (bits >> (list_position({list(bit)}, role) - 1)) & 1 = 1)"
        rows = f"select bits, case when bits is not null then {held} end as roles from (select unnest([null, 0, 1, 2, 3, 4, 5, 6, 7]) as bits)"
        found.append(duckdb.execute(f"select {condition} from ({rows}) order by bits", bound.values or None).fetchall())
    assert found[0] == found[1]
    assert {row[0] for row in found[0]} >= {None}


def test_text_of_the_file_is_never_sql():
    """Quotes, parameters and comments in a literal are its text."""
    evil = "'; drop table x; -- $b0"
    node, _ = parse({"topic": {"in": [evil, "b"]}})
    bound = Bound()
    assert evil not in sql(node, COLUMNS, bound)
    assert run(node, ROW | {"topic": evil}) is True


def test_bound_values_are_named_and_typed():
    """Each literal is a parameter of its own, as a Python value of the field's type."""
    node, _ = parse({"minutes": Plain("30"), "day": Plain("2026-01-30"), "done": Plain("False"), "topic": "x"})
    bound = Bound("w")
    sql(node, COLUMNS, bound)
    assert bound.values == {"w0": Decimal("30.000000"), "w1": date(2026, 1, 30), "w2": False, "w3": "x"}


@pytest.mark.parametrize(
    ("text", "found"), [("3", "03"), ("K", "KG"), ("PK", "PK"), ("KG", "KG"), ("11", "11"), ("03", "03")]
)
def test_grades(text, found):
    """Grades are written as OneRoster does."""
    assert grade(text) == found


# --- against plain Python -------------------------------------------------------------------------------------------

WORDS = ["a", "b", "ab", "Ab"]
NUMBERS = ["0", "1", "1.5", "-2"]
DAYS = ["2026-01-01", "2026-01-02", "2026-02-01"]


def leaf_of(field, kind):
    """All leaves that fit a field's type."""
    if kind in ("text", "list"):
        pool, ops = WORDS, ["eq", "ne", "in", "not_in", "contains"]
        ops += ["matches"] if kind == "text" else ["any_of", "all_of", "none_of"]
    elif kind == "boolean":
        pool, ops = ["true", "False"], ["eq", "ne", "in", "not_in"]
    else:
        pool = DAYS if kind in ("date", "timestamp") else NUMBERS
        ops = ["eq", "ne", "gt", "gte", "lt", "lte", "between", "in", "not_in"]
    value = st.sampled_from(pool)
    several = st.lists(value, min_size=1, max_size=3).map(tuple)

    def operand(op):
        if op == "between":
            return st.tuples(value, value)
        return several if op in ("in", "not_in", "any_of", "all_of", "none_of") else value

    compared = st.sampled_from(ops).flatmap(lambda op: operand(op).map(lambda given: Leaf(field, op, given)))
    return compared | st.booleans().map(lambda given: Leaf(field, "present", given))


LEAVES = st.one_of(*(leaf_of(name, kind) for name, kind in TYPES.items()))
TREES = st.recursive(
    LEAVES,
    lambda nodes: st.builds(
        lambda join, parts: join(tuple(parts)),
        st.sampled_from([All, Any_, None_]),
        st.lists(nodes, min_size=1, max_size=3),
    ),
    max_leaves=6,
)
ROWS = st.fixed_dictionaries(
    {
        "topic": st.none() | st.sampled_from(WORDS),
        "minutes": st.none() | st.sampled_from(NUMBERS).map(Decimal),
        "count": st.none() | st.integers(-2, 2),
        "done": st.none() | st.booleans(),
        "day": st.none() | st.sampled_from(DAYS).map(date.fromisoformat),
        "start": st.none() | st.sampled_from(DAYS).map(datetime.fromisoformat),
        "roles": st.none() | st.lists(st.sampled_from(WORDS), max_size=2),
        "grades": st.none() | st.lists(st.sampled_from(WORDS), max_size=2),
    }
)
READ = {
    "text": str,
    "list": str,
    "number": Decimal,
    "integer": Decimal,
    "boolean": lambda text: text.lower() == "true",
    "date": date.fromisoformat,
    "timestamp": datetime.fromisoformat,
}
COMPARE = {
    "eq": lambda a, b: a == b,
    "ne": lambda a, b: a != b,
    "gt": lambda a, b: a > b,
    "gte": lambda a, b: a >= b,
    "lt": lambda a, b: a < b,
    "lte": lambda a, b: a <= b,
    "contains": lambda a, b: b in a,
    "matches": lambda a, b: re.fullmatch(b, a) is not None,
    "in": lambda a, b: a in b,
    "not_in": lambda a, b: a not in b,
    "between": lambda a, b: b[0] <= a <= b[1],
}
COMPARE_LIST = {
    "eq": lambda a, b: b in a,
    "contains": lambda a, b: b in a,
    "ne": lambda a, b: b not in a,
    "in": lambda a, b: bool(set(a) & set(b)),
    "any_of": lambda a, b: bool(set(a) & set(b)),
    "all_of": lambda a, b: set(b) <= set(a),
    "not_in": lambda a, b: not set(a) & set(b),
    "none_of": lambda a, b: not set(a) & set(b),
}


def evaluate(node, row):
    """The value of a filter for one row, by plain Python: True, False or None."""
    if isinstance(node, Leaf):
        found = row[node.field]
        if node.op == "present":
            return (found is not None) is node.value
        if found is None:
            return None
        read = READ[TYPES[node.field]]
        value = tuple(map(read, node.value)) if isinstance(node.value, tuple) else read(node.value)
        return (COMPARE_LIST if TYPES[node.field] == "list" else COMPARE)[node.op](found, value)
    values = [evaluate(part, row) for part in node.nodes]
    deciding = isinstance(node, All) is False
    joined = deciding if deciding in values else None if None in values else not deciding
    return joined if not isinstance(node, None_) else None if joined is None else not joined


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(TREES, ROWS)
def test_sql_equals_plain_python(node, row):
    """Whatever the tree and the row, the engine and the definition agree."""
    assert run(node, row) is evaluate(node, row)
