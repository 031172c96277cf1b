"""Everything that the code offers has its place in the documentation, and the generated pages are current."""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import click
import pytest

from fidelity_engine.builtin import plugins
from fidelity_engine.cli import commands
from fidelity_engine.errors import ExitCode
from fidelity_engine.model.finding import Finding
from fidelity_engine.plugin.host import Host
from fidelity_engine.plugin.spec import Hooks
from fidelity_engine.rulefile.schema import json_schema
from fidelity_engine.stages.emit.rows import PUBLIC
from fidelity_engine.views.explain import verdict

from .pages import PAGES, ROOT, anchors, prose

DOCS = ROOT / "docs"
REFERENCE = prose(DOCS / "reference.md")
LONGEST = 200
HOST = Host.load(plugins())


def script(name: str) -> ModuleType:
    """A script of docs/, which finds the scripts beside it."""
    sys.path.insert(0, str(DOCS))
    try:
        return importlib.import_module(name)
    finally:
        sys.path.remove(str(DOCS))


def rows_and_headings(text: str) -> set[str]:
    """What stands in code letters in a heading or in the first cell of a row."""
    found = re.findall(r"^#+ `([^`]+)`|^\| `([^`]+)`", text, re.MULTILINE)
    return {re.split(r"[ (,]", (heading or row).removeprefix("fidelity "))[0] for heading, row in found}


def leaves(command: click.Command, path: tuple[str, ...] = ()) -> Iterator[tuple[str, click.Command]]:
    """Every command that one can call."""
    if not isinstance(command, click.Group):
        yield " ".join(path), command
        return
    for name in command.list_commands(click.Context(command)):
        found = command.get_command(click.Context(command), name)
        assert found is not None
        yield from leaves(found, (*path, name))


def offered() -> Iterator[Any]:
    """Each thing with the word for it."""
    yield from (pytest.param(name, id=f"hook {name}") for name in vars(Hooks) if name.startswith("fidelity_"))
    yield from (pytest.param(name, id=f"kind {name}") for name in HOST.measures)
    yield from (pytest.param(name, id=f"reader {name}") for name in HOST.readers)
    yield from (pytest.param(name, id=f"notifier {name}") for name in HOST.notifiers)
    yield from (pytest.param(name, id=f"format {name}") for name in HOST.reports)
    yield from (pytest.param(str(code.value), id=f"exit code {code.name}") for code in ExitCode)
    yield from (pytest.param(name, id=f"column {name}") for name in PUBLIC)
    yield from (pytest.param(name, id=f"field {name}") for name in Finding.__dataclass_fields__)


@pytest.mark.parametrize("name", list(offered()))
def test_it_has_a_heading_or_a_row(name: str) -> None:
    """Hooks, kinds, readers, formats, exit codes and output columns stand in the reference."""
    assert name in rows_and_headings(REFERENCE)


@pytest.mark.parametrize(("path", "command"), [pytest.param(p, c, id=p) for p, c in leaves(commands)])
def test_a_command_has_a_heading_and_its_options_rows(path: str, command: click.Command) -> None:
    """Each command stands in the reference, with a sentence for each of its options."""
    _, heading, rest = REFERENCE.partition(f"### `fidelity {path}`\n")
    assert heading, f"no heading for {path}"
    section = rest.partition("\n#")[0]
    for option in (one for one in command.params if isinstance(one, click.Option)):
        row = re.search(rf"^\| `[^|]*{re.escape(option.opts[0])}(?:\\\||[^|])*\| (.+) \|$", section, re.MULTILINE)
        assert row, f"{path} {option.opts[0]} has no row, or no help"


def test_every_key_of_the_rule_file_has_a_row() -> None:
    """Each key that the JSON Schema knows stands in the reference."""
    known = rows_and_headings(REFERENCE) | set(re.findall(r"[`{](\w+): ?", REFERENCE))
    assert set(_keys(json_schema(HOST.measures, HOST.readers, HOST.notifiers))) - known <= {"kind", "all", "any", "none", "value"}


def _keys(schema: Any) -> Iterator[str]:
    if isinstance(schema, list):
        for part in schema:
            yield from _keys(part)
    elif isinstance(schema, dict):
        inner = schema.get("properties")
        if isinstance(inner, dict):
            yield from inner
        for part in schema.values():
            yield from _keys(part)


@pytest.mark.parametrize("kind", HOST.measures)
def test_a_kind_has_a_question_that_it_answers(kind: str) -> None:
    """The page for improvement leads says what each kind is for."""
    rows = [line for line in prose(DOCS / "write-a-rule.md").splitlines() if line.startswith("|")]
    assert any(f"`{kind}`" in row for row in rows)


def told() -> Iterator[Any]:
    """Command lines that the pages name in passing."""
    for page in (*DOCS.glob("*.md"), ROOT / "README.md", ROOT / "CONTRIBUTING.md"):
        for line in re.findall(r"`fidelity ([a-z][^`]*)`", prose(page).replace("\n", " ")):
            yield pytest.param(line.split(), id=f"{page.name} {line}")


@pytest.mark.parametrize("line", list(told()))
def test_a_command_in_passing_exists(line: list[str]) -> None:
    """The words behind `fidelity` are a command, and what begins with -- is one of its options."""
    found = dict(leaves(commands))
    command = found.get(line[0]) or found.get(" ".join(line[:2]))
    assert command, line
    options = {option for one in command.params for option in one.opts}
    assert {word for word in line if word.startswith("--")} <= options | {"--help"}


@pytest.mark.parametrize("code", list(ExitCode))
def test_the_quickstart_tells_the_exit_codes(code: ExitCode) -> None:
    """Each exit code has a row in the quickstart."""
    assert re.search(rf"^\| {code.value} \| \w", prose(DOCS / "quickstart.md"), re.MULTILINE)


def test_the_reference_is_what_the_script_writes() -> None:
    """`python docs/make_reference.py` was run after the last change of the code."""
    assert (DOCS / "reference.md").read_text("utf-8") == script("make_reference").page()


def test_the_lines_that_decide_are_listed() -> None:
    """`explain` says of how many lines which one decided; the reference has as many."""
    assert len(script("make_reference").words.LINES) == verdict.LINES == 9


def test_the_words_of_the_reference_are_those_of_the_code() -> None:
    """No sentence in the reference is about something that is not there any more."""
    words = script("reference_words")
    assert set(words.CELL) == set(PUBLIC)
    assert set(words.FINDING) == set(Finding.__dataclass_fields__)


@pytest.fixture(scope="module")
def report() -> str:
    """What the example district prints, in colour."""
    text: str = script("make_picture").report()
    return text


def test_the_picture_shows_what_is_printed_today(report: str) -> None:
    """Nine of ten lines of the picture stand in the report of today."""
    drawn = (DOCS / "run.svg").read_text("utf-8")
    texts = set(re.findall(r"<text[^>]*>([^<]+)</text>", drawn))
    picture = script("make_picture")
    today = set(re.findall(r"<text[^>]*>([^<]+)</text>", picture.drawn(picture.excerpt(report))))
    assert len(texts) > 20
    assert len(texts & today) >= 0.9 * len(texts), "run `python docs/make_picture.py`"


def test_the_picture_asks_nobody() -> None:
    """The picture names no address from which a font or script would be fetched."""
    drawn = (DOCS / "run.svg").read_text("utf-8")
    assert not re.search(r"url\(['\"]?https?:|@import|<script|href=", drawn)


def links() -> Iterator[Any]:
    """Every link of every page that leads to a place in the repository."""
    for page in PAGES:
        for target in re.findall(r"\]\(([^)\s]+)\)", prose(page)):
            if not re.match(r"[a-z]+:", target):
                yield pytest.param(page, target, id=f"{page.relative_to(ROOT)} {target}")


@pytest.mark.parametrize(("page", "target"), list(links()))
def test_a_link_leads_somewhere(page: Any, target: str) -> None:
    """The file is there, and so is the heading."""
    path, _, anchor = target.partition("#")
    there = (page.parent / path).resolve() if path else page
    assert there.exists()
    if anchor:
        assert anchor in anchors(there)


@pytest.mark.parametrize("page", [pytest.param(page, id=str(page.relative_to(ROOT))) for page in PAGES])
def test_a_page_is_short(page: Any) -> None:
    """A page is read in one go; only the reference is looked up."""
    if page.name != "reference.md":
        assert len(page.read_text("utf-8").splitlines()) <= LONGEST
