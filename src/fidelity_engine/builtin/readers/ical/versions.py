"""Which of several versions of an event is the newest, and which exceptions belong to it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from fidelity_engine.builtin.readers.ical.component import Component
from fidelity_engine.builtin.readers.ical.index import Block


@dataclass(frozen=True)
class Event:
    """The newest version of an event, its exceptions, and the names of all calendars that have it.

    `master` is None where only exceptions are known. `id` is the UID, with the calendar where others use the UID too.
    """

    id: str
    block: Block
    master: Component | None
    exceptions: Sequence[Component]
    calendars: Sequence[str]


def newest(components: Sequence[Component]) -> Iterator[Event]:
    """The events of one UID: one, unless calendars use it for different things."""
    masters = [one for one in components if one.instead_of is None]
    if len({one.block.calendar for one in masters}) > 1 and _are_strangers(masters):
        for calendar in dict.fromkeys(one.block.calendar for one in components):
            yield _event([one for one in components if one.block.calendar == calendar], f"/{calendar.name}")
    elif components:
        yield _event(components)


def _are_strangers(masters: Sequence[Component]) -> bool:
    """Whether the same version says different things in different calendars: then the UID is no UID."""
    said: dict[tuple[int, str], set[object]] = {}
    for one in masters:
        said.setdefault(one.version, set()).add((one.start.named(), one.rule, one.told.get("summary")))
    return any(len(things) > 1 for things in said.values())


def _event(components: Sequence[Component], which: str = "") -> Event:
    masters = [one for one in components if one.instead_of is None]
    master = max(reversed(masters), key=lambda one: one.version, default=None)      # of equal ones the last
    exceptions: dict[str, Component] = {}
    for one in components:
        if one.instead_of is not None:
            key = one.instead_of.named()
            if key not in exceptions or one.version >= exceptions[key].version:
                exceptions[key] = one
    calendars = list(dict.fromkeys(one.block.calendar.name for one in components))
    first = master or components[0]
    return Event(first.uid + which, first.block, master, list(exceptions.values()), calendars)
