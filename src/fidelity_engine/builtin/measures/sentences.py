"""The measures that ship with the engine, each as one sentence of the rule book."""

from __future__ import annotations

from decimal import Decimal

from fidelity_engine.plugin.words import Words, counted, either, filtered, listed, number, percent, plural

_DAYS = {"instructional_days": "school day", "days": "day"}


def _is(words: Words, what: str, write: object = None) -> str:
    """`In each week, WHAT is at least 3`."""
    return f"{words.when}, {what} is {words.target(write)}"


def count(words: Words) -> str:
    """In each week, each team has at least 3 meetings."""
    p = words.parameters
    if p.distinct:
        kinds = listed(name.replace("_", " ") for name in p.distinct)
        what = f"different combinations of {kinds}" if len(p.distinct) > 1 else f"different values of {kinds}"
        return _is(words, f"the number of {what} among the {words.events()} of {words.subject}{words.linked}")
    if words.rule.judge.direction == "reference":
        return _is(words, f"the number of {words.events()} of {words.subject}{words.linked}")
    targets = {one.value for one in words.rule.judge.targets}
    one = Decimal(1) if targets == {Decimal(1)} else None
    return f"{words.when}, {words.subject} has {words.target()} {words.events(count=one)}{words.linked}"


def total(words: Words) -> str:
    """In each week, the sum of the minutes of the meetings of each team is at least 90."""
    return _is(words, f"the sum of {_field(words)} over the {words.events()} of {words.subject}{words.linked}")


def mean(words: Words) -> str:
    """In each term, the mean score of the answers of each school is shown beside 4.2."""
    least = f" (from {counted(words.parameters.min_n, 'value')} on)" if words.parameters.min_n else ""
    return _is(words, f"the mean {_field(words)} of the {words.events()} of {words.subject}{words.linked}{least}")


def _field(words: Words) -> str:
    return str(words.parameters.field).replace("_", " ")


def share(words: Words) -> str:
    """In each month, the share with protocol used among the meetings of each team is at least 80 %."""
    p = words.parameters
    what = f"the share of {_field(words)} with" if p.field else "the share with"
    return _is(words, f"{what} {filtered(p.having)} among the {words.events()} of {words.subject}{words.linked}{_from(words)}")


def _from(words: Words) -> str:
    least = words.parameters.min_events
    return f" (from {counted(least, 'event')} on)" if least else ""


def participation(words: Words) -> str:
    """In each term, the share of the people of each school who took part in a training is at least 80 %."""
    p = words.parameters
    people = f"the {either(p.roles)} people" if p.roles else "the people"
    if p.per == "answer":
        return f"{words.when}, the {words.events()} of {words.subject} are {words.target()} of the number of its {people.removeprefix('the ')}"
    if p.per == "event":
        return _is(words, f"the share of {people} expected from {words.subject} who were there, over all {words.events()}{_from(words)},")
    often = "at least one" if p.at_least_events == 1 else f"at least {p.at_least_events}"
    return _is(words, f"the share of {people} of {words.subject} who took part in {often} of the {words.events()}{_from(words)}")


def recency(words: Words) -> str:
    """In each week, the last norm review of each team lies back at most 60 school days."""
    p = words.parameters
    return f"{words.when}, the last of the {words.events()} of {words.subject}{words.linked} lies back {words.target()} {_DAYS[p.unit]}s"


def gap(words: Words) -> str:
    """In each month, the longest time without a visit to each team is at most 10 school days."""
    p = words.parameters
    return f"{_is(words, f'the longest time without {words.events()} of {words.subject}{words.linked}')} {_DAYS[p.unit]}s"


def response(words: Words) -> str:
    """In each month, the share of visits to each school that are followed by feedback within 5 school days is at least 80 %."""
    p = words.parameters
    agree = f" with the same {listed(name.replace('_', ' ') for name in p.match)}" if p.match else ""
    named = f" that name them under {p.answer.link.replace('_', ' ')}" if p.answer.link else ""
    within = f"within {counted(p.within_days, _DAYS[p.within_unit])}"
    what = f"the share of {words.events(p.after)} of {words.subject} that are answered by {words.events(p.answer)}{agree}{named} {within}"
    return _is(words, what)


def rollup(words: Words) -> str:
    """In each month, the share of subjects below the district that hold another rule in 75 % of their windows is at least 75 %."""
    p = words.parameters
    if p.share_of == "cells":
        return _is(words, f"the share of windows below {words.subject} in which {words.title(p.rule)} is met")
    often = f"at least {percent(p.each_at_least)} of their windows"
    return _is(words, f"the share of those below {words.subject} that meet {words.title(p.rule)} in {often}")


_TESTS = {"anhoej": "a run chart", "xmr": "an individuals chart", "p": "a chart of shares"}


def signal(words: Words) -> str:
    """In each month, a run chart of another rule shows no shift for the worse in each school."""
    p = words.parameters
    return f"{words.when}, {_TESTS[p.test]} of {words.title(p.rule)} shows no shift for the worse in {words.subject}"


def ladder(words: Words) -> str:
    """In each term, each team stands at least on the rung `proficient`: the best all of whose rules it meets."""
    rungs = words.parameters.rungs
    names = {Decimal(len(rungs) - index): rung.level for index, rung in enumerate(rungs)}
    write = lambda value: names.get(value, number(value))  # noqa: E731
    return f"{words.when}, of the rungs {listed(rung.level for rung in rungs)}, that of {words.subject} is {words.target(write)}"


def score(words: Words) -> str:
    """In each term, the score of the forms of each team, as a share of their most points, is at least 70 %."""
    p = words.parameters
    what = "the weakest subscale" if p.score == "min" else "the score"
    raters = f" with at least {counted(p.raters, 'form')}" if p.raters > 1 else ""
    newest = f" in the weakest of its newest {p.in_a_row}" if p.in_a_row > 1 else ""
    return _is(words, f"{what} of the {words.events()} of {words.subject}{raters}{newest}, as a share of the most points,")


def agreement(words: Words) -> str:
    """In each term, the share of equal ratings of two raters is at least 80 %."""
    p = words.parameters
    what = "the share of equal ratings" if p.statistic == "exact" else "Cohen's kappa of the ratings"
    write = percent if p.statistic == "exact" else number
    return _is(words, f"{what} of two raters ({listed(name.replace('_', ' ') for name in p.ratings)}) in {plural(p.event)} of {words.subject}", write)
