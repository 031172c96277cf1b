"""One event of a calendar file: what matters of its text, with dates resolved. Free text but title and place is left out."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from icalendar.parser import Contentline
from icalendar.prop import vDuration

from fidelity_engine.builtin.readers.ical.zones import Stamp, Unreadable, Zones, stamp_of

if TYPE_CHECKING:
    from fidelity_engine.builtin.readers.ical.index import Block

USED = frozenset({
    "UID", "DTSTART", "DTEND", "DURATION", "RRULE", "EXRULE", "RDATE", "EXDATE", "RECURRENCE-ID", "STATUS", "SEQUENCE",
    "LAST-MODIFIED", "DTSTAMP", "CREATED", "SUMMARY", "LOCATION", "CATEGORIES", "ATTENDEE", "ORGANIZER",
})
LONGEST = timedelta(days=3660)
THINGS = frozenset({"ROOM", "RESOURCE"})
_ESCAPED = re.compile(r"\\([\\;,nN])")
_COMMA = re.compile(r"(?<!\\),")


class Property(NamedTuple):
    """A property of an event: parameters (names in capitals) and value as written."""

    parameters: Mapping[str, str]
    value: str


@dataclass(frozen=True, slots=True)
class Component:
    """An event as one VEVENT says it: a single one, a series, or an exception to one (`instead_of`).

    `length`: from start to end, None where it is not said. `more`: RDATEs, with an end of their own where they say one.
    `version`: what is newer compares greater. `told`: fields of the row.
    """

    block: Block
    uid: str
    start: Stamp
    length: timedelta | None
    rule: str
    without: str
    more: Sequence[tuple[Stamp, timedelta | None]]
    excluded: Sequence[Stamp]
    instead_of: Stamp | None
    and_later: bool
    cancelled: bool
    version: tuple[int, str]
    told: Mapping[str, object] = field(default_factory=dict)

    @property
    def says(self) -> tuple[object, ...]:
        """All that matters of it: what says the same is a copy, whatever its version."""
        more, excluded = [(stamp.named(), length) for stamp, length in self.more], [stamp.named() for stamp in self.excluded]
        return (
            self.start.named(), self.length, self.rule, self.without, more, excluded, self.instead_of and self.instead_of.named(),
            self.and_later, self.cancelled, self.told,
        )

    @property
    def recurs(self) -> bool:
        """Whether it has several instances."""
        return bool(self.rule or self.more)


def component_of(text: str, block: Block, zones: Zones) -> Component:
    """The event of a block's text; Unreadable where it makes no sense."""
    found: dict[str, list[Property]] = {}
    for name, prop in _properties(text):
        found.setdefault(name, []).append(prop)
    one = {name: props[0] for name, props in found.items()}
    if "DTSTART" not in one:
        raise Unreadable("It does not say when it starts.")
    start = _stamp(one["DTSTART"], zones)
    before = _stamp(one["RECURRENCE-ID"], zones) if "RECURRENCE-ID" in one else None
    status = _value(one, "STATUS").upper()
    return Component(
        block, plain(_value(one, "UID")) or _derived(found), start, _length(one, start, zones), _value(one, "RRULE"), _value(one, "EXRULE"),
        list(_more(found, zones)), [stamp for prop in found.get("EXDATE", ()) for stamp in _stamps(prop, zones)], before,
        before is not None and one["RECURRENCE-ID"].parameters.get("RANGE", "").upper() == "THISANDFUTURE",
        status == "CANCELLED" or block.calendar.cancels, _version(one), _told(found, one),
    )


def _properties(text: str) -> Iterator[tuple[str, Property]]:
    """The properties that are used, of the event itself and not of its alarms."""
    inside = 0
    for line in re.sub(r"\r?\n[ \t]", "", text).splitlines():
        name = re.split("[:;]", line, maxsplit=1)[0].upper()
        inside += (name == "BEGIN") - (name == "END")
        if inside == 1 and name in USED:
            try:
                _, parameters, value = Contentline(line).parts()
            except (ValueError, KeyError):
                raise Unreadable(f"Its {name} cannot be taken apart.") from None
            yield name, Property({key.upper(): _first(said) for key, said in parameters.items()}, value)


def _first(said: object) -> str:
    return str(said[0] if isinstance(said, list | tuple) and said else said)


def _value(one: Mapping[str, Property], name: str) -> str:
    return one[name].value.strip() if name in one else ""


def _stamp(prop: Property, zones: Zones) -> Stamp:
    return stamp_of(prop.value, prop.parameters.get("TZID"), zones)


def _stamps(prop: Property, zones: Zones) -> Iterator[Stamp]:
    yield from (stamp_of(value, prop.parameters.get("TZID"), zones) for value in prop.value.split(",") if value.strip())


def _more(found: Mapping[str, list[Property]], zones: Zones) -> Iterator[tuple[Stamp, timedelta | None]]:
    """RDATEs: dates, times or periods."""
    for prop in found.get("RDATE", ()):
        for value in filter(str.strip, prop.value.split(",")):
            begin, _, end = value.partition("/")
            start = stamp_of(begin, prop.parameters.get("TZID"), zones)
            yield start, _period(start, end.strip(), prop, zones) if end else None


def _period(start: Stamp, end: str, prop: Property, zones: Zones) -> timedelta:
    return _duration(end) if end.startswith(("P", "+", "-")) else _between(start, stamp_of(end, prop.parameters.get("TZID"), zones), zones)


def _length(one: Mapping[str, Property], start: Stamp, zones: Zones) -> timedelta | None:
    if "DTEND" in one:
        return _between(start, _stamp(one["DTEND"], zones), zones)
    return _duration(_value(one, "DURATION")) if "DURATION" in one else None


def _between(start: Stamp, end: Stamp, zones: Zones) -> timedelta:
    return end.seen_from(start, zones.local) - start.wall


def _duration(value: str) -> timedelta:
    try:
        found: timedelta = vDuration.from_ical(value)
    except (ValueError, OverflowError):
        raise Unreadable("Its duration cannot be read.") from None
    if abs(found) > LONGEST:
        raise Unreadable("It lasts longer than ten years.")
    return found


def _version(one: Mapping[str, Property]) -> tuple[int, str]:
    sequence = _value(one, "SEQUENCE")
    return int(sequence) if re.fullmatch(r"\d{1,9}", sequence) else 0, _value(one, "LAST-MODIFIED") or _value(one, "DTSTAMP")


def _derived(found: Mapping[str, list[Property]]) -> str:
    """An id of the content, for an event that has none."""
    said = sorted(f"{name}:{prop.value}" for name, props in found.items() if name != "DTSTAMP" for prop in props)
    return hashlib.sha256("\n".join(said).encode()).hexdigest()[:16]


def _told(found: Mapping[str, list[Property]], one: Mapping[str, Property]) -> dict[str, object]:
    """The fields of its rows that do not depend on a date. Who declined, and rooms, are not among those invited."""
    people = [prop for prop in found.get("ATTENDEE", ()) if prop.parameters.get("CUTYPE", "").upper() not in THINGS]
    answers = [(prop.parameters.get("PARTSTAT", "").upper(), address(prop)) for prop in people]
    categories = [plain(part) for prop in found.get("CATEGORIES", ()) for part in _COMMA.split(prop.value)]
    return {
        "summary": plain(_value(one, "SUMMARY")) or None, "location": plain(_value(one, "LOCATION")) or None,
        "categories": one_or_all(categories), "organizer": address(one["ORGANIZER"]) if "ORGANIZER" in one else None,
        "attendees": [who for answer, who in answers if who and answer != "DECLINED"] if people else None,
        "accepted": [who for answer, who in answers if who and answer == "ACCEPTED"] if people else None,
        "created": _moment(_value(one, "CREATED")),
    }


def one_or_all(values: Sequence[str]) -> object:
    """A word alone, or the list of several; None where there is none."""
    several = list(dict.fromkeys(filter(None, values)))
    return several if len(several) > 1 else several[0] if several else None


def address(prop: Property) -> str | None:
    """The address of a person, in small letters."""
    said = prop.value.strip()
    found = said[7:] if said.lower().startswith("mailto:") else prop.parameters.get("EMAIL", "")
    return found.strip().lower() or None


def _moment(value: str) -> str | None:
    """When it was created, in UTC; years before 1980 are what some write who do not know."""
    found = re.fullmatch(r"(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z", value)
    return f"{found[1]}-{found[2]}-{found[3]}T{found[4]}:{found[5]}:{found[6]}Z" if found and int(found[1]) >= 1980 else None


def plain(text: str) -> str:
    """A text without its escapes."""
    return _ESCAPED.sub(lambda found: " " if found[1] in "nN" else found[1], text).strip()
