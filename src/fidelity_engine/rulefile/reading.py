"""From a document to a checked rule set, or to all of its mistakes at once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fidelity_engine.errors import Mistakes
from fidelity_engine.model.rule import RuleSet
from fidelity_engine.rulefile import checks
from fidelity_engine.rulefile.blocks import defaults, draft
from fidelity_engine.rulefile.document import Document, document_of, read_document
from fidelity_engine.rulefile.draft import Drafts
from fidelity_engine.rulefile.evidence import credentials, delivered, outcomes, selections, sources
from fidelity_engine.rulefile.head import calendar, head, year_of
from fidelity_engine.rulefile.kinds import Kinds, Notifiers, Readers
from fidelity_engine.rulefile.notices import notices
from fidelity_engine.rulefile.problems import Problems

CHECKS = (
    checks.check_names, checks.check_events, checks.check_expectations, checks.check_targets, checks.check_reads,
    checks.check_series, checks.check_fits,
)


def read_rules(path: Path, kinds: Kinds, readers: Readers | None = None) -> RuleSet:
    """The rule set of a file that names no plugins, or whose plugins are among `kinds` already."""
    return rules_of(read_document(path), kinds, readers)


def read_text(text: str, label: str, root: Path, kinds: Kinds, readers: Readers | None = None) -> RuleSet:
    """The rule set of a text; `root` is the folder that its paths are relative to."""
    return rules_of(document_of(text, label, root), kinds, readers)


def rules_of(
    document: Document, kinds: Kinds, readers: Readers | None = None, unsure: bool = False, notifiers: Notifiers | None = None
) -> RuleSet:
    """The rule set of a document. Raises Mistakes with everything that is wrong with it.

    `unsure`: a plugin could not be loaded. A measure of a kind that nobody knows then keeps its parameters as a
    map of what the file says, and is no mistake.
    """
    problems = Problems(document)
    found = _drafted(document, kinds, readers, unsure, problems)
    told = notices(document.data, notifiers, unsure, problems)
    for check in CHECKS:
        check(found)
    if problems.errors:
        raise Mistakes(problems.errors)
    return _finished(found).model_copy(update={"notify": told})


def _drafted(document: Document, kinds: Kinds, readers: Readers | None, unsure: bool, problems: Problems) -> Drafts:
    data = document.data
    credentials(problems)
    top = head(data, problems)
    found = Drafts(
        document, problems, kinds, top, calendar(top.calendar, problems), sources(data, readers, unsure, problems),
        delivered(data), selections(data, problems), outcomes(data, problems), unsure,
    )  # fmt: skip
    filled = defaults(found)
    rules: Any = data.get("rules", [])
    if not isinstance(rules, list):
        problems.add(("rules",), "`rules` is a list", "Begin each rule with `- id:`.")
        return found
    drafts = [draft(raw, index, filled, found) for index, raw in enumerate(rules)]
    found.rules = [rule for rule in drafts if rule is not None]
    return found


def _finished(found: Drafts) -> RuleSet:
    document, top = found.document, found.head
    assert top.period is not None and top.timezone is not None
    return RuleSet.model_construct(
        path=document.label, root=str(document.folder.resolve()), roots=document.roots, fidelity=1, name=top.name,
        timezone=top.timezone, year=top.year or year_of(top.period), period=top.period, as_of=top.as_of,
        roster=top.roster, calendar=found.calendar, owners=top.owners, complete=top.complete, waivers=top.waivers,
        decisions=top.decisions, plugins=top.plugins, privacy=top.privacy, evidence=found.sources,
        events=found.selections, outcomes=found.outcomes, rules=tuple(rule.rule(document) for rule in found.rules),
        text_hash=document.text_hash, document=document,
    )  # fmt: skip
