"""Every example of the documentation runs."""

from __future__ import annotations

import ast
import re
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from fidelity_engine import Engine, log
from fidelity_engine.cli import exit_code

from .frame import completed
from .pages import ROOT, Example, examples


def named(found: list[Example]) -> list[object]:
    """Examples as parameters that are called by page and line."""
    return [pytest.param(one, id=one.name) for one in found]


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The parts of the repository that examples name, where they may write."""
    folder = tmp_path_factory.mktemp("repository")
    for part in ("rules", "evidence", "plugins", "docs"):
        shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__", ".fidelity", "*.svg"))
    return folder


@pytest.fixture(autouse=True)
def _log_settings() -> Iterator[None]:
    before = log._settings
    yield
    log._settings = before


@pytest.fixture
def district(tmp_path: Path) -> Path:
    """A folder with the files that the pages show, and an empty log."""
    for one in examples("csv", "jsonl", "xml"):
        (tmp_path / str(one.file)).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / str(one.file)).write_text(one.text, "utf-8")
    for path in (ROOT / "docs" / "formats").glob("**/*.*"):
        if path.suffix in (".xlsx", ".ics", ".db"):
            shutil.copy(path, tmp_path / path.name)
    (tmp_path / "log.csv").write_text("type,team,start,topic,requested_by\n", "utf-8")
    plugin = next(one for one in examples("python") if "fidelity_measures" in one.text)
    (tmp_path / "plugins").mkdir()
    (tmp_path / "plugins" / "coaching.py").write_text(plugin.text, "utf-8")
    return tmp_path


def opened(folder: Path, example: Example) -> Engine:
    """The engine of an example's rule file; plugins are those of the page."""
    text = completed(example.text.replace("../plugins", "plugins"))
    path = folder / "rules.yaml"
    path.write_text(text, "utf-8")
    return Engine.from_file(path)


@pytest.mark.parametrize("example", named([one for one in examples("yaml") if one.page.name != "cookbook.md"]))
def test_yaml_is_a_rule_file(example: Example, district: Path) -> None:
    """A snippet of a rule file, completed, is read without a mistake and evaluated to its end."""
    with opened(district, example).evaluate() as result:
        assert not result.summary.unfinished


@pytest.mark.parametrize("example", named([one for one in examples("yaml") if one.text.startswith("evidence:")]))
def test_sources_of_the_page_are_read_whole(example: Example, district: Path) -> None:
    """Each source that a page shows reads the file that the page shows, without a row in quarantine."""
    with opened(district, example).evaluate() as result:
        for source in result.summary.sources:
            counts = (source.quarantined, source.bad_values)
            assert source.accepted > 0, source
            assert counts == (0, 0), source


def test_the_merged_rows_are_those_of_the_text(district: Path) -> None:
    """evidence.md says what becomes of the three rows of its training file."""
    example = next(one for one in examples("yaml") if "one_event_per" in one.text)
    with opened(district, example).evaluate() as result:
        (source,) = result.summary.sources
        assert (source.read, source.accepted, source.merged) == (3, 2, 1)


@pytest.mark.parametrize("example", named(examples("python")))
def test_python_runs(example: Example, copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A Python example compiles, and runs in a copy of the repository."""
    monkeypatch.chdir(copy)
    exec(compile(ast.parse(example.text), example.name, "exec"), {"__name__": "example"})


def test_the_calendar_of_the_page_has_two_days(district: Path) -> None:
    """Of the four dates that evidence.md shows a snow day and a teachers' day are closed."""
    example = next(one for one in examples("yaml") if "days.csv" in one.text)
    with opened(district, example).evaluate() as result:
        assert {(row["subject"], row["days"]) for row in result.verdicts.rows()} == {("g2", 2)}


def test_the_reader_of_the_page_reads(district: Path) -> None:
    """The reader that write-a-plugin.md shows is found by its extension, and its rows become events."""
    plugin = next(one for one in examples("python") if "fidelity_readers" in one.text)
    (district / "plugins" / "badge.py").write_text(plugin.text, "utf-8")
    (district / "door.badge").write_text("2025-09-10T10:02 lincoln 00123\n2025-09-10T10:03 lincoln 00124\n", "utf-8")
    source = "evidence: {doors: {read: door.badge, delivers: visit, coverage: always}}\nplugins: [plugins]\n"
    with opened(district, plugin._replace(text=source)).evaluate() as result:
        assert [(one.read, one.accepted) for one in result.summary.sources] == [(2, 2)]


def test_the_outputs_of_the_page(district: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The format that write-a-plugin.md shows has a line for each open finding, and its notifier a file for each change."""
    plugin = next(one for one in examples("python") if "fidelity_notifiers" in one.text)
    (district / "plugins").mkdir(exist_ok=True)
    (district / "plugins" / "desk.py").write_text(plugin.text, "utf-8")
    (district / "log.csv").write_text("id,type,team,start\n", "utf-8")
    desk = district / "desk"
    text = f"notify: {{desk: {{kind: tickets, folder: {desk}}}}}\nplugins: [plugins]\n"
    (district / "rules.yaml").write_text(completed(text), "utf-8")
    arguments = ["run", str(district / "rules.yaml"), "--format", "minutes"]
    assert exit_code(arguments) == 4 and "cannot be written. Ask whether it is mounted." in capsys.readouterr().err
    desk.mkdir()
    assert exit_code(arguments) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines and {f"* {path.read_text('utf-8')}" for path in desk.iterdir()} == set(lines)


def forms() -> list[object]:
    """The forms of `coverage:` that tables list."""
    pages = {one.page for one in examples("yaml")}
    tables = [table for page in sorted(pages) for table in re.findall(r"^\| `coverage:` \|.*\n((?:\|.*\n)+)", page.read_text("utf-8"), re.MULTILINE)]
    found = [form for table in tables for row in table.splitlines() for form in re.findall(r"`([^`]+)`", row.split("|")[1])]
    assert len(found) > 5
    return [pytest.param(form, id=form) for form in dict.fromkeys(found)]


@pytest.mark.parametrize("form", forms())
def test_a_form_of_coverage_is_one(form: str, district: Path) -> None:
    """What a table lists as a form of coverage is accepted by the rule-file reader."""
    other = "meeting-log: {read: log.csv, delivers: meeting, coverage: always}"
    text = f"evidence:\n  {other}\n  it: {{read: log.csv, delivers: visit, coverage: {form}}}\n"
    (district / "rules.yaml").write_text(completed(text), "utf-8")
    assert "it" in Engine.from_file(district / "rules.yaml").ruleset.evidence


def commands() -> list[object]:
    """The command lines of all shell examples, each once."""
    lines = {line.partition("  #")[0].strip(): one.name for one in examples("sh") for line in one.text.splitlines()}
    return [pytest.param(line, id=f"{name}: {line}") for line, name in lines.items() if line.startswith("fidelity ")]


@pytest.mark.parametrize("line", commands())
def test_command_lines_end_well(line: str, copy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A command line of an example ends with exit code 0."""
    monkeypatch.chdir(copy)
    assert exit_code(shlex.split(line)[1:]) == 0


def test_make_targets_exist() -> None:
    """What an example makes is a target of the Makefile."""
    made = {line.split()[1] for one in examples("sh") for line in one.text.splitlines() if line.startswith("make ")}
    targets = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    assert made and made <= targets
