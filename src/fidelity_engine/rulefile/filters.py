"""Filters inside blocks: `where` and `having` become trees before a model sees the block."""

from __future__ import annotations

from typing import Any

from fidelity_engine.rulefile.document import KeyPath
from fidelity_engine.rulefile.problems import Problems
from fidelity_engine.where import parse

FILTERS = ("where", "having")


def with_filters(raw: Any, path: KeyPath, problems: Problems, deep: int = 1) -> Any:
    """The block with its filters parsed, in its parts too, `deep` levels down; mistakes are told."""
    if not isinstance(raw, dict):
        return raw
    return {key: _part(key, value, (*path, key), problems, deep) for key, value in raw.items()}


def _part(key: str, value: Any, path: KeyPath, problems: Problems, deep: int) -> Any:
    if key in FILTERS:
        node, found = parse(value, tuple(path))
        for problem in found:
            problems.add(*problem)
        return node
    return with_filters(value, path, problems, deep - 1) if deep and isinstance(value, dict) else value
