"""The rules and subjects that somebody asked for: that they exist, and their verdicts."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import partial
from typing import Any

from fidelity_engine.db import Database, text
from fidelity_engine.errors import FidelityError
from fidelity_engine.model.rule import Rule
from fidelity_engine.result import Verdicts
from fidelity_engine.rulefile.problems import did_you_mean
from fidelity_engine.scope import Scope
from fidelity_engine.stages.emit.named import laid_down_by_name, ordered_by_name
from fidelity_engine.stages.emit.rows import PUBLIC, ordered_rows, public_rows
from fidelity_engine.verdicts import smallest


def must_be_ids(**asked: Any) -> None:
    """FidelityError where ids were to be listed, and are not: a text alone would be taken letter by letter."""
    for what, ids in asked.items():
        if isinstance(ids, str) or not isinstance(ids, Collection) or not all(isinstance(one, str) for one in ids):
            mend = f'Write {what}=["{"tcr.collaboration-time" if what == "rules" else "g3"}"].'
            raise FidelityError(f"a list of ids was expected, not {ids!r}", what, mend)


def rules_exist(asked: Sequence[str], known: Sequence[str]) -> None:
    """FidelityError where a rule is asked for that there is not."""
    for rule in asked:
        if rule not in known:
            raise FidelityError(f"there is no rule `{rule}`", mend=did_you_mean(rule, known, "`fidelity describe` lists the rules."))


def subjects_exist(scope: Scope, subjects: Sequence[str]) -> None:
    """FidelityError where a subject is asked for that nobody on the roster is."""
    for subject in subjects:
        subject_exists(scope.db, subject, people=scope.ruleset.privacy.person_level)


def subject_exists(db: Database, subject: str, where: str = "", people: bool = False) -> None:
    """FidelityError where nobody on the roster is called so. `people`: whether it may offer a person instead."""
    if not db.one("select count(*) from subject where subject = $subject", {"subject": subject}):
        known = [one for (one,) in db.rows("select subject from subject where subject_kind <> 'staff' or $people", {"people": people})]
        mend = did_you_mean(subject, known, "Use a team, grade (school/grade), school or staff id, or `district`.")
        raise FidelityError(f"nobody on the roster is called `{subject}`", where, mend)


def school_exists(db: Database, school: str, where: str = "") -> None:
    """FidelityError where the roster has no such school."""
    known = [one for (one,) in db.rows("select school from school order by school")]
    if school not in known:
        raise FidelityError(f"there is no school `{school}` on the roster", where, did_you_mean(school, known, f"Schools: {', '.join(known[:20])}."))


def verdicts_of(scope: Scope, rules: Sequence[Rule], subjects: Sequence[str]) -> Verdicts:
    """The verdicts of the rules and subjects that are shown."""
    asked = f"v.rule_no in ({', '.join(str(scope.rule_no(rule)) for rule in rules) or 'null'})"
    if subjects:
        asked += f" and v.subject_no in (select subject_no from subject where subject in ({', '.join(map(text, subjects))}))"
    shown = f"(select * from {smallest(scope.db, scope.is_small)} v where {asked})"
    ordered = partial(ordered_rows, scope.db, shown) if scope.is_small else partial(ordered_by_name, scope.db, asked)
    laid = partial(laid_down_by_name, asked=asked) if not scope.is_small else None
    return Verdicts(scope.db, _only_public(public_rows(shown)), lambda: _only_public(ordered()), laid)


def _only_public(rows: str) -> str:
    return f"(select {', '.join(PUBLIC)} from ({rows}))"
