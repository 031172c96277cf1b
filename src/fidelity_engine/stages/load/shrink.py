"""The guard against half an upload: a listing or source that lost rows since it was last read whole (chapter 5)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches

from fidelity_engine.errors import FidelityError, Mistakes
from fidelity_engine.model.finding import SourceCount
from fidelity_engine.model.former import Former
from fidelity_engine.model.rule import RuleSet
from fidelity_engine.stages.load.counting import Account
from fidelity_engine.stages.load.facts import LISTINGS
from fidelity_engine.stages.load.reading import Reading
from fidelity_engine.stages.load.reasons import Fate

LISTING, SOURCE = "listing", "source"
LET = "Complete it; or, where it is right, let it pass once with `--accept-shrink {}`."
FEWEST = 5
SHARE = 10
"""More than this many rows, and more than one row in so many, must be lost."""


def key(kind: str, name: str) -> str:
    """What a count is remembered as: a source may be called like a listing."""
    return f"{kind}:{name}"


def shrunk(before: int, now: int) -> bool:
    """Whether so many rows were lost that the file cannot be whole."""
    lost = before - now
    return lost > FEWEST and lost * SHARE > before


def read_whole(listings: Mapping[str, int], sources: Iterable[SourceCount]) -> dict[str, int]:
    """What the next run compares with: rows per listing, accepted rows per source that could be used."""
    found = {key(LISTING, name): rows for name, rows in listings.items()}
    return found | {key(SOURCE, one.source): one.accepted for one in sources if one.readable}


def guard_listings(reading: Reading, counts: Mapping[str, int], former: Former) -> None:
    """End the run where a listing of roster or calendar lost too much: before what only follows from it is told."""
    wrong = []
    for name in reading.listed.keys() - reading.failed - former.let_shrink:
        before, now = former.rows.get(key(LISTING, name), 0), counts[name]
        if shrunk(before, now):
            wrong.append(FidelityError(f"{name} has {now} rows, {before} the last time; it looks like half a file", reading.origin(name), LET.format(name)))
    if wrong:
        raise Mistakes([*reading.mistakes, *wrong])


def guard_sources(accounts: Iterable[Account], former: Former) -> None:
    """Take each source that lost too much for unreadable."""
    for account in accounts:
        before = former.rows.get(key(SOURCE, account.source), 0)
        if account.weighed is None or account.source in former.let_shrink:
            continue
        now = account.weighed.counts.get(Fate.ACCEPTED, 0)
        if shrunk(before, now):
            account.shrunk = f"It has {now} usable rows, {before} the last time: it looks like half a file. {LET.format(account.source)}"


def must_shrink(names: Iterable[str], ruleset: RuleSet) -> None:
    """Refuse a name for which no count is kept."""
    known = [*LISTINGS, *ruleset.evidence]
    for name in names:
        if name not in known:
            near = get_close_matches(name, known, 1)
            mend = f"Did you mean `{near[0]}`?" if near else f"Write one of {', '.join(known)}."
            raise FidelityError(f"there is no listing or source `{name}`", "--accept-shrink", mend)
