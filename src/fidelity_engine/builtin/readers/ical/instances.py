"""The instances of an event as rows: those of its rule, moved, changed and cancelled as its exceptions say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta

from fidelity_engine.builtin.readers.ical.component import Component, one_or_all
from fidelity_engine.builtin.readers.ical.series import meant, starts_of, within
from fidelity_engine.builtin.readers.ical.versions import Event
from fidelity_engine.builtin.readers.ical.zones import Stamp, Unreadable, Zones

EVER = (date(1900, 1, 1), date(2100, 12, 31))
FARTHEST = timedelta(days=366)


def instances(event: Event, zones: Zones, since: date | None, until: date | None) -> Iterator[tuple[Component, Mapping[str, object]]]:
    """The rows of an event that start on these dates, each with the version that tells it."""
    asked = (since or EVER[0], until or EVER[1])
    for part, start, length, named in _all(event, zones, *asked):
        if asked[0] <= start.local_date(zones.local) <= asked[1]:
            yield part, _row(event, part, start, length, named)


Instance = tuple[Component, Stamp, timedelta | None, Stamp | None]
"""Which version tells it, when it starts, how long it lasts, and which instance of the series it is."""


def _all(event: Event, zones: Zones, since: date, until: date) -> Iterator[Instance]:
    left = {id(one): one for one in event.exceptions}
    if event.master is not None:
        yield from _of_series(event, event.master, zones, since, until, left)
    for one in left.values():                                # what replaces no instance that is known is one of its own
        yield one, one.start, one.length, one.instead_of


def _of_series(event: Event, master: Component, zones: Zones, since: date, until: date, left: dict[int, Component]) -> Iterator[Instance]:
    if not master.recurs and not event.exceptions:
        yield master, master.start, master.length, None
        return
    slack = timedelta(days=1) + max((abs(_shift(one, zones)) for one in event.exceptions if one.and_later), default=timedelta())
    starts = starts_of(master, zones, datetime.combine(until, time.max) + slack)
    within(list(starts), datetime.combine(since, time()) - slack)
    instead: dict[datetime, Component] = {}
    for one in event.exceptions:
        for wall in meant(one.instead_of or one.start, master.start, starts, zones.local):
            instead[wall] = one
            left.pop(id(one), None)
    changed: Component | None = None
    for wall, length in starts.items():
        yield _one(master, wall, length, instead.get(wall), changed, zones)
        if wall in instead and instead[wall].and_later:
            changed = instead[wall]


def _one(
    master: Component, wall: datetime, length: timedelta | None, own: Component | None, changed: Component | None, zones: Zones
) -> Instance:
    """An instance: as its own exception says, else as the last change of it and all later ones does, else as the series."""
    named = master.start.at(wall)
    if own is not None:
        return own, own.start, own.length, named
    if changed is not None:
        shifted = master.start.at(wall + _shift(changed, zones))
        moved = changed.start.at(shifted.seen_from(changed.start, zones.local))
        return changed, moved, changed.length, named
    return master, named, length if length is not None else master.length, named


def _shift(one: Component, zones: Zones) -> timedelta:
    """How far a change moves instances."""
    assert one.instead_of is not None
    found = one.start.seen_from(one.instead_of, zones.local) - one.instead_of.wall
    if abs(found) > FARTHEST:
        raise Unreadable("It moves instances by more than a year.")
    return found


def _row(event: Event, part: Component, start: Stamp, length: timedelta | None, named: Stamp | None) -> Mapping[str, object]:
    return {
        **part.told, "uid": event.id, "id": event.id if named is None else f"{event.id}/{named.named()}", "start": start.written(),
        "end": None if start.is_date or length is None else start.at(start.wall + length).written(),
        "status": "cancelled" if part.cancelled or (event.master and event.master.cancelled) else "planned", "calendar": one_or_all(event.calendars),
    }
