"""Opening the files of a source: what every text format needs before its rows are looked at."""

from __future__ import annotations

import codecs
import shutil
from pathlib import Path
from typing import IO, Any

from fidelity_engine.errors import FidelityError
from fidelity_engine.plugin.spec import ReadRequest, Rejected

MOST_REJECTED, LARGEST_REJECTED = 200_000, 100_000_000
"""So many rows, and so much of their text, are kept of what cannot be taken apart; a file with more is no file."""
MOST_COLUMNS = 2_000
"""Of a table: each of its rows is held as a whole."""
UTF8 = ("utf-8", "utf-8-sig")
NO_TEXT = {
    b"PK\x03\x04": ("is a workbook or an archive, no text", "Name it .xlsx, or unpack it."), b"\x1f\x8b": ("is compressed, no text", "Unpack it."),
    b"\xd0\xcf\x11\xe0": ("is an old workbook (.xls), no text", "Save it as .xlsx or as CSV."), b"%PDF": ("is a PDF, no text", "Export it as CSV."),
    b"\xff\xfe": ("is UTF-16", "Declare `encoding: utf-16`."), b"\xfe\xff": ("is UTF-16", "Declare `encoding: utf-16`."),
}
"""What the first bytes say of a file that was declared to be utf-8."""


def encoding_of(request: ReadRequest) -> str:
    """The declared encoding by its proper name; utf-8 accepts a byte order mark."""
    written = str(request.options.get("encoding") or "utf-8")
    try:
        found = codecs.lookup(written)
    except LookupError:
        raise FidelityError(f"unknown encoding '{written}'", request.name, "Write utf-8, cp1252 or utf-16.") from None
    if not getattr(found, "_is_text_encoding", True):
        raise FidelityError(f"'{written}' is no encoding of text", request.name, "Write utf-8, cp1252 or utf-16.")
    return "utf-8-sig" if found.name in UTF8 else found.name


def openable(path: Path) -> None:
    """FidelityError where a file is not there, may not be read, or is empty."""
    try:
        with path.open("rb") as file:
            first = file.read(1)
    except OSError as error:
        raise FidelityError(f"cannot be opened ({type(error).__name__})", path.name, "Check path and rights.") from None
    if not first:
        raise FidelityError("the file is empty", path.name, "Export it again.")


def in_utf8(path: Path, request: ReadRequest, place: int, skip: int = 0) -> Path:
    """The file itself where it is utf-8 and begins with its rows, else a copy that does, in the request's folder."""
    openable(path)
    encoding = encoding_of(request)
    if encoding == "utf-8-sig":
        _is_text(path)
    if encoding == "utf-8-sig" and not skip and not _begins_blank(path):
        return path
    copy = request.folder / f"{slug(request.name)}-{place}{path.suffix}"
    if encoding == "utf-8-sig":
        with path.open("rb") as source, copy.open("wb") as target:
            _past(source, skip, b"\xef\xbb\xbf\r\n")
            shutil.copyfileobj(source, target)
        return copy
    try:
        with path.open(encoding=encoding, newline="") as text, copy.open("w", encoding="utf-8", newline="") as written:
            _past(text, skip, "\ufeff\r\n")
            shutil.copyfileobj(text, written)
    except UnicodeError:
        copy.unlink(missing_ok=True)
        raise FidelityError(f"is not {encoding}", path.name, "Declare the encoding that it was exported with.") from None
    return copy


def _is_text(path: Path) -> None:
    with path.open("rb") as file:
        first = file.read(8)
    for begins, (what, mend) in NO_TEXT.items():
        if first.startswith(begins):
            raise FidelityError(what, path.name, mend)


def _begins_blank(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(4).removeprefix(b"\xef\xbb\xbf")[:1] in (b"\r", b"\n")


def _past(file: IO[Any], lines: int, blank: Any) -> None:
    """Go past so many lines, and past empty ones after them."""
    for _ in range(lines):
        file.readline()
    here = file.tell()
    while (line := file.readline()) and not line.strip(blank):
        here = file.tell()
    file.seek(here)


class Rejects(list[Rejected]):
    """Rows that cannot be taken apart, bounded: beyond that the file is another format than its reader thinks."""

    size = 0

    def add(self, row: Rejected) -> None:
        """Keep one more, or raise FidelityError."""
        self.append(row)
        self.size += len(row.raw)
        if len(self) > MOST_REJECTED or self.size > LARGEST_REJECTED:
            mend = "Look at its first lines: is it the right reader, `delimiter:` and `quote:`?"
            raise FidelityError(f"holds more than {len(self) - 1:,} rows that cannot be taken apart", row.path, mend)


def slug(name: str) -> str:
    """A source's name as part of a file name."""
    return "".join(letter if letter.isalnum() else "-" for letter in name)
