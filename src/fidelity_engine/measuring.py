"""What one rule's measure gives, and what is left of the rule when the measure's plugin breaks."""

from __future__ import annotations

from collections.abc import Callable

from fidelity_engine.db import text
from fidelity_engine.links import Ask
from fidelity_engine.model.rule import Rule
from fidelity_engine.plugin.spec import MeasureKind, Parameters
from fidelity_engine.relations import measured
from fidelity_engine.room import NoRoom
from fidelity_engine.scope import Scope

Step = Callable[[Scope, Rule, MeasureKind, str], None]
"""Does something for one rule, with its kind of measure and the relation of its cells."""


def failing(cause: str) -> MeasureKind:
    """A measure that gives `error` for every cell: what is left of a broken plugin."""
    return MeasureKind("broken", Parameters, "", cause, table=lambda ask: measured(f"{ask.grid} g", failure=text(cause)))


def kind_of(scope: Scope, rule: Rule) -> MeasureKind:
    """The kind of a rule's measure; where nobody gives it, one that says why in every cell."""
    return scope.kinds.get(rule.measure.kind) or failing(scope.absent)


def measured_rows(ask: Ask, kind: MeasureKind) -> str:
    """SELECT of the grid with what the measure gives."""
    if kind.table:
        return kind.table(ask)
    from fidelity_engine.stages.measure.functions import function_measured

    return function_measured(ask, kind, ask.scope.plugin_titles.get(kind.name, kind.name))


def guarded(scope: Scope, rule: Rule, step: Step, grid: str, broken: dict[str, MeasureKind]) -> None:
    """A step for one rule; where a plugin raises, the rule is noted in `broken`, with the measure that gives its errors."""
    try:
        step(scope, rule, kind_of(scope, rule), grid)
    except (NoRoom, KeyboardInterrupt):
        raise                # and no plugin is to blame
    except BaseException as error:
        title = scope.plugin_titles.get(rule.measure.kind)
        if title is None:
            raise            # a bug of ours shows its trace
        scope.failures[title] = f"{title} raised {type(error).__name__} in `{rule.measure.kind}`."
        broken[rule.id] = failing(f"{title} raised {type(error).__name__}")
