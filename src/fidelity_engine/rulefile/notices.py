"""`notify:`: who is told of what changed, and how."""

from __future__ import annotations

from typing import Any

from fidelity_engine.model.rule import Notice
from fidelity_engine.rulefile.evidence import entries
from fidelity_engine.rulefile.kinds import Notifiers
from fidelity_engine.rulefile.problems import Problems, did_you_mean
from fidelity_engine.rulefile.told import read


def notices(data: dict[str, Any], notifiers: Notifiers | None, unsure: bool, problems: Problems) -> dict[str, Notice]:
    """The ways that can be read, by name. `unsure`: a kind that nobody knows may be a broken plugin's."""
    found: dict[str, Notice] = {}
    for name, raw in entries("notify", data, problems):
        path = ("notify", name)
        said = read(Notice, {"kind": raw.get("kind")} if isinstance(raw, dict) and "kind" in raw else _bare(raw), path, problems)
        if said is None or notifiers is None:
            continue
        kind = notifiers.get(said.kind)
        if kind is None:
            if not unsure:
                mend = did_you_mean(said.kind, notifiers, f"Kinds are {', '.join(sorted(notifiers))}.")
                problems.add((*path, "kind"), f"there is no notifier `{said.kind}`", mend)
            found[name] = said
            continue
        given = read(kind.parameters, {key: value for key, value in raw.items() if key != "kind"}, path, problems)
        found[name] = said.model_copy(update={"parameters": given})
    return found


def _bare(raw: Any) -> Any:
    """What stands there, without keys that belong to a kind nobody named."""
    return {} if isinstance(raw, dict) else raw
