"""Circles among things that name one another."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from graphlib import CycleError, TopologicalSorter


def circles(names: Mapping[str, Iterable[str]]) -> list[list[str]]:
    """Each circle once, as it is walked: a, b, a. It begins with the one that the file has first."""
    graph = {name: [other for other in others if other in names] for name, others in names.items()}
    order = {name: index for index, name in enumerate(names)}
    found: list[list[str]] = []
    while True:
        try:
            TopologicalSorter(graph).prepare()
        except CycleError as error:
            ring = list(reversed(error.args[1]))[:-1]
            first = min(range(len(ring)), key=lambda index: order[ring[index]])
            ring = ring[first:] + ring[:first]
            found.append([*ring, ring[0]])
            graph[ring[-1]] = [other for other in graph[ring[-1]] if other != ring[0]]
        else:
            return found


def walked(circle: list[str]) -> str:
    """A circle as a message shows it."""
    return " → ".join(circle)
