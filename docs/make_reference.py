"""Writes docs/reference.md from the code: `python docs/make_reference.py`. A test checks that it was run."""

from __future__ import annotations

import ast
import dataclasses
import inspect
import re
from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import click
import reference_words as words
from pydantic import BaseModel
from reference_types import typed

from fidelity_engine.builtin import plugins
from fidelity_engine.cli import commands
from fidelity_engine.errors import ExitCode
from fidelity_engine.model import calendar, measure, rule, source
from fidelity_engine.model.finding import Finding
from fidelity_engine.plugin import spec
from fidelity_engine.plugin.host import Host
from fidelity_engine.rulefile import said
from fidelity_engine.rulefile.blocks import _SKIP_BELOW as SKIP_BELOW
from fidelity_engine.rulefile.filters import FILTERS
from fidelity_engine.stages.emit.rows import PUBLIC
from fidelity_engine.stages.load import reasons
from fidelity_engine.where import CANONICAL, DERIVED, OPERATORS
from fidelity_engine.where.check import FIT

TARGET = Path(__file__).parent / "reference.md"
HEAD = """# Reference

Written from the code by `python docs/make_reference.py`; not edited by hand. `fidelity kinds`, `fidelity schema` and
`fidelity COMMAND --help` tell the same.
"""
SECTIONS: tuple[tuple[str, str, type[BaseModel]], ...] = (
    ("The file", "", said.Head),
    ("period", "`period:`", rule.Period),
    ("roster", "`roster:`; each entry is a path or a map, see [reading a file](#reading-a-file)", source.RosterFiles),
    ("calendar, as files", "`calendar:`", calendar.FileCalendar),
    ("calendar, short form", "`calendar:`", calendar.ShortCalendar),
    ("privacy", "`privacy:`", rule.Privacy),
    ("Reading a file", "What a part of the roster, the calendar, `owners`, `complete`, `waivers` or a source may say", source.ReadSpec),
    ("A listing", "What a part of roster or calendar, or `owners`, `complete`, `waivers` may say besides", source.ListingSpec),
    ("A source", "`evidence: NAME:`, beside what [reading a file](#reading-a-file) has", source.SourceSpec),
    ("A column", "`columns: FIELD:`; a word alone is the column's name", source.ColumnSpec),
    ("coverage", "`coverage:`; one of `silent_after`, `through`, `with`, or the word `always`", source.Coverage),
    ("events", "`events: NAME:`", rule.Selection),
    ("outcomes", "`outcomes: NAME:`", rule.Outcome),
    ("defaults", "`defaults:`, key by key for what rules do not say", said.DefaultsSaid),
    ("A rule", "An entry of `rules:`", said.RuleSaid),
    ("basis", "`basis:`; other keys may follow", rule.Basis),
    ("expect", "`expect:`", rule.Expect),
    ("judge", "`judge:`; exactly one of the first four", said.JudgeSaid),
    ("after", "`after:` of the kind `response`", measure.EventChoice),
    ("answer", "`answer:` of the kind `response`", measure.Answer),
    ("rungs", "An entry of `rungs:` of the kind `ladder`", measure.Rung),
    ("emit", "`emit:`", rule.Emit),
    ("escalate", "`emit: escalate:`, one map or a list", rule.Escalation),
    ("adjust", "An entry of `adjust:`", rule.Proposal),
    ("when", "`adjust: when:`", rule.When),
    ("done_when", "`adjust: done_when:`", rule.DoneWhen),
    ("expect_effect", "`adjust: expect_effect:`", rule.ExpectEffect),
)
HEADED = {model.__name__: heading for heading, _, model in SECTIONS}
DECLARATIONS = (
    spec.MeasureKind, spec.Reader, spec.ReadRequest, spec.Rows, spec.Scan, spec.Placed, spec.Rejected, spec.Report, spec.Notifier,
    spec.Message,
)
BLOCKS = {
    **dict.fromkeys(FILTERS, "[filter](#filters)"), "expect": "[map](#expect)", "measure": "[map](#measure-kinds)",
    "judge": "[map](#judge)", "emit": "[map](#emit)", "adjust": "[list](#adjust)",
    "calendar": "[files](#calendar-as-files) or [short form](#calendar-short-form)",
}
"""What keys hold that are read by a model of their own."""
SPECIAL = {
    "weekdays": "`[mon, tue, wed, thu, fri]`",
    "skip_below": "`1`; " + ", ".join(f"{each} `{days}`" for each, days in SKIP_BELOW.items()),
}
SCALES = {"whole": "in whole numbers", "exact": "exactly", None: "no"}
GROWS = {"raises": "can only raise it", "lowers": "can only lower it", None: "can move it both ways"}


def table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    """A table of Markdown, with an empty line behind."""
    for cells in (head, ("---",) * len(head), *rows):
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"
    yield ""


# --- the chapters -----------------------------------------------------------------------------------------------------


def keys(model: type[BaseModel], without: frozenset[str] = frozenset()) -> Iterator[str]:
    """A table of the keys of a model."""
    schema = model.model_json_schema()
    schemas, known = schema["properties"], schema.get("$defs", {})
    rows = []
    for name, field in model.model_fields.items():
        key = field.alias or name
        if key in without or not field.description or schemas[key].get("not") == {}:
            continue
        kind = BLOCKS[key] if field.annotation is Any and key in BLOCKS else typed(schemas[key], known, HEADED)
        rows.append((f"`{key}`", kind, default(key, field, key in said.REQUIRED and model is said.Head), field.description))
    yield from table(("key", "type", "default", "meaning"), rows)


def default(key: str, field: Any, needed: bool) -> str:
    """What holds where the key is left out."""
    if key in SPECIAL:
        return SPECIAL[key]
    if field.is_required() or needed:
        return "required"
    value = field.get_default(call_default_factory=True)
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, BaseModel):
        return f"`{value.kind}`" if hasattr(value, "kind") else ""
    if value is None or value in ((), {}, ""):
        return ""
    return f"`[{', '.join(map(str, value))}]`" if isinstance(value, tuple) else f"`{value}`"


def measures(host: Host) -> Iterator[str]:
    """Every measure kind that ships."""
    yield from ("## Measure kinds", "", "`measure: {kind: ..., ...}`.", "")
    for kind in host.measures.values():
        unit = "that of the field" if kind.unit == "field" else kind.unit
        yield from (f"### `{kind.name}`", "", inspect.cleandoc(kind.doc), "")
        yield f"Unit: {unit}. Shrinks in short weeks: {SCALES[kind.scales]}. More evidence {GROWS[kind.grows]}."
        yield ""
        yield from keys(kind.parameters)


def rule_file() -> Iterator[str]:
    """Every key of the rule file."""
    yield from ("## Keys of the rule file", "")
    inherited = frozenset(source.ReadSpec.model_fields)
    for heading, note, model in SECTIONS:
        yield from (f"### {heading}", "")
        if note and note != f"`{heading}:`":
            yield from (f"{note}.", "")
        yield from keys(model, inherited if model in (source.SourceSpec, source.ListingSpec) else frozenset())
    yield from ("Sections with names of your own: " + ", ".join(f"`{name}:`" for name in said.NAMED if name not in ("defaults", "rules")) + ".", "")


def filters() -> Iterator[str]:
    """Operators by type, and the fields of events."""
    yield from ("## Filters", "", "`where:` and `having:`. Blocks: `all: [...]`, `any: [...]`, `none: [...]`. Roster columns are text, lists or")
    yield from ("whole numbers; columns of evidence have the type that the source declares.", "")
    types = {op: [kind for kind, fit in FIT.items() if op in fit] for op in OPERATORS}
    yield from table(("operator", "types", "holds when the value"), [(f"`{op}`", ", ".join(types[op]), words.OPERATORS[op]) for op in OPERATORS])
    yield from ("### Fields of every event", "")
    rows = [(f"`{name}`", kind, words.CANONICAL[name]) for name, kind in CANONICAL.items()]
    yield from table(("field", "type", "note"), rows)
    yield from ("### Derived fields of events", "")
    yield from table(("field", "type", "what it is"), [(f"`{name}`", kind, words.DERIVED[name]) for name, kind in DERIVED.items()])


def quarantine() -> Iterator[str]:
    """Why rows are set aside."""
    yield from ("## Quarantine reasons", "")
    sentences: dict[str, list[str]] = {}
    for code, sentence in reasons.REASONS.values():
        sentences.setdefault(code, []).append(sentence)
    yield from table(("reason", "sentences"), [(f"`{code}`", " ".join(sentences[code])) for code in reasons.ORDER])


def told() -> Iterator[str]:
    """Verdicts, reasons and the columns of the output."""
    yield from ("## Verdicts", "")
    yield from table(("verdict", "means"), [(f"`{name}`", meaning) for name, meaning in words.VERDICTS.items()])
    yield from ("### Lines", "", "The first that holds of a cell decides; `fidelity explain` says which it was.", "")
    yield from table(("line", "holds", "verdict"), [(str(n), holds, verdict) for n, (holds, verdict) in enumerate(words.LINES.items(), 1)])
    yield from ("### Reasons", "")
    yield from table(("code", "means"), [(f"`{name}`", meaning) for name, meaning in words.REASONS.items()])
    signals = "A cell of `signal` says there which part of its test signals, with the numbers: `longest_run`, `crossings`, `upper_limit` or `lower_limit`."
    yield from (signals, "")
    yield from ("## Columns of `--verdicts`", "", "Ordered by rule, subject_kind, subject, window_start.", "")
    yield from table(("column", "what"), [(f"`{name}`", words.CELL[name]) for name in PUBLIC])
    yield from ("## Fields of a finding", "", "`--format json` and `jsonl`; attributes of `Finding`.", "")
    yield from table(("field", "what"), [(f"`{one.name}`", words.FINDING[one.name]) for one in dataclasses.fields(Finding)])


def hooks(host: Host) -> Iterator[str]:
    """Every hook and every declaration of a plugin."""
    yield from ("## Hooks", "", f"`from fidelity_engine.plugin import hookimpl`. Version of the plugin API: {spec.API_VERSION}.", "")
    for name, hook in vars(spec.Hooks).items():
        if name.startswith("fidelity_"):
            yield from (f"### `{name}({', '.join(list(inspect.signature(hook).parameters)[1:])})`", "", paragraph(hook), "")
    yield from ("## Declarations", "")
    for declaration in DECLARATIONS:
        fields = ", ".join(_field(one) for one in dataclasses.fields(declaration))
        yield from (f"### `{declaration.__name__}`", "", paragraph(declaration), "", f"Fields: {fields}.", "")
    yield from ("## Readers and formats", "")
    readers = [(f"`{one.name}`", _reads(one), one.doc) for one in host.readers.values()]
    yield from table(("reader", "files", "reads"), readers)
    keys = [(f"`{key}`", f"`{one.name}`", field.description or "") for one in host.readers.values() if one.options
            for key, field in one.options.model_fields.items()]  # fmt: skip
    yield from table(("key of a source", "reader", "what"), keys)
    told = [(f"`{one.name}`", one.doc) for one in host.notifiers.values()]
    yield from table(("notifier", "tells"), told)
    keys = [(f"`{field.alias or key}`", f"`{one.name}`", "required" if field.is_required() else "", field.description or "")
            for one in host.notifiers.values() for key, field in one.parameters.model_fields.items()]  # fmt: skip
    yield from table(("key of `notify:`", "notifier", "", "what"), keys)
    yield from table(("`--format`", "writes"), [(f"`{one.name}`", one.doc) for one in host.reports.values()])


def _reads(reader: spec.Reader) -> str:
    return " ".join(f"`{word}`" for word in (*reader.extensions, *(f"{scheme}://" for scheme in reader.schemes)))


def _field(one: dataclasses.Field[Any]) -> str:
    optional = one.default is not dataclasses.MISSING or one.default_factory is not dataclasses.MISSING
    return f"`{one.name}`" + (" (optional)" if optional else "")


def paragraph(item: Any) -> str:
    """A docstring as Markdown: lines that begin with a name become a list."""
    lines = (inspect.getdoc(item) or "").splitlines()
    return "\n".join(f"- {line}" if re.match(r"`\w+`:", line) and place > 1 else line for place, line in enumerate(lines))


def command_line() -> Iterator[str]:
    """Every command with its options, and the exit codes."""
    yield from ("## Commands", "", "`fidelity --log debug|info|warning|error COMMAND`: which log lines go to stderr (default warning).", "")
    context = click.Context(commands)
    for name in commands.list_commands(context):
        found = commands.get_command(context, name)
        for path, command in leaves(name, found):
            yield from one_command(path, command)
    yield from ("## Exit codes", "", "Where several apply: 2, 3, 4, 5, 1, 0.", "")
    yield from table(("code", "name", "means"), [(f"`{code.value}`", code.name, said_of) for code, said_of in exit_codes()])


def leaves(path: str, command: Any) -> Iterator[tuple[str, click.Command]]:
    """The commands below a group, or the command itself."""
    if not isinstance(command, click.Group):
        yield path, command
        return
    for name in command.list_commands(click.Context(command)):
        yield from leaves(f"{path} {name}", command.get_command(click.Context(command), name))


def one_command(path: str, command: click.Command) -> Iterator[str]:
    """A command's heading, sentence and options."""
    arguments = " ".join(one.make_metavar(click.Context(command)) for one in command.params if isinstance(one, click.Argument))
    yield from (f"### `fidelity {path}`", "", f"`fidelity {path} {arguments}`".replace(" `", "`"), "", inspect.cleandoc(command.help or ""), "")
    options = [one for one in command.params if isinstance(one, click.Option)]
    if options:
        yield from table(("option", "does"), [(_option(one, command), one.help or "") for one in options])


def _option(one: click.Option, command: click.Command) -> str:
    value = "" if one.is_flag else f" {one.make_metavar(click.Context(command))}"
    return f"`{', '.join(one.opts)}{value}`"


def exit_codes() -> Iterator[tuple[ExitCode, str]]:
    """Each code with the sentence that stands below it in the code."""
    body = ast.parse(inspect.getsource(ExitCode)).body[0].body  # type: ignore[attr-defined]
    sentences: dict[str, str] = {}
    for before, after in pairwise(body):
        if isinstance(before, ast.Assign) and isinstance(after, ast.Expr):
            sentences[before.targets[0].id] = ast.literal_eval(after.value)  # type: ignore[attr-defined]
    for code in ExitCode:
        yield code, sentences.get(code.name, "Everything was evaluated.")


def page() -> str:
    """The whole page."""
    host = Host.load(plugins())
    chapters = (measures(host), rule_file(), filters(), quarantine(), told(), hooks(host), command_line())
    return "\n".join([HEAD, *(line for chapter in chapters for line in chapter)]).rstrip() + "\n"


if __name__ == "__main__":
    TARGET.write_text(page(), encoding="utf-8")
