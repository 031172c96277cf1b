"""The files of `cycles/`: read with a place for every complaint, and written so that comments stay.

The rule files of a folder share its `cycles/`. A cycle belongs to the rule file whose rules it measures; one that measures
none of any of them is read with each, so that somebody complains.
"""

from __future__ import annotations

import io
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from fidelity_engine.errors import FidelityError, Mistakes
from fidelity_engine.model.cycle import Cycle
from fidelity_engine.rulefile.document import Document, read_document
from fidelity_engine.rulefile.problems import Problems, did_you_mean
from fidelity_engine.rulefile.told import read

FOLDER = "cycles"


@dataclass(frozen=True)
class CycleFile:
    """One cycle with the file it stands in, and what is wrong with it."""

    path: Path
    cycle: Cycle | None
    mistakes: tuple[FidelityError, ...]
    document: Document | None = field(default=None, repr=False)


def cycle_files(document: Document) -> list[CycleFile]:
    """The cycles that belong to a rule file, by name of the file."""
    others = _rules_beside(document)
    return cycles_in(document.folder, _rules_of(document), set().union(*others.values()))


def cycles_in(root: Path, rules: Collection[str], others: Collection[str] = ()) -> list[CycleFile]:
    """The cycles of a folder that measure one of these rules, or none of `others`."""
    paths = sorted((root / FOLDER).glob("*.yaml"))
    read_ones = [_read(path) for path in paths]
    ids = [path.stem for path in paths]
    found = []
    for path, (problems, cycle) in zip(paths, read_ones, strict=True):
        if isinstance(problems, FidelityError):
            found.append(CycleFile(path, None, (problems,)))
            continue
        named = _measured(problems.document)
        if named & set(others) and not named & set(rules):
            continue
        if cycle is not None:
            lint(cycle, problems, rules, ids, others)
            if cycle.id != path.stem:
                problems.add(("id",), f"the id `{cycle.id}` is not the name of the file", f"Call one as the other: {cycle.id}.yaml.")
        found.append(CycleFile(path, cycle, tuple(problems.errors), problems.document))
    return found


def _rules_beside(document: Document) -> dict[str, set[str]]:
    """Name of each other rule file of the folder → the ids of its rules. One that cannot be read has none to tell."""
    found = {}
    for path in sorted(document.folder.glob("*.yaml")):
        if path.name != Path(document.label).name and not path.name.endswith(".test.yaml"):
            with suppress(FidelityError):
                found[path.name] = _rules_of(read_document(path))
    return found


def _rules_of(document: Document) -> set[str]:
    """The ids of its rules, before anybody asks whether they are right."""
    return _texts(document.data.get("rules"), "id")


def _measured(document: Document) -> set[str]:
    """The ids of the rules that a cycle measures, likewise."""
    return _texts(document.data.get("measures"), "rule")


def _texts(entries: Any, key: str) -> set[str]:
    listed = entries if isinstance(entries, list) else [entries]
    return {str(entry[key]) for entry in listed if isinstance(entry, dict) and isinstance(entry.get(key), str)}


def checked(files: Collection[CycleFile]) -> list[Cycle]:
    """The cycles, or all the mistakes of all files at once."""
    mistakes = [mistake for file in files for mistake in file.mistakes]
    if mistakes:
        raise Mistakes(mistakes)
    return [file.cycle for file in files if file.cycle is not None]


def cycle_of(files: Collection[CycleFile], id: str) -> CycleFile:
    """One of them by its id."""
    for file in files:
        if (file.cycle.id if file.cycle else file.path.stem) == id:
            return file
    known = [file.path.stem for file in files]
    mend = did_you_mean(id, known, f"There are {', '.join(known)}." if known else "`fidelity cycle new` writes the first one.")
    raise FidelityError(f"there is no cycle `{id}`", FOLDER, mend)


def _read(path: Path) -> tuple[Any, Cycle | None]:
    """The problems of a file so far and its cycle; or the error because of which it cannot be read."""
    try:
        document: Document = read_document(path)
    except FidelityError as error:
        return error, None
    problems = Problems(document)
    said = {key: value for key, value in document.data.items() if value is not None}
    return problems, read(Cycle, said, (), problems)


def lint(cycle: Cycle, problems: Problems, rules: Collection[str], cycles: Collection[str], others: Collection[str] = ()) -> None:
    """What a cycle needs so that it can be studied; each complaint at its key, or at its parent where that is missing.

    `others`: the rules of other rule files, which the same study cannot read.
    """
    said = problems.document.has                  # what stands there and has a mistake was told already
    if cycle.aim.reach is None and not said(("aim", "reach")):
        problems.add(("aim",), "the aim has no number", "Say how much: reach: 0.8.", said(("aim",)))
    if cycle.aim.by is None and not said(("aim", "by")):
        problems.add(("aim",), "the aim has no date", "Say by when: by: 2026-02-13.", said(("aim",)))
    if cycle.prediction is None:
        problems.add(("prediction",), "there is no prediction", "Say before you do it what you expect to see.")
    if not any(one.role == "outcome" for one in cycle.measures) and (cycle.measures or not problems.document.data.get("measures")):
        problems.add(("measures",), "no outcome measure is linked", "Add one: - {rule: tcr.collaboration-time, role: outcome}.")
    for index, one in enumerate(cycle.measures):
        if one.rule in others and one.rule not in rules:
            mend = "A study reads one rule file: give it a cycle of its own there."
            problems.add(("measures", index, "rule"), f"the rule `{one.rule}` stands in another rule file", mend)
        elif one.rule not in rules:
            problems.add(("measures", index, "rule"), f"there is no rule `{one.rule}`", did_you_mean(one.rule, rules, "`fidelity describe` lists the rules."))
    if cycle.end is not None and cycle.end < cycle.start:
        problems.add(("end",), f"it ends before it starts on {cycle.start}", "Put the later date last.")
    if cycle.stage == "act" and cycle.decision is None:
        problems.add(("decision",), "there is no decision", "Write adopt, adapt or abandon; `fidelity cycle study` proposes one.")
    if cycle.decision == "adapt" and cycle.next is None:
        problems.add(("next",), "`adapt` without a next cycle", "Name the cycle that tries the adapted change: next: ID.")
    if cycle.next == cycle.id:
        problems.add(("next",), "a cycle cannot be its own next one", "Name the cycle that tries the adapted change: next: ID.")
    elif cycle.next is not None and cycle.next not in cycles:
        mend = did_you_mean(cycle.next, {*cycles} - {cycle.id}, f"`fidelity cycle new RULES {cycle.next}` writes it.")
        problems.add(("next",), f"there is no cycle `{cycle.next}`", mend)


def with_values(text: str, values: Mapping[str, Any]) -> str:
    """The text of a file with these top-level values in place of what stood there; comments and order stay."""
    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = 4096                    # lines stay as long as they were written
    yaml.indent(mapping=2, sequence=4, offset=2)
    data = yaml.load(text)
    for key, value in values.items():
        if value is not None:
            data[key] = value
    out = io.StringIO()
    yaml.dump(data, out)
    return out.getvalue()
