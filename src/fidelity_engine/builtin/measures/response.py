"""response: is a trigger answered within N days, by the same subject."""

from __future__ import annotations

from collections.abc import Sequence

from fidelity_engine.builtin.measures.share import COUNTED, ends
from fidelity_engine.db import day
from fidelity_engine.links import SUBJECT, Ask, Chosen, chosen, linked
from fidelity_engine.windows import window_number, window_table


def response(ask: Ask) -> str:
    """Share of triggers, in the window in which they fall due, answered on the same date or within N days.

    A trigger that is unanswered and not yet due, or whose answer is unknown, counts as unknown, as in `share`.
    """
    p = ask.parameters
    link = p.link or SUBJECT
    after = chosen(ask.scope, p.after.event, p.after.where, p.status, link)
    answer = chosen(ask.scope, p.answer.event, p.answer.where, p.status, link)
    answer.attested = ask.attested
    inner = f"""
        with trigger_ as materialized ({_triggers(ask, after)}),
        answer_ as materialized ({_answers(ask, answer)}),
        judged as (select t.subject_no, t.window_no, t.event_no, t.ord, t.due_ord, t.due, t.last_over, t.ord_over, t.p,
            bool_or(coalesce(a.p and {_agree(ask, after, answer)}, false)) as sure,
            bool_or(a.subject_no is not null and (a.p and {_agree(ask, after, answer)}) is null) as possible
          from trigger_ t left join answer_ a on a.subject_no = t.subject_no and a.date between t.date and t.due
          group by all),
        x as (select *, case when sure then true when possible or due > last_over then null else false end as holds from judged),
        s as (select subject_no, window_no, {COUNTED}, min(ord) - 1 as after_ord,
            min(due_ord - ord_over) filter (p and not sure and due > last_over) as risk_days from x group by all)
        select * from s"""
    return ends(ask, inner, after_ord="h.after_ord", risk_days="h.risk_days")


def _names(ask: Ask, with_link: bool) -> Sequence[str]:
    """The fields that triggers and answers bring along: `match`, then the trigger's id or the answer's link."""
    answer_link = ask.parameters.answer.link
    extra = () if answer_link is None else (answer_link,) if with_link else ("id",)
    return (*ask.parameters.match, *extra)


def _triggers(ask: Ask, choice: Chosen) -> str:
    """Triggers dated in the period with their due date, in the window in which that falls."""
    p, scope = ask.parameters, ask.scope
    events = linked(scope, choice, ask.rule.expect.of, ask.bound, _names(ask, with_link=False))
    n = int(p.within_days)
    if p.within_unit == "days":
        due = f"join day v on v.class_no = h.class_no and v.date = h.date + {n - 1} join day_of u on u.class_no = h.class_no and u.ord = v.ord + 1"
    elif n == 0:  # the date itself, also where it is no school day
        due = "join day u on u.class_no = h.class_no and u.date = h.date"
    else:
        due = f"join day_of u on u.class_no = h.class_no and u.ord = d.ord + {n}"
    dated = f"""select h.*, d.ord - (d.counts)::int + 1 as ord, u.date as due, u.ord as due_ord, k.last_over, k.ord_over
        from ({events}) h join day d on d.class_no = h.class_no and d.date = h.date {due}
        join clock_class k on k.class_no = h.class_no
        where h.date between {day(scope.start)} and {day(scope.end)} and u.date between {day(scope.start)} and {day(scope.end)}"""
    each = ask.rule.expect.each
    if each.unit == "term":
        return f"""select t.*, w.window_no from ({dated}) t join {window_table(each)} w on w.class_no = t.class_no
            and t.due between w.window_start and w.window_end"""
    return f"select t.*, {window_number(each, 't.due', scope.start)} as window_no from ({dated}) t"


def _answers(ask: Ask, choice: Chosen) -> str:
    """What answers there are on which dates: how many are alike does not matter, and of a large subject there are thousands on a day."""
    names = _names(ask, with_link=True)
    fields = "".join(f", f_{place}" for place in range(len(names)))
    return f"select distinct subject_no, date, p{fields} from ({linked(ask.scope, choice, ask.rule.expect.of, ask.bound, names)})"


def _agree(ask: Ask, after: Chosen, answer: Chosen) -> str:
    """Three-valued: trigger `t` and answer `a` agree in the fields of `match`, and the answer names the trigger."""
    ours, theirs = ask.scope.fields[after.type], ask.scope.fields[answer.type]
    conditions = []
    for i, name in enumerate(ask.parameters.match):
        conditions.append(_shares_value(f"t.f_{i}", ours[name].type, f"a.f_{i}", theirs[name].type))
    if ask.parameters.answer.link is not None:
        i = len(ask.parameters.match)
        conditions.append(_shares_value(f"t.f_{i}", "text", f"a.f_{i}", theirs[ask.parameters.answer.link].type))
    return " and ".join(conditions) or "true"


def _shares_value(left: str, left_type: str, right: str, right_type: str) -> str:
    """Equal; lists agree when they share a value. Missing on either side: unknown."""
    if left_type != "list" and right_type != "list":
        return f"({left} = {right})"
    lists = [side if kind == "list" else f"case when {side} is not null then [{side}] end" for side, kind in ((left, left_type), (right, right_type))]
    return f"case when {left} is not null and {right} is not null then list_has_any({lists[0]}, {lists[1]}) end"
