"""The findings of a large district: counted and ranked as episodes, made only when they are asked for.

Nobody reads hundreds of thousands of sentences: a page for people tells the first few of each rule and counts the
others. Whoever goes through all of them gets them made at once, and they are kept.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, NamedTuple, overload

from fidelity_engine.db import text
from fidelity_engine.errors import FidelityError
from fidelity_engine.model.finding import SEVERITIES, About, Finding, State
from fidelity_engine.model.former import Known
from fidelity_engine.scope import Scope
from fidelity_engine.stages.emit import STATES, ranked
from fidelity_engine.stages.emit.counted import events_near
from fidelity_engine.stages.emit.identity import key_of, named, new_names
from fidelity_engine.stages.emit.practice import ID, Kind, made
from fidelity_engine.stages.emit.ranking import ORDER, episodes_of, ids, rank

FEW = 500
"""Up to so many are made apart from the others, from the events of their subjects alone."""


def findings_of(scope: Scope, kinds: Mapping[int, Kind], subjects: Sequence[str] = ()) -> Findings:
    """The findings of the episodes in `episode` of these rules (by their numbers) and subjects (all, where none is named)."""
    rank(scope, kinds, subjects)
    return Findings(scope, kinds, subjects)


_HELD = {"rule": "varchar[]", "school": "varchar[]", "until": "date[]", "fires": "integer[]"}


class Brief(NamedTuple):
    """What one must know of an open finding to say who pays."""

    finding_id: str
    rule: str
    subject_kind: str
    subject: str
    school: str | None
    students: int | None
    since: date
    about: About = "practice"
    state: State = "open"


class Findings(Sequence[Finding]):
    """The findings in their order. To be read before the result is closed, as far as they are not made yet."""

    def __init__(
        self, scope: Scope, kinds: Mapping[int, Kind], subjects: Sequence[str] = (), others: Sequence[Finding] = (),
        names: Mapping[str, str] = {}, hold: Callable[[Finding], Finding] = lambda finding: finding,
    ) -> None:
        """`names`: id as computed → id under which a finding about a practice is known, where these differ; `hold`: done to each that has its name."""
        self._scope, self._kinds, self._subjects, self.others, self._names, self._hold = scope, dict(kinds), subjects, list(others), names, hold
        self._made: list[Finding] | None = None
        self._open: dict[str, list[Finding]] = {}
        counted = scope.db.rows("select rule_no, state, severity, count(*) from ranked_episode group by all")
        self._counts = {(rule, STATES[state], SEVERITIES[severity]): number for rule, state, severity, number in counted}
        self._places = self._places_of_others()

    def beside(self, others: Sequence[Finding]) -> Findings:
        """The same with further findings that are not about practices, and are there."""
        return Findings(self._scope, self._kinds, self._subjects, ranked([*self.others, *others]), self._names, self._hold)

    def reported_as(self, handed_out: Collection[Known]) -> Findings:
        """The same under the ids with which they were reported. Most are computed again: only the others are compared one by one."""
        left = {one.finding_id: one for one in handed_out if one.about == "practice"}
        for id, since in ids(self._scope):
            if id in left and left[id].since == since:
                del left[id]
        keys = {key_of(one) for one in left.values()}
        names = {}
        if keys:
            episodes = episodes_of(self._scope, {str(one.subject) for one in left.values()})
            names = new_names([one for one in episodes if key_of(one) in keys], [one for one in handed_out if key_of(one) in keys])
        others = named(self.others, new_names(self.others, [one for one in handed_out if one.about != "practice"]))
        return Findings(self._scope, self._kinds, self._subjects, ranked(others), names, self._hold)

    def held(self, windows: Sequence[tuple[str, str, date, int]], released: Collection[str], hold: Callable[[Finding], Finding]) -> Findings:
        """The same where those are held that are open, end with a window and have not missed more.

        `windows`: rule, school, last day, windows missed; `released`: ids that are not held. `hold`: does it to a finding.
        """
        columns = dict(zip(("rule", "school", "until", "fires"), map(list, zip(*windows, strict=True)), strict=True)) if windows else {}
        if columns:
            kinds = ", ".join(f"unnest(${column}::{kind}) as {column}" for column, kind in _HELD.items())
            self._scope.db.run(f"create or replace temp table held_window as select {kinds}", columns)
            free_ids = ", ".join(map(text, self._computed(released)))
            free = f" and {ID.format(year=text(self._scope.ruleset.year))} not in ({free_ids})" if free_ids else ""
            rank(self._scope, self._kinds, self._subjects, f"h.rule is not null{free}")
        return Findings(self._scope, self._kinds, self._subjects, self.others, self._names, hold)

    def _computed(self, known: Collection[str]) -> list[str]:
        """The ids that are computed for findings which are known by these."""
        computed = {name: id for id, name in self._names.items()}
        return [computed.get(id, id) for id in known if id in computed or id not in self._names]

    def _places_of_others(self) -> list[int]:
        """Where the others stand. They are about nobody's students and no missed window: last of their state and severity."""
        rank = {(state, severity): (at, -weight) for at, state in enumerate(STATES) for weight, severity in enumerate(SEVERITIES)}
        return [
            at + sum(number for (_, *key), number in self._counts.items() if rank[tuple(key)] <= rank[one.state, one.severity])  # type: ignore[index]
            for at, one in enumerate(self.others)
        ]

    def __len__(self) -> int:
        return sum(self._counts.values()) + len(self.others)

    @overload
    def __getitem__(self, at: int) -> Finding: ...
    @overload
    def __getitem__(self, at: slice) -> list[Finding]: ...
    def __getitem__(self, at: int | slice) -> Finding | list[Finding]:
        wanted = range(len(self))[at]
        if isinstance(wanted, int):
            return self[wanted : wanted + 1][0]
        if self._made is None and len(wanted) <= FEW:
            return self._page(wanted)
        return self._all()[at]

    def __iter__(self) -> Iterator[Finding]:
        return iter(self._all())

    # --- without making any -----------------------------------------------------------------------------------------------

    def tally(self) -> Counter[tuple[About, State, str]]:
        """(about, state, severity) → how many."""
        found: Counter[tuple[About, State, str]] = Counter((one.about, one.state, one.severity) for one in self.others)
        for (_, state, severity), number in self._counts.items():
            found["practice", state, severity] += number  # type: ignore[index]
        return found

    def schools_missing(self) -> int:
        """In how many schools a finding about a practice is open."""
        self._must_be_open()
        return int(self._scope.db.one(f"select count(distinct school_no) from ranked_episode where state = {STATES.index('open')}"))

    def brief(self, rules: Collection[str]) -> Iterator[Brief]:
        """The open findings about practices of these rules, in no order."""
        asked = [no for no, kind in self._kinds.items() if kind.rule.id in rules]
        self._must_be_open()
        rows = self._scope.db.streamed(f"""
            select {ID.format(year=text(self._scope.ruleset.year))}, r.rule, s.subject_kind, s.subject, s.school, s.students, e.since
            from ranked_episode e join rule_row r on r.rule_no = e.rule_no join subject s on s.subject_no = e.subject_no
            where e.state = {STATES.index("open")} and e.rule_no in ({", ".join(map(str, asked)) or "null"})""")
        return (Brief(self._names.get(id, id), *row) for id, *row in rows)

    def open_by_rule(self, first: int) -> list[Members]:
        """Per rule with any its open findings about practices, of which the first are made."""
        counts: Counter[int] = Counter()
        for (rule, state, _), number in self._counts.items():
            counts[rule] += number if state == "open" else 0
        heads = self._heads(first)
        return [Members(self, self._kinds[rule].rule.id, number, heads[rule]) for rule, number in counts.items() if number]

    # --- made -------------------------------------------------------------------------------------------------------------

    def with_id(self, beginning: str) -> list[Finding]:
        """Those whose ids begin so."""
        id = ID.format(year=text(self._scope.ruleset.year))
        anew = ", ".join(text(one) for one, known in self._names.items() if known.startswith(beginning))
        own = f"starts_with({id}, $asked)" + (f" and {id} not in ({', '.join(map(text, self._names))})" if self._names else "")
        found = self._chosen(f"{own} or {id} in ({anew})" if anew else own, beginning)
        return found + [one for one in self.others if one.finding_id.startswith(beginning)]

    def of_subject(self, subject: str) -> list[Finding]:
        """Those of a subject."""
        return self._chosen("s.subject = $asked", subject) + [one for one in self.others if one.subject == subject]

    def _chosen(self, condition: str, asked: str) -> list[Finding]:
        """Those about practices for which a condition holds, on an episode `e`, its rule `r` and its subject `s`."""
        self._place()
        self._scope.db.run(f"""create or replace temp table episode_made as select e.* from placed_episode e
            join rule_row r on r.rule_no = e.rule_no join subject s on s.subject_no = e.subject_no where {condition}""", {"asked": asked})
        return [finding for _, finding in self._few()]

    def _must_be_open(self) -> None:
        if self._scope.db.closed:
            raise FidelityError("the result is closed, and its findings were not read before", mend="Read `list(result.findings)` before you close it.")

    def _heads(self, first: int) -> dict[int, list[Finding]]:
        """rule_no → the first of its open findings."""
        self._must_be_open()
        self._scope.db.run(f"""create or replace temp table episode_made as
            select * from (select *, row_number() over (partition by rule_no order by {ORDER}) as place
              from ranked_episode where state = {STATES.index("open")}) where place <= {int(first)}""")
        numbers = {kind.rule.id: no for no, kind in self._kinds.items()}
        found: dict[int, list[Finding]] = {no: [] for no in self._kinds}
        for _, finding in self._few():
            found[numbers[str(finding.rule)]].append(finding)
        return found

    def _page(self, wanted: range) -> list[Finding]:
        """Those at these places."""
        found = {place: self.others[at] for at, place in enumerate(self._places) if place in wanted}
        practice = [place - bisect_left(self._places, place) for place in wanted if place not in found]
        if practice:
            self._place()
            self._scope.db.run(f"""create or replace temp table episode_made as
                select * from placed_episode where place in ({", ".join(map(str, practice))})""")
        of_practice = dict(self._few() if practice else ())
        return [found[place] if place in found else of_practice[place - bisect_left(self._places, place)] for place in wanted]

    def _few(self) -> list[tuple[int, Finding]]:
        """(place, finding) of the episodes in `episode_made`, in the order of their places."""
        with events_near(self._scope, "episode_made", FEW):
            return sorted(self._held_or_not("episode_made"), key=lambda one: one[0])

    def _held_or_not(self, episodes: str) -> Iterator[tuple[int, Finding]]:
        """(place, finding) of each episode of a relation."""
        names = self._names
        for place, one in made(self._scope, self._kinds, episodes, "e.place"):
            yield place, self._hold(replace(one, finding_id=names[one.finding_id]) if one.finding_id in names else one)

    def _place(self) -> None:
        """Create `placed_episode`: the episodes with their places."""
        self._must_be_open()
        if "placed_episode" not in self._scope.made:
            self._scope.db.run(f"create temp table placed_episode as select *, row_number() over (order by {ORDER}) - 1 as place from ranked_episode")
            self._scope.made.add("placed_episode")

    def _all(self) -> list[Finding]:
        """All of them, made once."""
        if self._made is None:
            self._place()
            found: list[Any] = [None] * (len(self) - len(self.others))
            for place, finding in self._held_or_not("placed_episode"):
                found[place] = finding
            for at, one in zip(self._places, self.others, strict=True):
                found.insert(at, one)
            self._made = found
        return self._made

    def but_ended(self, quiet: Collection[str] | None) -> tuple[list[Finding], set[str]]:
        """All in their order but for those that have ended and are known by one of these ids (None: by any); and the ids that were met so."""
        self._place()
        db, id = self._scope.db, ID.format(year=text(self._scope.ruleset.year))
        if quiet is not None:
            db.run("create or replace temp table quiet_id as select unnest($ids::varchar[]) as id", {"ids": self._computed(quiet)})
        known = f" and {id} in (select id from quiet_id)" if quiet is not None else ""
        db.run(f"""create or replace temp table quiet_episode as select e.place, {id} as id from placed_episode e
            join rule_row r on r.rule_no = e.rule_no join subject s on s.subject_no = e.subject_no
            where e.state = {STATES.index("resolved")}{known}""")
        met = {self._names.get(computed, computed) for computed, in db.streamed("select id from quiet_episode")}
        db.run("create or replace temp table episode_made as select * from placed_episode where place not in (select place from quiet_episode)")
        practice = [(place, 1, finding) for place, finding in self._held_or_not("episode_made")]
        others = [(place - at, 0, one) for at, (place, one) in enumerate(zip(self._places, self.others, strict=True))]
        return [finding for _, _, finding in sorted([*others, *practice], key=lambda one: one[:2])], met

    def ended(self) -> Iterator[Finding]:
        """Those about practices that have ended, one after the other in no order; none is kept. Nothing else may be asked meanwhile."""
        self._must_be_open()
        self._scope.db.run(f"create or replace temp table episode_made as select *, 0 as place from ranked_episode where state = {STATES.index('resolved')}")
        for _, finding in self._held_or_not("episode_made"):
            yield finding

    def open_of(self, rule: str) -> list[Finding]:
        """The open findings about practices of a rule, all made."""
        if not self._open:
            for one in self._all():
                if one.state == "open" and one.about == "practice":
                    self._open.setdefault(str(one.rule), []).append(one)
        return self._open.get(rule, [])


class Members(Sequence[Finding]):
    """The open findings of one rule in their order."""

    def __init__(self, every: Findings, rule: str, count: int, first: Sequence[Finding]) -> None:
        self._every, self._rule, self._count, self._first = every, rule, count, list(first)

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, at: int) -> Finding: ...
    @overload
    def __getitem__(self, at: slice) -> list[Finding]: ...
    def __getitem__(self, at: int | slice) -> Finding | list[Finding]:
        wanted = range(self._count)[at]
        last = wanted if isinstance(wanted, int) else max(wanted, default=0)
        known = self._first if last < len(self._first) else self._every.open_of(self._rule)
        return known[wanted] if isinstance(wanted, int) else [known[place] for place in wanted]

    def __iter__(self) -> Iterator[Finding]:
        return iter(self._every.open_of(self._rule))
