"""`fidelity new rule`: one more rule in a rule file, and its tests in the file beside it."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from datetime import date, timedelta
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from fidelity_engine.engine import Engine
from fidelity_engine.errors import FidelityError
from fidelity_engine.model.rule import RuleSet
from fidelity_engine.rulefile import Document, document_of
from fidelity_engine.scaffold.files import filled
from fidelity_engine.testing.suite import ENDING

SUBJECTS = {"team": ("a", "b", "team: a"), "school": ("one", "other", "school: one")}
"""Kind of subject: who did it, who did not, and how the event is linked."""


@dataclass(frozen=True)
class Asked:
    """What is wanted: the rule's id, of whom, how often, and the event type that it counts ("": the first one)."""

    id: str
    of: str = "team"
    each: str = "week"
    event: str = ""


def with_rule(rules: Path, asked: Asked) -> dict[Path, str]:
    """The new texts of a rule file and its tests. Raises where the rule file has mistakes, before or after."""
    engine = Engine.from_file(rules)
    if any(rule.id == asked.id for rule in engine.ruleset.rules):
        raise FidelityError(f"there is a rule `{asked.id}` already", str(rules), "Ids stay for ever: take another one.")
    words = _words(engine.ruleset, asked)
    written = _inserted(engine.document, filled("rule.yaml", **words), "rules")
    Engine.from_text(written, rules.parent, str(rules))              # what is written has no mistakes, or is not written
    tests = rules.with_name(rules.stem + ENDING)
    return {rules: written, tests: _with_tests(tests, rules, filled("rule.test.yaml", **words))}


def _words(ruleset: RuleSet, asked: Asked) -> dict[str, str]:
    types = [kind for spec in ruleset.evidence.values() for kind in spec.delivers]
    event = asked.event or next(iter(types), "")
    if event not in types:
        near = get_close_matches(event, types, 1)
        mend = f"Did you mean `{near[0]}`?" if near else f"Types are {', '.join(types) or 'none yet: add a source'}."
        raise FidelityError(f"no source delivers `{event}`", "--event", mend)
    met, missed, link = SUBJECTS[asked.of]
    sources = ", ".join(name for name, spec in ruleset.evidence.items() if event in spec.delivers)
    day = _tuesday(ruleset.period.start).isoformat()
    return {
        "id": asked.id, "title": f"Each {asked.of} has a {event.replace('_', ' ')} every {asked.each}", "practice": asked.id.partition(".")[0],
        "of": asked.of, "each": asked.each, "event": event, "met": met, "missed": missed, "link": link, "sources": sources, "tuesday": day,
    }  # fmt: skip


def _tuesday(start: date) -> date:
    """A Tuesday in the second week of the period."""
    return start + timedelta(7 + (1 - start.weekday()) % 7)


def _with_tests(tests: Path, rules: Path, text: str) -> str:
    if not tests.exists():
        head = f"# What the rules of {rules.name} must say. Run them with: fidelity test {tests.name}\n\nrules: {rules.name}\ntests:\n"
        return head + textwrap.indent(text, "  ")
    return _inserted(document_of(tests.read_text("utf-8"), str(tests), tests.parent), text, "tests")


def _inserted(document: Document, text: str, key: str) -> str:
    """The document with a list entry behind the last one of a top-level key; comments and spaces stay as they are."""
    node: Any = document.node.child(key)
    if node is None or not node.parts:
        if node is not None and document.text[: node.start.index].rstrip(" ").endswith("\n") is False and node.data == []:
            raise document.mistake((key,), f"`{key}: []` cannot be added to", f"Write `{key}:` and the first entry below it.")
        return f"{document.text.rstrip()}\n\n{key}:\n{textwrap.indent(text, '  ')}"
    lines = document.text.splitlines(keepends=True)
    last = node.parts[-1]
    if node.start.line == node.parts[0].start.line and lines[node.start.line][node.start.column] == "[":
        raise document.mistake((key,), f"`{key}` is written on one line", "Begin each entry with `- ` on a line of its own.")
    column = lines[node.parts[0].start.line].index("-")
    end = _after(lines, last, column)
    before = "".join(lines[:end])
    return f"{before}{'' if before.endswith(chr(10)) else chr(10)}\n{textwrap.indent(text, ' ' * column)}{''.join(lines[end:])}"


def _after(lines: list[str], last: Any, column: int) -> int:
    """The first line behind the last entry: what follows stands no further in than the list, and is no comment of it."""
    number = int(last.start.line) + 1
    end = number
    while number < len(lines):
        text = lines[number]
        if text.strip():
            if len(text) - len(text.lstrip()) <= column:
                break
            end = number + 1
        number += 1
    return end


__all__ = ["Asked", "with_rule"]
