"""The text of a new cycle: every key with a comment, nothing decided that only people can decide."""

from __future__ import annotations

import re
from datetime import date, timedelta

from fidelity_engine.errors import FidelityError
from fidelity_engine.model.cycle import SIX_WEEKS

_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def new_cycle(id: str, rule: str, schools: tuple[str, ...], subjects: tuple[str, ...], start: date) -> str:
    """The file of a cycle about a rule, for these schools or subjects, from a day on."""
    if not _ID.fullmatch(id):
        raise FidelityError(f"`{id}` is no id for a cycle", mend="Write small letters, digits and hyphens: cedar-three-blocks.")
    end = start + SIX_WEEKS
    whom = [f"school: [{', '.join(schools)}]"] if schools else []
    whom += [f"subject: [{', '.join(subjects)}]"] if subjects else []
    return f"""id: {id}
# title: how a report calls it

aim:                                  # for whom, how much, by when
  for: {{{', '.join(whom)}}}
  reach: 0.8                          # share of the outcome's cells that are met while doing
  by: {end - timedelta((end.weekday() - 4) % 7)}

measures:                             # outcome: does it help? process: does it happen? balancing: does it harm?
  - {{rule: {rule}, role: outcome}}

changes:                              # ids of adjustments (a-...), or change ideas in words
prediction:                           # what you expect to see, written before you do it

start: {start}
end: {end}
stage: plan                           # plan, do, study, act
decision:                             # adopt, adapt, abandon
learning:
next:                                 # after adapt: the id of the next cycle
"""
