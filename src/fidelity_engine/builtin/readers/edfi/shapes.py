"""What the standards write in different shapes: ids in references, descriptors, names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from fidelity_engine.builtin.readers.edfi.stream import name_of

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

SCHOOL_IDS = ("SchoolId", "EducationOrganizationId", "StateOrganizationId", "LocalEducationAgencyId")
STAFF_IDS = ("StaffUniqueId", "StaffUniqueStateId")
LOOKUP = "Lookup"


def text_of(element: Element, *names: str) -> str | None:
    """The text of a child that is called by the first of these names that there is."""
    for name in names:
        for child in children(element, name):
            if (child.text or "").strip():
                return str(child.text).strip()
    return None


def children(element: Element, *names: str) -> Iterator[Element]:
    """The children that are called so."""
    return (child for child in element if name_of(child) in names)


def reference(element: Element, names: tuple[str, ...], kinds: tuple[str, ...], refs: Mapping[str, str]) -> str | None:
    """The id that one of the references (`names`) gives: its identity's, else that of an element it points to, else its lookup's.

    `kinds`: elements that are such an id. `refs`: XML id → id. A lookup repeats the identity's id, and may hold others' besides.
    """
    for holder in _below(element, names):
        found = _first(holder, kinds, lookups=False) or refs.get(holder.get("ref", "")) or _first(holder, kinds, lookups=True)
        if found:
            return found
    return None


def _below(element: Element, names: tuple[str, ...]) -> Iterator[Element]:
    """References, from the outside inwards: a calendar date names its school in the reference of its calendar."""
    yield from children(element, *names)
    for child in element:
        yield from _below(child, names)


def _first(element: Element, kinds: tuple[str, ...], lookups: bool) -> str | None:
    for child in element:
        if name_of(child) in kinds and (child.text or "").strip():
            return str(child.text).strip()
        if lookups or not name_of(child).endswith(LOOKUP):
            found = _first(child, kinds, lookups)
            if found:
                return found
    return None


def descriptor(element: Element) -> str | None:
    """The code value of a descriptor: a URI with `#`, a plain value, `CodeValue`, or any of these one element further in."""
    own = (element.text or "").strip()
    if own:
        return own.rpartition("#")[2] if "://" in own else own
    coded = text_of(element, "CodeValue")
    if coded:
        return coded
    return next((found for child in element if name_of(child) != "Namespace" and (found := descriptor(child))), None)


def descriptors(element: Element, name: str) -> list[str]:
    """The code values of all elements of a name, those nested in one of the same name told once."""
    found: list[str] = []
    for one in _below(element, (name,)):
        holds_another = any(name_of(inner) == name for inner in one.iter() if inner is not one)
        value = None if holds_another else descriptor(one)
        found += [value] if value and value not in found else []
    return found
