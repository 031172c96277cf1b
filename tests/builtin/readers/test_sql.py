"""SQL: the rows of a query from a real SQLite and a real PostgreSQL, read only, bounded in time, and without a secret told."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest

from fidelity_engine.builtin import plugins
from fidelity_engine.builtin.readers.sql import SQL
from fidelity_engine.builtin.readers.sql.statement import one_reading
from fidelity_engine.errors import FidelityError
from fidelity_engine.plugin.host import Host
from fidelity_engine.plugin.spec import ReadRequest
from fidelity_engine.result import Result
from fidelity_engine.rulefile.schema import json_schema

TABLE = """create table visit (id text, team text, held_at text, minutes real);
insert into visit values ('a', 'g2', '2025-09-09T10:00', 30), ('b', 'g2', '2025-09-16T10:00', null), ('c', 'zz', '2025-09-17T10:00', 15)"""
QUERY = "select id, team, held_at as start, minutes from visit order by id"
ENDLESS = "with recursive n(x) as (select 1 union all select x + 1 from n) select max(x) from n"


def sqlite(folder: Path) -> Path:
    """A SQLite file with visits."""
    path = folder / "visits.db"
    if not path.exists():
        with sqlite3.connect(path) as made:
            made.executescript(TABLE)
    return path


def rows(folder: Path, query: str, seconds: int = 30, address: str = "") -> list[dict[str, Any]]:
    """What a query gives."""
    path = sqlite(folder)
    options = {"query": query, "timeout_seconds": seconds}
    request = ReadRequest("visits", [path] if not address else [], options, folder, "UTC", address=address or f"sqlite:///{path}")
    return [dict(row) for row in SQL.read(request).data]  # type: ignore[union-attr, arg-type]


def test_sqlite(tmp_path: Path) -> None:
    """Columns are those of the query, values keep their types."""
    assert rows(tmp_path, QUERY + " ;\n")[0] == {"id": "a", "team": "g2", "start": "2025-09-09T10:00", "minutes": 30.0}
    assert rows(tmp_path, "select ':x' as a, '50%' as b, x'00ff' as c, null as d, ';' as e") == [{"a": ":x", "b": "50%", "c": "00ff", "d": None, "e": ";"}]


def test_words_for_what_is_no_number_are_words(tmp_path: Path) -> None:
    """A text stays what it says, also where it is how a number that is none is written."""
    assert rows(tmp_path, "select 'NaN' as a, 'Infinity' as b, 9e999 as c") == [{"a": "NaN", "b": "Infinity", "c": None}]


def test_postgres(postgres_url: str, tmp_path: Path) -> None:
    """The types of PostgreSQL arrive: times with an offset, numbers, lists, documents, intervals as minutes."""
    query = """select timestamptz '2025-09-09 10:00-04' as start, date '2025-09-09' as day, 1.25::numeric as n, 'NaN'::float8 as nan,
        'NaN'::numeric as nan2, array['x','y'] as who, '{"a": [1]}'::jsonb as doc, interval '45 min' as minutes, true as yes,
        '00000000-0000-0000-0000-000000000001'::uuid as id, 50 % 7 as mod, $$a;b$$ as quoted"""
    (row,) = rows(tmp_path, query, address=postgres_url)
    assert (row["start"].isoformat(), row["day"].isoformat()) == ("2025-09-09T14:00:00+00:00", "2025-09-09")
    assert (float(row["n"]), row["nan"], row["nan2"], row["who"], row["doc"], row["minutes"]) == (1.25, None, None, ["x", "y"], {"a": [1]}, 45)
    assert (row["yes"], str(row["id"])[-1], row["mod"], row["quoted"]) == (True, "1", 1, "a;b")


def test_postgres_is_streamed(postgres_url: str, tmp_path: Path) -> None:
    """The first rows are there before the last ones are made: a cursor of the server's own."""
    options = {"query": "select generate_series(1, 500000000) as id"}
    began = time.perf_counter()
    found = iter(SQL.read(ReadRequest("v", [], options, tmp_path, "UTC", address=postgres_url)).data)  # type: ignore[arg-type]
    assert [next(found)["id"], next(found)["id"]] == [1, 2]
    found.close()  # type: ignore[attr-defined]
    assert time.perf_counter() - began < 15


@pytest.mark.parametrize(("query", "told"), [
    ("select 1; drop table visit", "several statements"), ("delete from visit", "is no SELECT"), ("/* select */ pragma table_info(visit)", "is no SELECT"),
    ("attach database 'x.db' as y", "is no SELECT"), ("select * from nowhere", "the database refused (OperationalError, code SQLITE_ERROR)"),
    ("with x as (select 1) insert into visit select 1, 2, 3, 4 from x", "the database refused (DatabaseError, code SQLITE_AUTH)"),
    ("select id, ID from visit", "the query gives `id` twice"), ("select load_extension('x')", "the database refused (OperationalError"),
])
def test_queries_that_are_refused(query: str, told: str, tmp_path: Path) -> None:
    """Only one statement that reads; what SQLite says is told by class and code."""
    with pytest.raises(FidelityError) as caught:
        rows(tmp_path, query)
    assert told in str(caught.value) and "nowhere" not in str(caught.value)
    assert rows(tmp_path / ".", "select count(*) as n from visit")[0]["n"] % 3 == 0


@pytest.mark.parametrize(("query", "told"), [
    ("with x as (delete from visit returning 1) select * from x", "code 0A000"), ("select nextval('s')", "code 25006"),
    ("select * from nowhere", "UndefinedTable, code 42P01"), ("select 1; commit; drop table visit", "several statements"),
])
def test_postgres_reads_only(query: str, told: str, postgres_url: str, tmp_path: Path) -> None:
    """The transaction is read only, whatever the query tries, and the row is still there."""
    with psycopg.connect(postgres_url, autocommit=True) as made:
        made.execute("create table visit (id int); insert into visit values (1); create sequence s")
    with pytest.raises(FidelityError) as caught:
        rows(tmp_path, query, address=postgres_url)
    assert told in str(caught.value)
    assert rows(tmp_path, "select count(*) as n from visit", address=postgres_url) == [{"n": 1}]


def test_time_is_bounded(postgres_url: str, tmp_path: Path) -> None:
    """A query that does not end is given up."""
    for query, address in ((ENDLESS, ""), ("select pg_sleep(60)", postgres_url), ("select pg_sleep(0.001) from generate_series(1, 100000)", postgres_url)):
        began = time.perf_counter()
        with pytest.raises(FidelityError, match="took longer than 1 seconds"):
            rows(tmp_path, query, 1, address)
        assert time.perf_counter() - began < 10


def test_texts_are_bounded(tmp_path: Path) -> None:
    """SQLite does not look at the clock while it compares two texts: of long ones that took ten minutes."""
    needle = "replace(hex(zeroblob({})), '00', 'a')"
    for query in (f"select instr({needle.format(15_000_000)}, {needle.format(7_000_000)} || 'b') as n", f"select {needle.format(600_000)} as text"):
        with pytest.raises(FidelityError, match=r"makes a text of more than a million bytes\. Leave it out, or shorten it"):
            rows(tmp_path, query, 1)
    with pytest.raises(FidelityError, match="the database refused"):
        rows(tmp_path, f"select 'a' like {needle.format(1_001)} as n")
    assert len(rows(tmp_path, f"select {needle.format(400_000)} as text")[0]["text"]) == 400_000


@pytest.mark.parametrize("address", [
    "postgresql://reader:geheim@127.0.0.1:1/x", "nosuch://reader:geheim@host/x", "mysql+nosuch://reader:geheim@host/x", "postgresql://reader:geheim@host:port/x",
    "oracle://reader:geheim@host/x",
])
def test_no_secret_is_told(address: str, tmp_path: Path) -> None:
    """Whatever is wrong with an address, its words are not repeated."""
    with pytest.raises(FidelityError) as caught:
        rows(tmp_path, "select 1", address=address)
    assert "geheim" not in str(caught.value) and "reader" not in str(caught.value)
    assert caught.value.__cause__ is None


SOURCE = """evidence:
  visits:
    read: %s
    query: "select id, team, held_at as start, minutes from visit"
    delivers: training
    coverage: always
"""


def database(folder: Path) -> bytes:
    """A SQLite file as bytes."""
    folder.mkdir(exist_ok=True)
    return sqlite(folder).read_bytes()


@pytest.mark.parametrize("read", ["sqlite:///visits.db", "{url: 'sqlite:///visits.db'}", "'${env:VISITS}'", "{url: '${file:secret.txt}'}"])
def test_a_database_is_evidence(read: str, evaluated: Callable[..., Result], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By its address, or by a reference to it; rows have their number in the answer as a place."""
    monkeypatch.setenv("VISITS", "sqlite:///visits.db")
    files = {"visits.db": database(tmp_path / "made"), "secret.txt": "sqlite:///visits.db\n"}
    with evaluated(files, SOURCE % read) as result:
        (found,) = result.summary.sources
        assert (found.read, found.accepted, found.quarantined) == (3, 2, 1)
        assert result._db.rows("select place, row, reason from quarantine") == [("visits.db", 3, "unknown_team")]


def test_a_secret_in_an_address_is_quoted(postgres_url: str, evaluated: Callable[..., Result], monkeypatch: pytest.MonkeyPatch) -> None:
    """A password with signs of addresses in it; a wrong one is told without it, here and in the source's finding."""
    with psycopg.connect(postgres_url, autocommit=True) as made:
        made.execute(TABLE.replace("real", "float8"))
    host = postgres_url.partition("?host=")[2]
    monkeypatch.setenv("WHO", "postgres")
    monkeypatch.setenv("PASSWORD", "ge@he/im:")
    name = postgres_url.partition("?")[0].rpartition("/")[2]
    address = f"'postgresql://${{env:WHO}}:${{env:PASSWORD}}@/{name}?host={host}'"
    with evaluated({}, SOURCE % address) as result:
        assert result.summary.sources[0].accepted == 2
    with evaluated({}, SOURCE % address.replace(name, "nowhere")) as result:
        (found,) = result.summary.sources
        assert not found.readable and "OperationalError" in str(found.cause)
        assert "he/im" not in str(result.summary) + str(result.findings) and "he%2Fim" not in str(result.summary)


@pytest.mark.parametrize(("read", "cause"), [
    ("'${env:NOT_THERE}'", "the environment variable NOT_THERE is not set"), ("'${file:../../secret.txt}'", "of a secret cannot be read"),
    ("sqlite:////etc/passwd", "the file of the address cannot be read"), ("'sqlite:///visits.db?mode=rwc'", "the address names no file"),
    ("'sqlite://'", "the address names no file"), ("'${env:PLAIN}'", "the reference holds no address"), ("'sqlite:///log.csv'", "the database refused"),
])
def test_addresses_that_lead_nowhere(read: str, cause: str, evaluated: Callable[..., Result], monkeypatch: pytest.MonkeyPatch) -> None:
    """The source is unreadable for a reason, the run goes on; files of addresses lie under the roots too."""
    monkeypatch.setenv("PLAIN", "geheim")
    with evaluated({}, SOURCE % read) as result:
        (found,) = result.summary.sources
        assert not found.readable and cause in str(found.cause)
        assert "geheim" not in str(found.cause) and "passwd" not in str(found.cause)


def test_a_query_is_required(evaluated: Callable[..., Result]) -> None:
    """What the reader needs is missed when the rule file is read, at its place."""
    with pytest.raises(FidelityError, match=r"rules.yaml:\d+:\d+: .*query"):
        evaluated({}, "evidence: {visits: {read: 'sqlite:///visits.db', delivers: training, coverage: always}}\n")


OFFICE = """
create table school (id text, name text, opens text);
insert into school values ('lincoln', 'Lincoln', '08:15');
create table team (code text, name text, school text, since text);
insert into team values ('g2', 'Grade 2', 'lincoln', null), ('g3', 'Grade 3', 'lincoln', '2025-09-15');
create table day (date text, kind text);
insert into day with recursive d(x) as (select '2025-09-02' union all select date(x, '+1 day') from d where x < '2025-10-31')
  select x, 'instructional' from d where strftime('%w', x) between '1' and '5';
create table term (term text, first text, last text);
insert into term values ('fall', '2025-09-02', '2025-10-31');
"""
ROSTER = """roster:
  schools: {read: "sqlite:///office.db", query: "select id as school, name, opens as day_start, '15:00' as day_end from school"}
  teams: {read: "${env:OFFICE}", query: "select code, name, school, since as \\"from\\", 'grade-level' as kind from team", columns: {team: code}}
"""
CALENDAR = """calendar:
  read: "sqlite:///office.db"
  query: "select date, '' as school, kind from day"
  timeout_seconds: 20
  terms: {read: "sqlite:///office.db", query: "select term, first as \\"from\\", last as until from term"}
"""


def test_roster_and_calendar_may_be_databases(evaluated: Callable[..., Result], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Schools, teams, days and terms by query; what is wrong with a row is told by listing and row, without the address."""
    monkeypatch.setenv("OFFICE", "sqlite:///office.db")
    with closing(sqlite3.connect(tmp_path / "office.db")) as made:
        made.executescript(OFFICE)
    with evaluated({}, roster=ROSTER, calendar=CALENDAR) as result:
        first = {subject: min(str(row["window_start"]) for row in result.verdicts.rows() if row["subject"] == subject) for subject in ("g2", "g3")}
        assert first == {"g2": "2025-09-02", "g3": "2025-09-15"}
        assert result._db.rows("select day_start, day_end from roster_school") == [(495, 900)]
        assert result._db.rows("select term, from_date::varchar from term") == [("fall", "2025-09-02")]
    with closing(sqlite3.connect(tmp_path / "office.db")) as made:
        made.executescript("insert into team values (null, 'x', 'nowhere', '1 May')")
    with pytest.raises(FidelityError) as caught:
        evaluated({}, roster=ROSTER, calendar=CALENDAR)
    told = str(caught.value)
    assert "teams:row 3: no team" in told and "from '1 May' cannot be read" in told and "office.db" not in told


def test_a_roster_of_postgres(postgres_url: str, evaluated: Callable[..., Result], monkeypatch: pytest.MonkeyPatch) -> None:
    """Dates, numbers and lists of a real PostgreSQL are what the same cells of a file are."""
    with psycopg.connect(postgres_url, autocommit=True) as made:
        made.execute("create table team_row (team text, name text, school text, grades text[], students int, since date)")
        made.execute("insert into team_row values ('g2', 'Grade 2', 'lincoln', '{2,K}', 21, '2025-09-15')")
    monkeypatch.setenv("OFFICE", postgres_url)
    query = "select team, name, school, 'grade-level' as kind, grades, students, since as \\\"from\\\" from team_row"
    roster = f"roster: {{schools: schools.csv, teams: {{read: \"${{env:OFFICE}}\", query: \"{query}\"}}}}\n"
    with evaluated({}, roster=roster) as result:
        assert result._db.rows("select team, grades, students, from_date::varchar from roster_team") == [("g2", ["02", "KG"], 21, "2025-09-15")]


@pytest.mark.parametrize(("teams", "told"), [
    ("{read: 'sqlite:///office.db'}", r"rules.yaml:6:\d+: `query` is missing"), ("{read: teams.csv, query: select 1}", "`query` goes with an address"),
    ("{read: teams.csv, timeout_seconds: 5}", "`timeout_seconds` goes with an address"),
    ("{read: 'sqlite:////etc/passwd', query: select 1}", "teams: the file of the address cannot be read"),
    ("{read: 'postgresql://u:geheim@h/d', query: select 1}", "a password stands in the file"),
    ("{read: 'sqlite:///log.csv', query: select x from y}", "teams: the database refused"),
])
def test_rosters_that_cannot_be_asked(teams: str, told: str, evaluated: Callable[..., Result]) -> None:
    """What does not go together is a mistake of the file; a database that cannot be read ends the run."""
    with pytest.raises(FidelityError, match=told) as caught:
        evaluated({}, roster=f"roster: {{schools: schools.csv, teams: {teams}}}\n")
    assert "geheim" not in str(caught.value) and "passwd" not in str(caught.value)


def test_schema_knows_the_keys_of_readers() -> None:
    """An editor completes `query`, `zones` and `serial_dates`, and an address written as a map."""
    host = Host.load(plugins())
    entry = json_schema(host.measures, host.readers)["properties"]["evidence"]["additionalProperties"]
    assert {"query", "timeout_seconds", "zones", "serial_dates"} <= set(entry["properties"])
    assert entry["properties"]["read"]["anyOf"][1]["required"] == ["url"]


@pytest.mark.parametrize("query", [
    "select 1", "SELECT 1;", "(select 1)", "with x as (select ';') select * from x -- ; end", "select 'it''s; so'", "values (1)",
])
def test_one_reading(query: str) -> None:
    """A semicolon in a text or comment is none."""
    assert one_reading(query, "v").rstrip() == query.rstrip(";")
