"""What a page is about: a result, seen whole or by one school, and the names that all its parts share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from fidelity_engine.model.finding import Finding
from fidelity_engine.model.rule import Rule
from fidelity_engine.result import Result
from fidelity_engine.scope import Scope
from fidelity_engine.views.describe import sentence_of


@dataclass(frozen=True)
class School:
    """One school of the roster. `no` is its number in this run: what filters and marks use."""

    no: int
    id: str
    name: str


@dataclass(frozen=True)
class Scene:
    """A page's subject. `school`: only what concerns this one; `pages`: school id → file name of its own page."""

    result: Result
    school: School | None = None
    pages: Mapping[str, str] | None = None

    @property
    def scope(self) -> Scope:
        """The relations behind the result."""
        assert self.result.scope is not None
        return self.result.scope

    @property
    def today(self) -> date:
        """The day as of which the page speaks."""
        return self.scope.as_of_date

    @cached_property
    def schools(self) -> list[School]:
        """The schools of the roster by name."""
        return schools(self.result)

    @cached_property
    def rules(self) -> list[Rule]:
        """The rules of the run that may be shown on a page: none that judges single people."""
        shown = self.result.summary.verdicts
        return [rule for rule in self.scope.ruleset.rules if rule.id in shown and rule.expect.of != "staff"]

    @cached_property
    def practices(self) -> list[str]:
        """The practices of those rules, in the order of the file; a rule without one stands for itself."""
        return list(dict.fromkeys(practice_of(rule) for rule in self.rules))

    def subjects(self) -> str:
        """SELECT of the subject_no that the page is about; people are left out."""
        if self.school is None:
            return "select subject_no from subject where subject_kind <> 'staff'"
        return f"""select k.subject_no from subject_school k join subject x using (subject_no)
            where k.school_no = {self.school.no} and x.subject_kind not in ('staff', 'district')"""

    def findings(self) -> list[Finding]:
        """The findings that the page is about."""
        return [one for one in self.result.findings if one.subject_kind != "staff" and self.concerns(one.school)]

    def concerns(self, school: str | None) -> bool:
        """Whether something of this school belongs on the page."""
        return self.school is None or school == self.school.id

    def marks(self, rule: str | None, school: str | None) -> dict[str, Any]:
        """What the filters look for: the numbers of school, practice and rule, empty where it is about none or all."""
        found = self._rules.get(rule or "")
        return {
            "school": self._numbers.get(school or "", ""), "practice": self.practices.index(practice_of(found)) if found else "",
            "rule": self.rules.index(found) if found else "",
        }

    def school_name(self, school: str | None) -> str:
        """How people call a school."""
        return next((one.name for one in self.schools if one.id == school), school or "")

    @cached_property
    def _rules(self) -> dict[str, Rule]:
        return {rule.id: rule for rule in self.rules}

    @cached_property
    def _numbers(self) -> dict[str, int]:
        return {one.id: one.no for one in self.schools}

    def rule(self, rule: str | None) -> Rule | None:
        """A rule by its id."""
        return self._rules.get(rule or "")

    def sentence(self, rule: Rule) -> str:
        """What a rule says, as the rule book has it."""
        return sentence_of(self.scope.ruleset, rule, self.scope.kinds)


def schools(result: Result) -> list[School]:
    """The schools of the roster by name."""
    if result.scope is None:
        return []
    rows = result.scope.db.rows("select school_no, school, coalesce(name, school) from school order by 3, 2")
    return [School(*row) for row in rows]


def practice_of(rule: Rule) -> str:
    """The practice that a rule belongs to, as people say it."""
    return rule.practice.replace("-", " ").replace("_", " ").capitalize() if rule.practice else rule.title


def numbers(rules: Iterable[Rule], scope: Scope) -> str:
    """The numbers of rules as a list for SQL."""
    return ", ".join(str(scope.rule_no(rule)) for rule in rules) or "null"
