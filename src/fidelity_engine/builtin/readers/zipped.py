"""Zip archives: what is wanted is unpacked, after it is certain that nothing in them is a trap."""

from __future__ import annotations

import shutil
import zipfile
import zlib
from collections.abc import Collection
from pathlib import Path, PurePosixPath

from fidelity_engine.errors import FidelityError

LARGEST = 1_000_000_000
"""Bytes of all members together, unpacked."""
DENSEST = 100
"""How many times larger a member may become."""
MOST_MEMBERS = 10_000

BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, UnicodeError)


def unpacked(path: Path, wanted: Collection[str], folder: Path) -> dict[str, Path]:
    """The members of these names (without folder, small letters), unpacked into `folder`; FidelityError where it is no safe archive."""
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with zipfile.ZipFile(path) as archive:
            members = [member for member in archive.infolist() if not member.filename.endswith("/")]
            check(members, path.name)
            return {name: _taken(archive, member, folder / name) for name, member in _named(members, wanted, path.name).items()}
    except BROKEN:
        raise FidelityError("is no zip archive that can be read", path.name, "Export it again, without a password.") from None
    except OSError as error:
        raise FidelityError(f"cannot be unpacked ({type(error).__name__})", path.name, "Check path, rights and room on the disk.") from None


def check(members: Collection[zipfile.ZipInfo], name: str) -> None:
    """FidelityError for names that lead out of the archive, for what is too large, and for what grows too much."""
    if len(members) > MOST_MEMBERS:
        raise FidelityError(f"holds more than {MOST_MEMBERS} files", name, "Zip only what was exported.")
    for member in members:
        parts = PurePosixPath(member.filename.replace("\\", "/"))
        if not parts.parts:
            raise FidelityError("holds a file without a name", name, "Do not use it: no export makes such files.")
        if ".." in parts.parts or parts.is_absolute() or ":" in parts.parts[0]:
            raise FidelityError("holds a file whose name leads out of the archive", name, "Do not use it: no export makes such names.")
        if member.file_size > DENSEST * max(member.compress_size, 1):
            raise FidelityError(f"holds a file that unpacks to more than {DENSEST} times its size", name, "Unpack it by hand, and look at it.")
    if sum(member.file_size for member in members) > LARGEST:
        raise FidelityError("unpacks to more than 1 GB", name, "Unpack it by hand, and name the folder.")


def _named(members: Collection[zipfile.ZipInfo], wanted: Collection[str], name: str) -> dict[str, zipfile.ZipInfo]:
    found: dict[str, zipfile.ZipInfo] = {}
    for member in members:
        last = PurePosixPath(member.filename.replace("\\", "/")).name.lower()
        if last in wanted and found.setdefault(last, member) is not member:
            raise FidelityError(f"holds `{last}` twice", name, "Zip one export only.")
    return found


def _taken(archive: zipfile.ZipFile, member: zipfile.ZipInfo, target: Path) -> Path:
    """One member as a file of ours. It can not become larger than it says: the archive's reader stops there."""
    with archive.open(member) as source, target.open("wb") as file:
        shutil.copyfileobj(source, file)
    return target
