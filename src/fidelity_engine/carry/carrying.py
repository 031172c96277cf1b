"""What one run carries over from the last one, decided while it loads.

The order: `begin` looks at roster, calendar, papers and rules; `brought` at the sources before their rows are weighed;
`narrowed` and `weighed` at each of them; `loaded` at the events; `write` keeps what the next run needs. Whatever does not
hold is said in `note`, and the run is a full one.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from fidelity_engine.carry import NotCarried, kept, places
from fidelity_engine.carry.cells import carry_cells, cells_kept, create_former_cells
from fidelity_engine.carry.digest import digest, engine_digest, frame_digest, relations_digest, rule_digest
from fidelity_engine.carry.horizon import UNDERSTOOD, create_horizon
from fidelity_engine.carry.narrowing import Part, completed, look, narrowed
from fidelity_engine.carry.region import create_region
from fidelity_engine.carry.sources import read_former, source_facts
from fidelity_engine.db import Database, day, text
from fidelity_engine.model.rule import Rule, RuleSet
from fidelity_engine.stages.expect import grid_key
from fidelity_engine.stages.load import Clock
from fidelity_engine.stages.load.needs import choices, measured_types, type_of
from fidelity_engine.stages.load.staging import Staged
from fidelity_engine.stages.load.weighing import Weighed

MARGIN = timedelta(days=2)
"""So many days before its own the last run may not have been over everywhere."""
FEW = "There are few events: a full run is as quick."
ODD = 5
"""Of a source with more than one odd row in so many all rows are read."""


@dataclass
class Carry:
    """One run's. `folder`: where the state is kept; `note`: why nothing was carried over, or how much was.

    `damage`: what was wrong with the state; `since`: grid → its number in `carried_since`, for rules whose cells are
    made from the horizon on only.
    """

    folder: Path
    note: str = ""
    damage: str = ""
    former: kept.Kept | None = None
    since: dict[object, int] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)
    refused: bool = False
    few: bool = False
    parts: dict[int, Part] = field(default_factory=dict)
    apart: set[int] = field(default_factory=set)
    peopled: Collection[str] = ()
    ready: bool = False
    carried: int = 0

    # --- before the sources are read ------------------------------------------------------------------------------------

    def begin(self, db: Database, ruleset: RuleSet, clock: Clock, rules: Sequence[Rule], foreign: Collection[str], attributes: Sequence[str]) -> None:
        """Decide whether the former state may be used at all."""
        self.db, self.ruleset, self.clock, self.foreign = db, ruleset, clock, foreign
        wanted = {rule.id for rule in rules}
        self.rules = {no: rule for no, rule in enumerate(ruleset.rules) if rule.id in wanted}
        self.numbers = {source: number for number, source in enumerate(sorted(ruleset.evidence), 1)}
        places.create(db)
        self.facts = {
            "engine": engine_digest(), "frame": frame_digest(ruleset), **relations_digest(db, ruleset, attributes),
            "as_of": clock.as_of.isoformat(), "day": clock.as_of_date.isoformat(),
            "rules": {rule.id: [no, self._rule_digest(rule)] for no, rule in self.rules.items()},
        }
        if not self.refused:
            self.former = self._former()

    def give_up(self, why: str) -> None:
        """Carry nothing over: the run begins again."""
        self.refused, self.ready = True, False
        self.apart = set()
        self._full(why)

    def must_pay(self, is_small: bool) -> None:
        """Of few events nothing is kept: a full run is as quick."""
        self.few = is_small
        if is_small and self.former is not None:
            raise NotCarried(FEW)
        if is_small:
            self.note = FEW

    def _rule_digest(self, rule: Rule) -> str:
        return rule_digest(self.ruleset, rule, [part.event for part, _ in choices(rule)])

    def _former(self) -> kept.Kept | None:
        """The former state, where it is sound and of the same district."""
        try:
            found = kept.read(self.folder)
        except kept.Damaged as error:
            self.damage = f"What the last run left in {self.folder.name} is damaged ({error}): it is made anew by a full run."
            self._full(self.damage)
            return None
        why = "Nothing is kept of an earlier run: this one is full." if found is None else self._changed(found)
        if why:
            self._full(why)
            return None
        return found

    def _changed(self, found: kept.Kept) -> str | None:
        """Why what is kept cannot be carried over; None where it can."""
        was = found.facts
        for what, word in {"engine": "The engine", "frame": "The head of the rule file", "roster": "The roster", "calendar": "The calendar",
                           "complete": "What is confirmed complete", "waivers": "A waiver"}.items():
            if was[what] != self.facts[what]:
                return f"{word} changed since the last run: this one is full."
        if datetime.fromisoformat(was["as_of"]) > self.clock.as_of:
            return "The last run was about a later day: this one is full."
        if self.db.one("select count(*) from decision where action in ('dispute', 'attest')"):
            return "Somebody disputes a finding or attests an event: this run is full."
        return None

    def _full(self, why: str) -> None:
        self.note = why
        self.former, self.since, self.parts = None, {}, {}

    # --- sources --------------------------------------------------------------------------------------------------------

    def brought(self, staged: Mapping[int, Staged], known_until: str) -> None:
        """Look at the sources, none of whose rows are weighed yet: which are as they were, and which may be read in part."""
        self.known_until = known_until
        self.staged = staged
        self.facts["sources"] = {source: source_facts(self.db, self.ruleset, number, source, staged.get(number)) for source, number in self.numbers.items()}
        self.apart = {one["no"] for one in self.facts["sources"].values() if one["apart"]}
        if self.former is None:
            return
        was = self.former.facts["sources"]
        read_former(self.db, self.former, self.numbers, {rule.id: no for no, rule in self.rules.items()}, self.facts["sources"])
        for source, number in self.numbers.items():
            if number in staged and (part := self._part(staged[number], was.get(source))):
                self.parts[number] = part

    def _part(self, staged: Staged, was: Mapping[str, Any] | None) -> Part | None:
        """The source as one that is read in part, where its former files are as they were."""
        now = self.facts["sources"][staged.source]
        if was is None or staged.number not in self.apart or not was["apart"] or was["settings"] != now["settings"]:
            return None
        if any(now["files"].get(file) != sound for file, sound in was["files"].items()):
            return None
        rows, odd = self.db.rows(f"""select (select coalesce(sum(plain), 0) from former_place where source_no = {staged.number}),
            (select count(*) from former_odd where source_no = {staged.number})""")[0]
        if ODD * odd > rows:
            return None
        return Part(staged, [place for place, file in enumerate(now["files"]) if file not in was["files"]])

    def order(self, numbers: Sequence[int]) -> list[int]:
        """The sources in the order in which their rows are weighed: what is read in part comes last."""
        return sorted(numbers, key=lambda number: (number in self.parts, number))

    def narrowed(self, staged: Staged) -> Staged:
        """The source with the rows that are needed."""
        if staged.number not in self.parts:
            return staged
        self._settle()
        return narrowed(self.db, self.parts[staged.number])

    def weighed(self, weighed: Weighed) -> Weighed:
        """Count the places of a source; of one that was read in part with the rows that were not."""
        staged = weighed.staged
        apart = staged.number in self.apart and not weighed.at_home
        places.count(self.db, weighed, self.known_until, apart)
        self.facts["sources"][staged.source]["apart"] = apart
        if staged.number in self.parts:
            return completed(self.db, weighed)
        if self.former is not None:
            places.differ(self.db, staged.number, f"select * from former_place where source_no = {staged.number}")
        return weighed

    # --- what follows ---------------------------------------------------------------------------------------------------

    def _settle(self) -> None:
        """Make the horizon, carry verdicts over, and make the region; once, when all that differs is known."""
        if self.ready or self.former is None:
            return
        self.ready = True
        for part in self.parts.values():
            look(self.db, part)
        then = date.fromisoformat(self.former.facts["day"]) - MARGIN
        create_former_cells(self.db, self.former)
        create_horizon(self.db, self.ruleset, self.rules, self.numbers, then, self._again())
        keys: dict[object, int] = {key: number for number, key in enumerate(dict.fromkeys(map(grid_key, self.rules.values())))}
        self.since, numbers = dict(keys), {no: keys[grid_key(rule)] for no, rule in self.rules.items()}
        self.carried = carry_cells(self.db, self.former, self.rules.values(), numbers)
        create_region(self.db, self.ruleset, self.rules, numbers, frozenset(self._agreed_types()))
        for table in ("place", "stranger"):
            self.db.run(f"""create or replace temp table quiet_{table} as select p.* from former_{table} p
                left join region g on g.type = p.type and g.school_no = p.school_no
                where p.school_no is not null and (g.since is null or p.date < g.since)""")

    def _again(self) -> set[int]:
        """The rules that are made anew: changed ones, those of changed sources, and those of which one cannot know."""
        assert self.former is not None
        was, now = self.former.facts, self.facts
        names = {*was["sources"], *now["sources"]}
        changed = {name for name in names if was["sources"].get(name, {}).get("settings") != now["sources"].get(name, {}).get("settings")}
        kinds = {kind for name in changed for one in (was, now) for kind in one["sources"].get(name, {}).get("delivers", ())}
        found = set()
        for no, rule in self.rules.items():
            known = rule.measure.kind in UNDERSTOOD and rule.measure.kind not in self.foreign
            same = was["rules"].get(rule.id, [None, None])[1] == now["rules"][rule.id][1]
            if not known or not same or kinds & set(measured_types(self.ruleset, rule)):
                found.add(no)
        return found

    def _agreed_types(self) -> set[str]:
        """The types of events by which agreed adjustments are carried out: all of them are looked at."""
        if not self.db.one("select count(*) from decision where action in ('accept', 'done')"):
            return set()
        steps = [step.done_when for rule in self.rules.values() for step in rule.adjust if step.done_when]
        return {type_of(self.ruleset, step.event) for step in steps}

    def loaded(self, relations: Mapping[str, str], fields: Mapping[str, Any], peopled: Collection[str]) -> None:
        """After the events are there: complete the accounts of sources that were read in part."""
        self.peopled = peopled
        self.facts["fields"] = {kind: digest(sorted((field, column.type) for field, column in columns.items())) for kind, columns in fields.items()}
        readable = dict(self.db.rows("select source, readable from source_state"))
        for source, one in self.facts["sources"].items():
            one["readable"] = readable[source]
        self._settle()
        if self.former is not None:
            self._must_hold()
        for kind in peopled:
            places.count_strangers(self.db, kind, relations[kind], any(self._mixed(kind)))
        self._complete()

    def _mixed(self, kind: str) -> list[bool]:
        return [staged.has("team") and staged.has("school") for staged in self.staged.values() if kind in staged.spec.delivers]

    def _must_hold(self) -> None:
        assert self.former is not None
        was = self.former.facts
        if {name: one["readable"] for name, one in was["sources"].items()} != {name: one["readable"] for name, one in self.facts["sources"].items()}:
            raise NotCarried("Other sources can be used than the last time: this run is full.")
        again = self._again()
        for no, rule in self.rules.items():
            for kind in measured_types(self.ruleset, rule) if no not in again else ():
                if was["fields"].get(kind) != self.facts["fields"].get(kind):
                    raise NotCarried("The fields of events changed their types: this run is full.")

    def _complete(self) -> None:
        """Signs of life, deliveries and unknown participants of the rows that were not read."""
        if not self.parts:
            return
        numbers = ", ".join(map(str, self.parts))
        start, end = day(self.ruleset.period.start), day(self.ruleset.period.end)
        quiet = f"from quiet_place where source_no in ({numbers})"
        kind = "table" if any(spec.coverage.silent_after for spec in self.ruleset.evidence.values()) else "view"
        self.db.run(f"alter {kind} source_day rename to source_day_read")
        self.db.run(f"""create view source_day as select source_no, school_no, date from source_day_read
            union select source_no, school_no, date {quiet}""")
        self.db.run(f"""insert into delivery select distinct type, source_no, school_no {quiet} and date between {start} and {end}
            except select type, source_no, school_no from delivery""")
        # rows that were read though they lie outside of the region were counted the last time
        self.db.run(f"""update source_state set unknown_participants = n.n from (
              select source_no, sum(strangers) as n from ({self._next("stranger")}) group by source_no) n
            where n.source_no = source_state.source_no and source_state.source_no in ({numbers})""")

    def _next(self, table: str) -> str:
        """SELECT of places, or unknown participants, as they are after this run."""
        if not self.parts:
            return f"select * from {table}"
        numbers = ", ".join(map(str, self.parts))
        kinds = ", ".join(map(text, self.peopled)) or "''"
        ours = f" and type in ({kinds})" if table == "stranger" else ""        # of others nobody asks any more who took part
        return f"""select p.* from {table} p left join region g on g.type = p.type and g.school_no = p.school_no
              where p.source_no not in ({numbers}) or p.school_no is null or p.date >= g.since
            union all select * from quiet_{table} where source_no in ({numbers}){ours}"""

    # --- afterwards -----------------------------------------------------------------------------------------------------

    def write(self, run_id: str) -> None:
        """Keep what the next run needs."""
        if self.few:
            return
        if self.former is not None:
            cells = int(self.db.one("select count(*) from verdict") or 0)
            self.note = f"{self.carried:,} of {cells:,} cells were carried over from the last run."
        files = {self.numbers[name]: list(one["files"]) for name, one in self.facts["sources"].items()}
        listed = ", ".join(f"({number}, {place}, {text(file)})" for number, names in files.items() for place, file in enumerate(names))
        odd = f"select o.source_no, f.file, o.row_no, o.late from odd o join (values {listed or '(null, null, null)'}) f(source_no, file_no, file) " \
              "on f.source_no = o.source_no and f.file_no = o.file_no"
        tables = {"place": self._next("place"), "odd": odd, "stranger": self._next("stranger"), **cells_kept()}
        kept.write(self.db, self.folder, run_id, self.facts, tables)
