"""participation: do those who are expected take part, per person, per event or per answer."""

from __future__ import annotations

from fidelity_engine.attendance import each_once
from fidelity_engine.builtin.measures.count import beside
from fidelity_engine.db import day, text
from fidelity_engine.links import PARTICIPANTS, Ask
from fidelity_engine.relations import DATE_MAX, measured

MOST_LISTED = 400
"""So many members of a subject are listed between two changes among them; of more the lists would be longer, and there would be more of them."""
WEEKDAY = "(m.weekdays >> (isodow({date})::int - 1)) & 1 = 1"


def participation(ask: Ask) -> str:
    """The three forms of participation; without a staff file nothing is known: 0 .. 1."""
    if not ask.scope.has_staff:
        return measured(f"{ask.grid} g", whole=True, low_num="0", high_num="1", events="0", unknown="1")
    return {"person": _per_person, "event": _per_event, "answer": _per_answer}[ask.parameters.per](ask)


def _few(ask: Ask, measurable: str) -> str:
    least = int(ask.parameters.min_events or 0)
    return f"case when {measurable} and coalesce(h.t, 0) < {least} then 'too_few' end"


def holds_role(ask: Ask, staff_no: str, date: str) -> str:
    """Condition: the person holds one of `roles` on the date; true where the rule names no roles."""
    if not ask.parameters.roles:
        return "true"
    roles = ", ".join(text(role) for role in ask.parameters.roles)
    return f"""exists (select 1 from assignment r where r.staff_no = {staff_no} and {date} between r.from_date and r.until_date
        and list_has_any(r.roles, [{roles}]))"""


def _per_event(ask: Ask) -> str:
    """k_T / (m_T + m_U) .. (k_T + m_? + m_U) / (m_T + m_U), over member-places of matching events."""
    places = _places_in_stages(ask) if _has_small_stages(ask) else _places_one_by_one(ask)
    inner = f"""
        with h as materialized (select * from ({ask.hits(ask.choice())})),
        {places}
        select subject_no, window_no, count(*) filter (p) as t, coalesce(sum(k) filter (p), 0) as k,
          sum(m) as m, coalesce(sum(m) filter (p is null), 0) as mu,
          coalesce(sum(case when blind then m else least(strangers, m - k) end) filter (p), 0) as mq,
          count(*) filter (p is null or blind or strangers > 0) as unknown
        from places group by all"""
    measurable = "coalesce(h.m, 0) > 0"
    rows = measured(
        beside(ask, inner), whole=True,
        low_num=f"case when {measurable} then h.k end", low_den=f"case when {measurable} then h.m end",
        high_num=f"case when {measurable} then h.k + h.mq + h.mu end", high_den=f"case when {measurable} then h.m end",
        nothing=f"not {measurable}", few=_few(ask, measurable), events="coalesce(h.t, 0)", unknown="coalesce(h.unknown, 0)",
    )
    rows.large = True           # members times events
    return rows


def _places_one_by_one(ask: Ask) -> str:
    """`places`: per event of a cell, m expected members of whom k came; members are counted on each date with events, and who came is looked for among them."""
    number = "count(*)" if each_once(ask.scope, ask.rule.expect.of) else "count(distinct m.staff_no)"
    meant = f"m.expected and {WEEKDAY.format(date='d.date')} and {holds_role(ask, 'm.staff_no', 'd.date')}"
    on = "d.date between m.from_date and m.until_date"
    return f"""size as (select d.subject_no, d.date, {number} as m from (select distinct subject_no, date from h) d
          join member m on m.subject_no = d.subject_no and {on} where {meant} group by all),
        came as (select distinct event_no, date, unnest(participants) as staff_no
          from (select event_no, any_value(date) as date, any_value(participants) as participants from h group by event_no)),
        met as (select h.subject_no, h.window_no, h.event_no, {number} as k from came d
          join (select * from member where subject_no in (select subject_no from h)) m on m.staff_no = d.staff_no and {on}
          join (select subject_no, window_no, event_no from h) h on h.event_no = d.event_no and h.subject_no = m.subject_no where {meant} group by all),
        places as (select h.subject_no, h.window_no, h.p, h.participants is null as blind, h.unknown_participants as strangers,
            coalesce(s.m, 0) as m, coalesce(k.k, 0) as k
          from h left join size s on s.subject_no = h.subject_no and s.date = h.date
          left join met k on k.subject_no = h.subject_no and k.window_no = h.window_no and k.event_no = h.event_no)"""


def _has_small_stages(ask: Ask) -> bool:
    """Whether there are many events, and few members in any subject."""
    if ask.scope.is_small or ask.parameters.roles:
        return False
    most = ask.scope.db.one(f"""select max(members) from (select count(*) as members from member
        where subject_no in (select subject_no from active where subject_kind = {text(ask.rule.expect.of)}) group by subject_no)""")
    return (most or 0) <= MOST_LISTED


def _places_in_stages(ask: Ask) -> str:
    """The same for many events: a subject has few changes among its members, so that who is expected is listed once between two of them."""
    subjects = f"m.expected and m.subject_no in (select subject_no from active where subject_kind = {text(ask.rule.expect.of)})"
    return f"""stage as (select subject_no, date as from_date, coalesce(lead(date) over (partition by subject_no order by date), {DATE_MAX} + 2) as before
          from (select m.subject_no, m.from_date as date from member m where {subjects}
            union select m.subject_no, m.until_date + 1 from member m where {subjects})),
        expected as (select s.subject_no, s.from_date, s.before, w.weekday, list(distinct m.staff_no) as staff
          from stage s join member m on m.subject_no = s.subject_no and s.from_date between m.from_date and m.until_date and m.expected
          join (select unnest(range(1, 8)) as weekday) w on (m.weekdays >> (w.weekday::int - 1)) & 1 = 1 group by all),
        places as (select h.subject_no, h.window_no, h.p, h.participants is null as blind, h.unknown_participants as strangers,
            coalesce(len(x.staff), 0) as m, coalesce(len(list_filter(x.staff, lambda one: list_contains(h.participants, one))), 0) as k
          from h left join expected x on x.subject_no = h.subject_no and x.weekday = isodow(h.date) and h.date >= x.from_date and h.date < x.before)"""


def _per_answer(ask: Ask) -> str:
    """min(1, #T / n) .. min(1, (#T + #U) / n), n the active members on `closes_on`."""
    inner = f"""select c.*, n.n from (select g.subject_no, g.window_no, coalesce(x.t, 0) as t, coalesce(x.tu, 0) as tu from {ask.grid} g
          left join (select subject_no, window_no, count(*) filter (p) as t, count(*) as tu from ({ask.hits(ask.choice())}) group by all) x
          on x.subject_no = g.subject_no and x.window_no = g.window_no) c
        left join (select g.subject_no, g.window_no, count(distinct m.staff_no) as n from {ask.grid} g join member m
          on m.subject_no = g.subject_no and g.closes_on between m.from_date and m.until_date
          where {holds_role(ask, "m.staff_no", "g.closes_on")} group by all) n
        on n.subject_no = c.subject_no and n.window_no = c.window_no"""
    measurable = "coalesce(h.n, 0) > 0"
    return measured(
        beside(ask, inner), whole=True,
        low_num=f"case when {measurable} then least(h.t, h.n) end", low_den=f"case when {measurable} then h.n end",
        high_num=f"case when {measurable} then least(h.tu, h.n) end", high_den=f"case when {measurable} then h.n end",
        nothing=f"not {measurable}", few=_few(ask, measurable), events="coalesce(h.t, 0)", unknown="coalesce(h.tu - h.t, 0)",
    )


def _per_person(ask: Ask) -> str:
    """People surely / possibly at or above `at_least_events`, over those expected on half of the cell's days.

    Who came is listed once for an event, however many schools it reaches: thousands may come to one. Who is named twice matters where events are
    counted, not where one is enough.
    """
    least, choice = int(ask.parameters.at_least_events), ask.choice(PARTICIPANTS)
    came = "participants" if least == 1 else "list_distinct(participants)"
    inner = f"""
        with h as materialized (select * from ({ask.hits(choice)})),
        who as materialized ({expected_people(ask)}),
        came as (select event_no, unnest({came}) as staff_no from {ask.scope.events[choice.type]}
          where event_no in (select event_no from h where p)),
        present as (select h.subject_no, h.window_no, x.staff_no, count(*) as sure, count(*) filter (h.unknown_participants > 0) as sure_blind
          from came x join (select distinct subject_no, staff_no from who) w on w.staff_no = x.staff_no
          join (select event_no, subject_no, window_no, unknown_participants from h where p) h
            on h.event_no = x.event_no and h.subject_no = w.subject_no group by all),
        cell as (select subject_no, window_no, count(*) filter (p) as t, count(*) filter (p is null) as u,
            count(*) filter (p and (participants is null or unknown_participants > 0)) as blind from h group by all),
        sums as (select w.subject_no, w.window_no, count(*) as n, count(*) filter (coalesce(x.sure, 0) >= {least}) as low,
            count(*) filter (coalesce(x.sure, 0) + coalesce(c.blind, 0) - coalesce(x.sure_blind, 0) + coalesce(c.u, 0) >= {least}) as high
          from who w left join present x on x.subject_no = w.subject_no and x.window_no = w.window_no and x.staff_no = w.staff_no
          left join cell c on c.subject_no = w.subject_no and c.window_no = w.window_no group by all)
        select coalesce(s.subject_no, c.subject_no) as subject_no, coalesce(s.window_no, c.window_no) as window_no, s.n, s.low, s.high,
          coalesce(c.t, 0) as t, coalesce(c.u + c.blind, 0) as unknown
        from sums s full join cell c on c.subject_no = s.subject_no and c.window_no = s.window_no"""
    measurable = "coalesce(h.n, 0) > 0"
    return measured(
        beside(ask, inner), whole=True,
        low_num=f"case when {measurable} then h.low end", low_den=f"case when {measurable} then h.n end",
        high_num=f"case when {measurable} then h.high end", high_den=f"case when {measurable} then h.n end",
        nothing=f"not {measurable}", few=_few(ask, measurable), events="coalesce(h.t, 0)", unknown="coalesce(h.unknown, 0)",
    )


def expected_people(ask: Ask) -> str:
    """(subject_no, window_no, staff_no) of those expected, and holding a role, on at least half of the cell's days.

    A person with one membership row, on all weekdays, is counted by ordinals; the others, `apart`, day by day.
    """
    first, last = (day(date) for date in ask.scope.day_range)
    members = f"select * from ({_members(ask)}) where from_date <= {last} and until_date >= {first}"
    small, within = ask.scope.is_small, f"({members})"
    others = not small or ask.scope.db.one(f"select count(*) from ({APART.format(members=within)})")
    return f"""
        with m as materialized ({members}){f", apart as materialized ({APART.format(members='m')})" if others else ""},
        piece as (select g.subject_no, g.window_no, g.days, a.class_no, greatest(g.ord0, a.counted) as first, least(g.ord_close, a.hi) as last
          from {ask.grid} g join {ask.counted} a on a.subject_no = g.subject_no where least(g.ord_close, a.hi) > greatest(g.ord0, a.counted)),
        held as (select m.subject_no, m.staff_no, f.ord as before, u.ord as until
          from m {f"anti join{OF_APART}" if others else ""} join (select distinct subject_no, class_no from piece) c on c.subject_no = m.subject_no
          join day f on f.class_no = c.class_no and f.date = greatest(m.from_date - 1, {first})
          join day u on u.class_no = c.class_no and u.date = least(m.until_date, {last})),
        {BY_ORD if small else BY_ORD_OF_MANY}{BY_DAY if others else ""})
        select subject_no, window_no, staff_no from whole where 2 * held >= days"""


BY_ORD = """whole as (select p.subject_no, p.window_no, m.staff_no, p.days, sum(greatest(0, least(p.last, m.until) - greatest(p.first, m.before))) as held
          from piece p join held m on m.subject_no = p.subject_no group by all"""
BY_ORD_OF_MANY = """part as (select p.*, m.staff_no, greatest(0, least(p.last, m.until) - greatest(p.first, m.before)) as held
          from (select *, count(*) over (partition by subject_no, window_no) = 1 as is_whole from piece) p join held m on m.subject_no = p.subject_no),
        whole as (select subject_no, window_no, staff_no, days, held from part where is_whole
          union all select subject_no, window_no, staff_no, days, sum(held) from part where not is_whole group by all"""
"""The same for many people: only where a cell has several pieces are they added up."""
APART = "select subject_no, staff_no from {members} group by all having count(*) > 1 or min(weekdays) <> 127"
"""Who has several membership rows in a subject, or one for some weekdays; of few people one looks first whether there are any."""
OF_APART = " apart s on s.subject_no = m.subject_no and s.staff_no = m.staff_no"
BY_DAY = f"""
          union all select p.subject_no, p.window_no, m.staff_no, p.days, count(distinct d.date)
          from piece p join m on m.subject_no = p.subject_no semi join{OF_APART}
          join day_of d on d.class_no = p.class_no and d.ord > p.first and d.ord <= p.last
            and d.date between m.from_date and m.until_date and {WEEKDAY.format(date="d.date")} group by all"""


def _members(ask: Ask) -> str:
    """Who is expected in which subject and when; with `roles`, only while the person holds one of them."""
    columns, asked = "m.subject_no, m.staff_no, m.weekdays", f"m.subject_no in (select subject_no from {ask.grid})"
    if not ask.parameters.roles:
        return f"select {columns}, m.from_date, m.until_date from member m where m.expected and {asked}"
    roles = ", ".join(text(role) for role in ask.parameters.roles)
    return f"""select {columns}, greatest(m.from_date, r.from_date) as from_date, least(m.until_date, r.until_date) as until_date
        from member m join assignment r on r.staff_no = m.staff_no and r.from_date <= m.until_date and r.until_date >= m.from_date
        where m.expected and {asked} and list_has_any(r.roles, [{roles}])"""
