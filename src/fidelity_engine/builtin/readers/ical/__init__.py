"""iCalendar: meetings of team calendars, each instance of a series a row. A plan is no attendance, so the default status is `planned`."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from typing import Any

from pydantic import Field

from fidelity_engine.builtin.readers.opening import Rejects, in_utf8
from fidelity_engine.errors import FidelityError
from fidelity_engine.model.values import Text
from fidelity_engine.plugin.spec import Parameters, Placed, Reader, ReadRequest, Rejected, Rows

COLUMNS = (
    "id", "uid", "start", "end", "status", "calendar", "summary", "location", "categories", "attendees", "accepted", "organizer", "created",
)

NO_LISTING = "The days of schools are a row per date and kind, in a CSV file, or the short form: see docs/evidence.md."
REPLACED = "A newer version of the event with the same UID is used."


class Options(Parameters):
    """Keys of a source of calendars."""

    zones: dict[str, Text] = Field(default_factory=dict, description="What names of time zones in the file mean: their IANA names.")


def read(request: ReadRequest) -> Rows:
    """The instances of all events of the files, as far as rules ask about their dates."""
    if find_spec("icalendar") is None:
        raise FidelityError("calendars need a library that is not installed", request.name, "pip install 'fidelity-engine[ical]'")
    if request.listing:                                  # a break of three days is one event: two of them would be school days
        raise FidelityError(f"an iCalendar file holds meetings, and cannot be `{request.listing}`", request.name, NO_LISTING)
    from fidelity_engine.builtin.readers.ical.index import index_of
    from fidelity_engine.builtin.readers.ical.zones import Zones

    files = [(path.name, in_utf8(path, request, place)) for place, path in enumerate(request.paths)]
    index = index_of(files)
    zones = Zones(request.timezone, index.zones, request.options.get("zones", {}), request.name)
    rejected = Rejects()
    return Rows(COLUMNS, _rows(request, index, zones, rejected), rejected, status="planned")


def _rows(request: ReadRequest, index: Any, zones: Any, rejected: Rejects) -> Iterator[Placed]:
    """One event after the other, with all of its versions and exceptions; what cannot be read of one hurts no other.

    A copy of an event, in the same calendar or in another one, gives the same rows again, which count as duplicates.
    """
    from fidelity_engine.builtin.readers.ical.instances import instances
    from fidelity_engine.builtin.readers.ical.versions import newest
    from fidelity_engine.builtin.readers.ical.zones import Unreadable

    for blocks in index.groups():
        components = []
        for block in blocks:
            try:
                components.append(index.component(block, zones))
            except Unreadable as error:
                rejected.add(Rejected(block.file, block.line, str(error), index.text(block)))
        for event in newest(components):
            for old in event.replaced:
                rejected.add(Rejected(old.block.file, old.block.line, REPLACED, index.text(old.block), "superseded"))
            try:
                for part, instance in instances(event, zones, request.since, request.until):
                    for one in (part, *event.copies.get(id(part), ())):
                        yield Placed(instance, one.block.file, one.block.line)
            except Unreadable as error:
                rejected.add(Rejected(event.block.file, event.block.line, str(error), index.text(event.block)))


ICAL = Reader("ical", (".ics", ".ical"), read, "Calendars (iCalendar): each instance of a meeting, planned unless it is said to be more.", Options)
