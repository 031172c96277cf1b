"""Which of several versions of an event is the newest, and which exceptions belong to it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from fidelity_engine.builtin.readers.ical.component import Component
from fidelity_engine.builtin.readers.ical.index import Block

SERIES = ""
"""The place of an event that is no exception to one."""


@dataclass(frozen=True)
class Event:
    """The newest version of an event, its exceptions, and the names of all calendars that have it.

    `master` is None where only exceptions are known. `id` is the UID, with the calendar where others use the UID too.
    `copies`: what stands for the same as one of these, by its identity. `replaced`: older versions of them.
    """

    id: str
    block: Block
    master: Component | None
    exceptions: Sequence[Component]
    calendars: Sequence[str]
    copies: Mapping[int, Sequence[Component]]
    replaced: Sequence[Component]


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
    used: dict[str, Component] = {}
    for one in components:
        if one.version >= used.get(_place(one), one).version:          # of equal ones the last
            used[_place(one)] = one
    copies: dict[int, list[Component]] = {}
    replaced = []
    for one in components:
        newer = used[_place(one)]
        if _is_copy(one, newer):
            copies.setdefault(id(newer), []).append(one)
        elif one is not newer:
            replaced.append(one)
    calendars = list(dict.fromkeys(one.block.calendar.name for one in components))
    master = used.pop(SERIES, None)
    first = master or components[0]
    return Event(first.uid + which, first.block, master, list(used.values()), calendars, copies, replaced)


def _place(one: Component) -> str:
    """What it tells: the series, or which instance of it."""
    return one.instead_of.named() if one.instead_of is not None else SERIES


def _is_copy(one: Component, newer: Component) -> bool:
    """Whether both are the same meeting: invited people hold copies of one version that differ in who has answered."""
    if one is newer:
        return False
    return one.says == newer.says or (one.version[0] == newer.version[0] and one.block.calendar != newer.block.calendar)
