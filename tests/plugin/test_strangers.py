"""Readers and output formats of plugins: whatever they do, it is told of them, and costs their source alone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fidelity_engine.cli import exit_code
from fidelity_engine.engine import Engine
from fidelity_engine.errors import FidelityError
from fidelity_engine.plugin.host import Host
from fidelity_engine.result import Result

Write = Callable[[str, str], Path]

RULES = """
fidelity: 1
timezone: America/Detroit
year: 2025-26
period: {from: 2025-09-01, until: 2025-09-14}
as_of: 2025-09-14
plugins: [./plugins]
roster: {schools: schools.csv, teams: teams.csv}
calendar: {weekdays: [mon, tue, wed, thu, fri]}
evidence:
  doors: {read: log.badge, delivers: meeting, optional: true, coverage: always}
  forms: {read: visits.csv, delivers: visit, coverage: always}
rules:
  - {id: meets, title: Teams meet, expect: {of: team, each: week}, measure: {kind: count, event: meeting}, judge: {at_least: 1}}
  - {id: visited, title: Teams are visited, expect: {of: team, each: week}, measure: {kind: count, event: visit}, judge: {at_least: 1}}
"""
PLUGIN = """
from fidelity_engine import FidelityError
from fidelity_engine.plugin import Placed, Reader, Rejected, Report, Rows, Scan, hookimpl
__version__ = "2.1"
START = {{"start": "2025-09-02T10:00", "team": "g3"}}
def gives(data, **more):
    return Rows(["start", "team"], data, **more)
def then(*rows):
    yield from rows
    raise LookupError("a secret")
def read(request):
    {body}
@hookimpl
def fidelity_readers():
    return [Reader("badge", (".badge",), read)]
def render(result, page):
    {page}
@hookimpl
def fidelity_reports():
    return [Report("mine", render)]
"""


@pytest.fixture
def district(write: Write, root: Path) -> Callable[..., Path]:
    """A district, one source of which a plugin reads; the rule file."""

    def made(body: str = "return gives([START])", page: str = "return ['ok']") -> Path:
        write("schools.csv", "school,name,school_level,grades\ns,School,elementary,03\n")
        write("teams.csv", "team,name,school,kind,grades\ng3,Grade 3,s,grade-level,03\n")
        write("log.badge", "anything\n")
        write("visits.csv", "start,team\n2025-09-02T10:00,g3\n")
        write("plugins/badge.py", PLUGIN.format(body=body, page=page))
        return write("rules.yaml", RULES)

    return made


def verdicts(result: Result, rule: str) -> list[str]:
    """The verdicts of a rule, week by week."""
    return [row["verdict"] for row in result.verdicts.rows() if row["rule"] == rule]


WRONG = {
    "raise LookupError('a secret')": "raised LookupError",
    "raise SystemExit(0)": "raised SystemExit",
    "raise GeneratorExit": "raised GeneratorExit",
    "return None": "returned nothing, where Rows were expected,",
    "return [START]": "returned a list, where Rows were expected,",
    "return Rows('start', [])": "gave columns that are no list of names",
    "return gives([START], status='hold')": "gave a status that is none of held, planned, cancelled",
    "return gives([START], rejected=['x'])": "gave something else than Rejected as a rejected row",
    "return gives('START')": "gave a text as rows",
    "return gives(7)": "gave a number as rows",
    "return gives([START, ['2025-09-02']])": "gave a list as a row, where a mapping was expected,",
    "return gives([Placed(['2025-09-02'])])": "gave a list as a row, where a mapping was expected,",
    "return gives([START | {'@file': 10**9}])": "gave a row whose `@file` is no index of its files",
    "return gives(then(START))": "raised LookupError",
    "return gives(Scan('read_text', request.paths))": "gave a scan that is none of read_csv, read_json, read_parquet",
    "return gives(Scan('read_csv', request.paths, {'no_such': 1}), repair=lambda: gives(then()))": "raised LookupError",
}


@pytest.mark.parametrize(("body", "cause"), WRONG.items(), ids=WRONG)
def test_a_reader_that_breaks_costs_its_source(district: Callable[..., Path], body: str, cause: str) -> None:
    """It is named with its version and no foreign word, its rules have no data, the others go on, and the run is incomplete."""
    with Engine.from_file(district(body)).evaluate() as result:
        assert verdicts(result, "meets") == ["no_data", "no_data"] and verdicts(result, "visited") == ["met", "missed"]
        (told,) = [finding.message for finding in result.findings if finding.about == "engine"]
        assert told.startswith(f"badge 2.1 {cause} in its reader `badge`. Mend it there")
        assert told in result.summary.unfinished and "secret" not in told and result.exit_code == 3


def test_a_mistake_of_the_file_is_the_readers_own_sentence(district: Callable[..., Path]) -> None:
    """A FidelityError is about the source and not about the plugin."""
    with Engine.from_file(district("raise FidelityError('is of last year', 'log.badge', 'Export it again.')")).evaluate() as result:
        (source,) = [one for one in result.summary.sources if one.source == "doors"]
        assert source.cause == "log.badge: is of last year. Export it again."
        assert not [finding for finding in result.findings if finding.about == "engine"]


def test_an_engine_reads_again_what_broke_once(district: Callable[..., Path], root: Path) -> None:
    """What a reader stumbled over is forgotten with the evaluation: the next one reads the file as it is by then."""
    engine = Engine.from_file(district("return gives(then() if 'bad' in request.paths[0].read_text() else [START])"))
    (root / "log.badge").write_text("bad")
    with engine.evaluate() as result:
        assert result.exit_code == 3
    (root / "log.badge").write_text("good")
    with engine.evaluate() as result:
        assert result.exit_code == 0 and verdicts(result, "meets") == ["met", "missed"]


def test_half_a_roster_ends_the_run(district: Callable[..., Path], write: Write) -> None:
    """A listing that a plugin's reader cannot read is a mistake like any other: nobody is judged."""
    path = district("raise LookupError")
    path.write_text(RULES.replace("teams: teams.csv", "teams: {read: log.badge, reader: badge}"))
    with pytest.raises(FidelityError, match=r"badge 2\.1 raised LookupError in its reader `badge`") as caught:
        Engine.from_file(path).evaluate()
    assert not hasattr(caught.value, "exit_code")


@pytest.mark.parametrize(
    ("page", "cause"),
    {
        "raise LookupError('a secret')": "raised LookupError",
        "raise SystemExit(0)": "raised SystemExit",
        "return None": "returned nothing, where pieces of text were expected,",
        "return [b'x']": "gave bytes as a piece of text",
        "return then('half')": "raised LookupError",
    }.items(),
)
@pytest.mark.parametrize("to", [[], ["--output", "page.txt"]], ids=["stdout", "file"])
def test_a_format_that_breaks(
    district: Callable[..., Path], page: str, cause: str, to: list[str], capsys: Any, monkeypatch: pytest.MonkeyPatch, root: Path
) -> None:
    """One sentence names the plugin, the exit code says that something was incomplete, and no half file is left."""
    monkeypatch.chdir(root)
    path = district(page=page)
    assert exit_code(["run", str(path), "--no-store", "--format", "mine", *to]) == 3
    assert capsys.readouterr().err == f"--format: badge 2.1 {cause} in its format `mine`. Mend it there, or take another format.\n"
    assert not (root / "page.txt").exists()


def test_two_readers_of_one_ending_are_refused(district: Callable[..., Path]) -> None:
    """Which of them reads a file must not hang on the order of their names."""
    path = district()
    plugin = path.parent / "plugins" / "badge.py"
    plugin.write_text(plugin.read_text().replace('(".badge",)', '(".badge", ".CSV")'))
    with pytest.raises(FidelityError, match=r"two readers claim `\.csv`: `csv` of readers \(built in\) and `badge` of badge 2\.1"):
        Engine.from_file(path)


def test_the_house_is_not_watched() -> None:
    """What ships in the box is called as it is: its bugs show their trace."""
    from fidelity_engine.builtin import readers

    host = Host.load([readers])
    assert host.readers["csv"] in readers.fidelity_readers()


def test_a_format_of_a_plugin_that_is_not_loaded(district: Callable[..., Path], capsys: Any) -> None:
    """Who asks for it hears which plugins are not there, and where it stands why."""
    path = district()
    plugin = path.parent / "plugins" / "badge.py"
    plugin.write_text(plugin.read_text().replace("return [Report", "raise LookupError; [Report"))
    assert exit_code(["run", str(path), "--no-store", "--format", "mine"]) == 2
    assert "It may be one of badge 2.1, which is not loaded: `fidelity plugins` says why." in capsys.readouterr().err


def test_a_hook_that_breaks_is_told_once(district: Callable[..., Path]) -> None:
    """One trouble is one line, whether it is seen before the evaluation or after it."""
    path = district()
    plugin = path.parent / "plugins" / "badge.py"
    plugin.write_text(plugin.read_text() + "@hookimpl\ndef fidelity_run_started(run):\n    raise LookupError\n")
    with Engine.from_file(path).evaluate() as result:
        (told,) = result.summary.unfinished
        assert "fidelity_run_started raised LookupError" in told


MEASURE = """
import sys
from fidelity_engine.plugin import hookimpl
from fidelity_engine.plugin.spec import EventParameters, MeasureKind
__version__ = "2.1"
def cells(ask):
    {table}
def words(said):
    {sentence}
def rules(parameters):
    {reads}
@hookimpl
def fidelity_measures():
    return [MeasureKind("odd", EventParameters, "x", "Odd.", table=cells, sentence=words, reads_rules=rules)]
"""


@pytest.fixture
def measured(district: Callable[..., Path], write: Write) -> Callable[..., Path]:
    """The same district, with a measure of the plugin's in place of one of the house; the rule file."""

    def made(table: str = "raise SystemExit(0)", sentence: str = "return 'It is odd'", reads: str = "return ()") -> Path:
        district()
        write("plugins/odd.py", MEASURE.format(table=table, sentence=sentence, reads=reads))
        return write("rules.yaml", RULES.replace("{kind: count, event: meeting}", "{kind: odd, event: meeting}"))

    return made


@pytest.mark.parametrize(("raised", "kind"), [("SystemExit(0)", "SystemExit"), ("GeneratorExit", "GeneratorExit"), ("KeyError('a secret')", "KeyError")])
def test_a_table_measure_that_ends_the_program_is_a_broken_plugin(measured: Callable[..., Path], raised: str, kind: str) -> None:
    """Its cells are errors, the other rule is judged, and the run does not look complete."""
    with Engine.from_file(measured(f"raise {raised}")).evaluate() as result:
        assert [row["reason"] for row in result.verdicts.rows() if row["rule"] == "meets"] == [f"plugin: odd 2.1 raised {kind}"] * 2
        assert verdicts(result, "visited") == ["met", "missed"]
        assert result.summary.unfinished


@pytest.mark.parametrize(("broken", "told"), [
    ({"sentence": "raise KeyError('a secret')"}, "odd 2.1 raised KeyError in its measure `odd`"),
    ({"sentence": "return 5"}, "odd 2.1 returned a number as its sentence in its measure `odd`"),
    ({"reads": "sys.exit(0)"}, "odd 2.1 raised SystemExit in its measure `odd`"),
    ({"reads": "return None"}, "odd 2.1 returned nothing as the rules that it reads in its measure `odd`"),
])
def test_a_measure_that_cannot_say_what_it_is(
    measured: Callable[..., Path], broken: dict[str, str], told: str, capsys: pytest.CaptureFixture[str],
) -> None:
    """The rule book says which plugin it is, in a line with a mend."""
    assert exit_code(["describe", str(measured(**broken))]) == 3
    assert capsys.readouterr().err == f"{told}. Mend it there; `fidelity plugins` says where it lies.\n"
