"""Measures of our district."""

from fidelity_engine.plugin import Cell, Event, hookimpl, measure

FIDELITY_API = 1                               # the version of the plugin API that this was written for


# The kind's name in the rule file; the unit beside its values; all fields of an event that the function may look at.
@measure("$name", unit="share", fields=["done"])
def $function(events: list[Event], cell: Cell, *, minimum: int = 2) -> float | None:
    """Share of events that were carried out. None: nothing to measure."""
    # Cells without events come too: absence is the point. Parameters after the star are keys of the rule file.
    if len(events) < minimum:
        return None
    # event["done"] of an event without that field makes the cell `no_data`; event.get("done") would give None.
    return sum(event["done"] for event in events) / len(events)


@hookimpl
def fidelity_measures():
    """What this plugin adds."""
    return [$function]
