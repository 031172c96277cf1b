"""The entities of an interchange one after the other, read without entities, schemas or addresses of others."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fidelity_engine.builtin.readers.opening import openable
from fidelity_engine.errors import FidelityError
from fidelity_engine.plugin.spec import ReadRequest

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

DEEPEST = 40
"""Elements inside of each other: an interchange has about ten."""
MEND = "Export the interchange again."


@dataclass(frozen=True)
class Entity:
    """One entity: the name of its element, the element, its file and its number there (1-based, of all entities)."""

    kind: str
    element: Element
    file: str
    number: int


def entities(request: ReadRequest) -> Iterator[Entity]:
    """The entities of all XML files of a request; each is thrown away when the next is asked for."""
    paths = [path for path in request.paths if path.suffix.lower() == ".xml"]
    if not paths:
        raise FidelityError("there is no XML file", request.name, "Name the interchange's file, or their folder.")
    for path in paths:
        openable(path)
        yield from _of_file(path)


def _of_file(path: Path) -> Iterator[Entity]:
    parts, forbidden = _parser()
    depth, number, root = 0, 0, None
    try:
        for event, element in parts.iterparse(str(path), events=("start", "end"), forbid_dtd=True):
            depth += 1 if event == "start" else -1
            root = _checked_root(element, path.name) if root is None else root
            if depth > DEEPEST:
                raise FidelityError(f"has elements more than {DEEPEST} deep", path.name, "Look at it: no interchange has.")
            if event == "end" and depth == 1:
                number += 1
                yield Entity(name_of(element), element, path.name, number)
                root.clear()
    except forbidden:
        raise FidelityError("declares entities or a document type, which are not read", path.name, "Remove the declaration.") from None
    except (SyntaxError, ValueError, LookupError):       # a ParseError is a SyntaxError
        raise FidelityError("is no XML that can be read to its end", path.name, MEND) from None
    except OSError as error:
        raise FidelityError(f"cannot be opened ({type(error).__name__})", path.name, "Check path and rights.") from None


def _parser() -> tuple[Any, type[Exception]]:
    try:
        from defusedxml import DefusedXmlException, ElementTree
    except ImportError:
        mend = "Install it: pip install 'fidelity-engine[edfi]'."
        raise FidelityError("Ed-Fi files need a package that is not installed", "edfi", mend) from None
    return ElementTree, DefusedXmlException


def _checked_root(element: Element, file: str) -> Element:
    if not name_of(element).startswith("Interchange"):
        raise FidelityError("is no Ed-Fi interchange", file, "Its outer element is Interchange..., for example InterchangeEducationOrgCalendar.")
    return element


def name_of(element: Element) -> str:
    """The name of an element without its namespace, which differs from standard to standard."""
    return str(element.tag).rpartition("}")[2]
