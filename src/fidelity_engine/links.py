"""How an event reaches a subject, and the *hits* that a measure counts: event × subject × window.

`p` is three-valued: true where the event surely matches (T), null where it would but for a missing field (U).
Events that surely do not match are not in the relation.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from fidelity_engine.attendance import each_once, reached
from fidelity_engine.db import day, name, text
from fidelity_engine.model.rule import Link, Over, Rule
from fidelity_engine.scope import Scope
from fidelity_engine.where import All, Bound, Column, Node, sql
from fidelity_engine.windows import counted_spans, window_number, window_table

SUBJECT, PARTICIPANTS = Link(), Link(by="participants")


@dataclass(eq=False, repr=False)
class Chosen:
    """Which events a measure wants: a type, what must hold, their status, and how they reach a subject."""

    type: str
    where: Node | None
    status: Sequence[str] = ("held",)
    link: Link = SUBJECT
    named: dict[str, Node] = field(default_factory=dict)      # further conditions, each a three-valued column
    attested: int | None = None                               # the rule whose attested events come along


def chosen(scope: Scope, event: str, where: Node | None, status: Sequence[str], link: Link | None) -> Chosen:
    """A selection of `events:` with the measure's own `where`, or a bare type."""
    selection = scope.ruleset.events.get(event)
    nodes = tuple(n for n in (selection.where if selection else None, where) if n is not None)
    node = None if not nodes else nodes[0] if len(nodes) == 1 else All(nodes)
    return Chosen(selection.type if selection else event, node, tuple(status), link or SUBJECT)


def linked(scope: Scope, choice: Chosen, of: str, bound: Bound, columns: Iterable[str] = ()) -> str:
    """SELECT of (event_no, subject_no, date, p, columns...) on the subject's active dates."""
    columns = tuple(columns)
    recorded = _recorded(scope, choice, of, bound, columns)
    return recorded if choice.attested is None else f"select * from ({recorded}) union all by name {_attested(choice, columns)}"


ATTESTED = {"id": "id", "start": "start", "status": "'held'", "source_no": "event_no"}
"""What is known of an attested event, by field; all others are missing. Its own number, below 0, stands for its source."""


def _attested(choice: Chosen, columns: Sequence[str]) -> str:
    """SELECT of what was attested for a rule: every condition counts as true, at a person's word."""
    told = [f"{ATTESTED[c]} as f_{i}" for i, c in enumerate(columns) if c in ATTESTED]
    return f"""select {', '.join(['event_no', 'date', 'subject_no', 'class_no', 'true as p', *told, *(f'true as {label}' for label in choice.named)])}
        from attested where rule_no = {choice.attested}"""


def _recorded(scope: Scope, choice: Chosen, of: str, bound: Bound, columns: Iterable[str]) -> str:
    """The events that a source delivered."""
    if scope.is_small:
        return _of_shared(scope, choice, of, bound, columns)
    near = "true" if choice.link.by == "participants" else scope.near.get(of, "true")
    events = f"select * from ({_events(scope, choice, bound, columns)}) where {near}"
    return f"""
        with e as ({events}), l as ({_pairs(scope, choice, of)})
        select l.* exclude ("its subject", "is linked", p_where), l."its subject" as subject_no, l.p_where and l."is linked" as p, a.class_no
        from l join active a on a.subject_no = l."its subject" and l.date between a.from_date and a.until_date
        where (l.p_where and l."is linked") is distinct from false"""


def _pairs(scope: Scope, choice: Chosen, of: str) -> str:
    single = choice.type in scope.single
    if choice.link.by == "participants":
        return _by_participants(choice.link, of, single, each_once(scope, of))
    if of == "staff":
        return _by_staff(single)
    one, others = _BY_SUBJECT[of]
    return one if single else f"{one} {others}"


# --- few events: what several rules ask for is made once ----------------------------------------------------------------


def _of_shared(scope: Scope, choice: Chosen, of: str, bound: Bound, columns: Iterable[str]) -> str:
    """What `linked` gives, from the events of the type as they reach the subjects: planning it costs a quarter."""
    types, status = scope.fields[choice.type], ", ".join(text(s) for s in choice.status)
    condition = f"({sql(choice.where, types, bound)}) and " if choice.where is not None else ""
    return f"""select * from (select event_no, date, participants, unknown_participants, "its subject" as subject_no, "its class" as class_no,
          {condition}"is linked" as p{_further(types, choice, bound, columns)}
        from {_shared(scope, choice, of)} where status in ({status})) where p is distinct from false"""


def _shared(scope: Scope, choice: Chosen, of: str) -> str:
    """Create once and name the relation of all events of a type beside the subjects that they reach."""
    link = choice.link
    relation = f"{scope.events[choice.type]}_{of}_{link.by}_{str(link.share or 0).replace('.', '_')}"
    if relation not in scope.made:
        scope.made.add(relation)
        scope.db.run(f"create {scope.db.shared} table {relation} as {_directly(scope, choice, of) or _by_pairs(scope, choice, of)}")
    return relation


BEYOND = "list_concat(other_schools, team_schools)"
"""What a school subject is reached by besides the event's first school: its others, and those of its teams."""
NAMED = {"team": ("team_no", "other_teams", "a.subject_no = e.team_no"),
         "school": ("school_no", BEYOND, "a.subject_kind = 'school' and a.school_no = e.school_no")}
"""Subject kind → what an event says of the one and the other subjects, and how that leads to their active spans."""
LEFT_OUT = "exclude (team_no, other_teams, school_no, other_schools, team_schools)"


def _directly(scope: Scope, choice: Chosen, of: str) -> str:
    """SELECT of the events beside the subjects that they name; empty where they do not name them."""
    if choice.link.by == "participants" or of not in NAMED:
        return ""
    column, others, on = NAMED[of]
    each = "" if choice.type in scope.single else f" replace (unnest(list_prepend({column}, {others})) as {column})"
    return f"""select e.* {LEFT_OUT}, a.subject_no as "its subject", true as "is linked", a.class_no as "its class"
        from (select *{each} from {scope.events[choice.type]}) e join active a on {on} and e.date between a.from_date and a.until_date"""


def _by_pairs(scope: Scope, choice: Chosen, of: str) -> str:
    """The same of events and subjects that a link leads to."""
    grades = "" if "grades" in scope.fields[choice.type] else ", null::varchar[] as grades"
    return f"""with e as (select *{grades} from {scope.events[choice.type]}), l as ({_pairs(scope, choice, of)})
        select l.* {LEFT_OUT}, a.class_no as "its class"
        from l join active a on a.subject_no = l."its subject" and l.date between a.from_date and a.until_date"""


def _bare(types: Mapping[str, Column]) -> str:
    """What a link may look at, and what every hit brings along."""
    grades = "grades" if "grades" in types else "null::varchar[] as grades"
    return f"event_no, date, team_no, other_teams, school_no, other_schools, team_schools, participants, unknown_participants, {grades}"


def _further(types: Mapping[str, Column], choice: Chosen, bound: Bound, columns: Iterable[str]) -> str:
    """The fields asked for as f_0, f_1, ..., and the further conditions under their names."""
    extra = "".join(f", {types[c].sql if c in types else name(c)} as f_{i}" for i, c in enumerate(columns))
    return extra + "".join(f", {sql(node, types, bound)} as {label}" for label, node in choice.named.items())


def _events(scope: Scope, choice: Chosen, bound: Bound, columns: Iterable[str]) -> str:
    """The events of the type and status for which `where` is true or unknown."""
    types = scope.fields[choice.type]
    condition = sql(choice.where, types, bound) if choice.where is not None else "true"
    status = ", ".join(text(s) for s in choice.status)
    return f"""
        select {_bare(types)}, ({condition}) as p_where{_further(types, choice, bound, columns)}
        from {scope.events[choice.type]} where status in ({status}) and ({condition}) is distinct from false"""


def _schools(events: str, single: bool) -> str:
    """Events × their schools."""
    more = "" if single else f" union all select event_no, unnest(other_schools) from {events} where other_schools is not null"
    return f"(select event_no, school_no from {events} where school_no is not null{more})"


def _of_school(kind: str, others: str, columns: str = "", linked: str = "true", on: str = "true") -> tuple[str, str]:
    """Events × the subjects of a kind in their school, and in the others. `columns`: what `linked` and `on` read of these, `s`."""
    subjects = f"(select subject_no, school_no{columns} from subject where subject_kind = {text(kind)}) s"
    return f"""select e.*, s.subject_no as "its subject", {linked} as "is linked" from e join {subjects} on s.school_no = e.school_no and {on}""", f"""
        union all select e.*, s.subject_no, {linked} from e
          join (select event_no, unnest({others}) as school_no from e where {others} is not null) x on x.event_no = e.event_no
          join {subjects} on s.school_no = x.school_no and {on}"""


def _blind(of: str, single: bool) -> str:
    """Events without participants × the subjects of their schools; of all schools where the event has none."""
    subjects = f"(select subject_no from subject where subject_kind = {text(of)})"
    if of == "district":
        return f"e, {subjects} s where e.participants is null"
    events = "(select event_no, school_no, other_schools from e where participants is null)"
    return f"""e join (select distinct x.event_no, k.subject_no from {_schools(events, single)} x
          join (select k.* from subject_school k join {subjects} o on o.subject_no = k.subject_no) k on k.school_no = x.school_no
          union all select event_no, o.subject_no from {events}, {subjects} o where school_no is null) s on s.event_no = e.event_no"""


# "its subject", "is linked", "its class": no field of a district is called so
_BY_SUBJECT = {
    "team": (
        """select e.*, team_no as "its subject", true as "is linked" from e where team_no is not null""",
        "union all select e.*, unnest(other_teams), true from e where other_teams is not null"),
    "school": _of_school("school", BEYOND),
    "grade": _of_school("grade", "other_schools", ", grades[1] as grade", "case when e.grades is not null then true end",
                        "(e.grades is null or list_contains(e.grades, s.grade))"),
    "district": (
        """select e.*, s.subject_no as "its subject", true as "is linked" from e, (select subject_no from subject where subject_kind = 'district') s""",
        ""),
}
"""Subject kind → events × the one subject of the kind that they name, and × the others."""


def _by_staff(single: bool) -> str:
    return f"""select e.*, p.subject_no as "its subject", true as "is linked" from e
        join (select distinct event_no, unnest(participants) as staff_no from e) x on x.event_no = e.event_no join person p on p.staff_no = x.staff_no
        union all select e.*, s.subject_no, null from {_blind("staff", single)}"""


def _by_participants(link: Link, of: str, single: bool, once: bool) -> str:
    """Somebody active in the subject took part; with a share: at least that share of its active members."""
    return f"""select e.*, t.subject_no as "its subject", true as "is linked" from e
        join ({reached(of, link.share, once)}) t on t.event_no = e.event_no
        union all select e.*, s.subject_no, null from {_blind(of, single)}"""


@dataclass(eq=False, repr=False)
class Ask:
    """What a table measure gets: one rule with its grid, and the ways to its events.

    `grid` names the relation of its cells (`relations.GRID`). Values go through `bound`, never into the SQL's text.
    """

    scope: Scope
    rule: Rule
    grid: str
    bound: Bound

    @property
    def parameters(self) -> Any:
        """The measure's parameters, an instance of the kind's model."""
        return self.rule.measure.parameters

    @property
    def counted(self) -> str:
        """The relation of active spans with the ordinal after which the rule counts days."""
        return counted_spans(self.rule.expect.starts_after)

    @property
    def attested(self) -> int | None:
        """The number of the rule where somebody attested an event of it, else None."""
        number = self.scope.rule_nos.get(self.rule.id)
        return number if number in self.scope.attested else None

    def choice(self, default_link: Link = SUBJECT, **named: Node) -> Chosen:
        """The events that the measure's own `event`, `where`, `status` and `link` choose."""
        p = self.parameters
        found = chosen(self.scope, p.event, p.where, p.status, p.link or default_link)
        found.named, found.attested = named, self.attested
        return found

    def hits(self, choice: Chosen, columns: Iterable[str] = ()) -> str:
        """SELECT of (subject_no, window_no, event_no, date, p, f_0, f_1, ..., named...): events of each cell's stretch.

        `columns` are event fields; they come as f_0, f_1, ... in their order.
        """
        events = linked(self.scope, choice, self.rule.expect.of, self.bound, columns)
        over: Over = self.parameters.over
        if over.kind == "window":
            return self._in_windows(events)
        return f"""select h.*, g.window_no from {self.grid} g join ({events}) h on h.subject_no = g.subject_no
            and h.date between {self._stretch_start(over)} and g.window_end"""

    def _in_windows(self, events: str) -> str:
        each, scope = self.rule.expect.each, self.scope
        if each.unit == "term":
            return f"""select h.*, w.window_no from ({events}) h join {window_table(each)} w
                on w.class_no = h.class_no and h.date between w.window_start and w.window_end"""
        return f"""select h.*, {window_number(each, "h.date", scope.start)} as window_no from ({events}) h
            where h.date between {day(scope.start)} and {day(scope.end)}"""

    def _stretch_start(self, over: Over) -> str:
        if over.kind == "weeks":
            return f"g.window_end - {7 * int(over.weeks or 1) - 1}"
        return day(self.scope.start if over.start is None else over.start)

    def stretch(self) -> str:
        """SQL for the first date of the stretch of a cell `g`."""
        over: Over = self.parameters.over
        return "g.window_start" if over.kind == "window" else self._stretch_start(over)
