"""A brute-force reading of chapters 2 to 4: plain loops over dates and events, nothing shared with the engine.

    cells = evaluate(district, as_of)

`district` is a dict: `rules` (the rule file as a dict), `schools, teams, staff, members, calendar, terms, complete,
waivers` (rows) and `events` (source → canonical rows; None: the source cannot be read).
"""

from oracle.episodes import episodes
from oracle.evaluate import evaluate

__all__ = ["episodes", "evaluate"]
