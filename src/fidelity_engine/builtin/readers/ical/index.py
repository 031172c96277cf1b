"""Where the events of calendar files stand: a first pass that keeps places and no texts, so that memory stays small."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, NamedTuple

from fidelity_engine.builtin.readers.ical.component import Component, component_of, plain
from fidelity_engine.builtin.readers.ical.zones import Zones
from fidelity_engine.errors import FidelityError

LONGEST_LINE = 1_000_000
MOST_ZONES = 1_000
RAW = 10_000


@dataclass(frozen=True, slots=True)
class Calendar:
    """A calendar in a file: what it is called, and whether all of it is taken back."""

    name: str
    cancels: bool


@dataclass(frozen=True, slots=True)
class Block:
    """An event's text: the file's name, its path, first line (1-based), first byte and length."""

    file: str
    path: Path
    line: int
    begin: int
    size: int
    calendar: Calendar


@dataclass
class Index:
    """`blocks`: UID → its blocks; what has no UID stands alone. `zones`: names of time zones that the files define themselves."""

    blocks: dict[str, list[Block]] = field(default_factory=dict)
    zones: dict[str, str] = field(default_factory=dict)

    def groups(self) -> Iterator[list[Block]]:
        """The blocks of one UID after the other, in the order of the files."""
        yield from self.blocks.values()

    def text(self, block: Block) -> str:
        """The beginning of an event's text, as a quarantine file shows it."""
        return self._bytes(block)[:RAW].decode("utf-8", "replace")

    def component(self, block: Block, zones: Zones) -> Component:
        """An event with what matters of it; Unreadable where it makes no sense."""
        unfolded = re.sub(rb"\r?\n[ \t]", b"", self._bytes(block))      # some part a letter's bytes
        return component_of(unfolded.decode("utf-8", "replace"), block, zones)

    def _bytes(self, block: Block) -> bytes:
        with block.path.open("rb") as file:
            file.seek(block.begin)
            return file.read(block.size)


def index_of(files: Sequence[tuple[str, Path]]) -> Index:
    """The index of files, each with the name that it is told by; FidelityError for what is no whole calendar."""
    found = Index()
    for name, path in files:
        scan = _Scan(name, path, found)
        with path.open("rb") as file:
            for line in _lines(file):
                scan.take(line)
        if scan.open or not scan.seen:
            raise FidelityError("ends in the middle" if scan.seen else "is no calendar", name, "Export it again.")
    return found


class Line(NamedTuple):
    """A logical line: its number, its first byte and the one after its last, its text."""

    number: int
    begin: int
    end: int
    text: str

    @property
    def word(self) -> str:
        """The name of the property."""
        return self.text.partition(":")[0].partition(";")[0].upper()

    @property
    def value(self) -> str:
        """What stands behind the colon."""
        return self.text.partition(":")[2].strip()


@dataclass
class _Scan:
    """One file's pass: the components that are open, and what is known of the calendar so far."""

    name: str
    path: Path
    found: Index
    open: list[str] = field(default_factory=list)
    blocks: list[tuple[str, Line, int]] = field(default_factory=list)
    said: dict[str, str] = field(default_factory=dict)
    zone: list[str] = field(default_factory=list)
    uid: str = ""
    first: Line | None = None
    seen: bool = False

    def take(self, line: Line) -> None:
        """One more line."""
        begins, ends = line.word == "BEGIN", line.word == "END"
        if not self.open and not (begins and line.value.upper() == "VCALENDAR"):
            raise FidelityError("is no calendar", self.name, "Export it as iCalendar (.ics).")
        if begins:
            self._begin(line)
        if self.open[1:2] == ["VTIMEZONE"]:
            self.zone.append(line.text)
        if ends:
            self._end(line)
        elif len(self.open) == 1 and line.word in ("X-WR-CALNAME", "NAME", "METHOD"):
            self.said.setdefault(line.word, line.value)
        elif self.open[1:] == ["VEVENT"] and line.word == "UID":
            self.uid = line.value

    def _begin(self, line: Line) -> None:
        self.seen = True
        self.open.append(line.value.upper())
        if len(self.open) == 1:
            self.said, self.blocks = {}, []
        elif self.open[1:] == ["VEVENT"]:
            self.first, self.uid = line, ""

    def _end(self, line: Line) -> None:
        if self.open[-1] != line.value.upper():
            raise FidelityError("has an END without its BEGIN", self.name, "Export it again.")
        if self.open[1:] == ["VEVENT"] and self.first:
            self.blocks.append((self.uid, self.first, line.end))
        elif self.open[1:] == ["VTIMEZONE"]:
            self._define()
        elif len(self.open) == 1:
            self._close()
        self.open.pop()

    def _define(self) -> None:
        named = next((text.partition(":")[2].strip() for text in self.zone if text.upper().startswith("TZID")), "")
        if named and len(self.found.zones) < MOST_ZONES:
            self.found.zones.setdefault(named, "\r\n".join(self.zone) + "\r\n")
        self.zone = []

    def _close(self) -> None:
        called = plain(self.said.get("X-WR-CALNAME") or self.said.get("NAME") or "") or Path(self.name).stem
        calendar = Calendar(called, self.said.get("METHOD", "").upper() == "CANCEL")
        for uid, first, end in self.blocks:
            block = Block(self.name, self.path, first.number, first.begin, end - first.begin, calendar)
            self.found.blocks.setdefault(uid or f"{self.name}:{first.number}", []).append(block)


def _lines(file: BinaryIO) -> Iterator[Line]:
    """Logical lines; one that begins with a blank goes on with the one before. Of endless ones the beginning is kept."""
    number, begin, at, whole = 0, 0, 0, bytearray()
    for count, raw in enumerate(iter(lambda: file.readline(LONGEST_LINE), b""), 1):
        text = raw.rstrip(b"\r\n")
        if raw[:1] in (b" ", b"\t") and whole:
            whole += text[1:] if len(whole) < LONGEST_LINE else b""
        elif text:
            if whole:
                yield Line(number, begin, at, whole.decode("utf-8", "replace"))
            number, begin, whole = count, at, bytearray(text.removeprefix(b"\xef\xbb\xbf"))
        at += len(raw)
    if whole:
        yield Line(number, begin, at, whole.decode("utf-8", "replace"))
