"""Measures of our district."""

from fidelity_engine.plugin import Cell, Event, hookimpl, measure

FIDELITY_API = 1


@measure("coaching-balance", unit="share", fields=["requested_by"])
def coaching_balance(events: list[Event], cell: Cell, *, minimum: int = 3) -> float | None:
    """Share of coaching contacts that the teacher asked for. None: nothing to measure."""
    if len(events) < minimum:
        return None
    return sum(e["requested_by"] == "teacher" for e in events) / len(events)


@hookimpl
def fidelity_measures():
    """One measure."""
    return [coaching_balance]
