"""Filters: a typed tree with SQL's three-valued logic, and the SQL that it becomes. User text is always a literal."""

from fidelity_engine.where.check import check
from fidelity_engine.where.events import CANONICAL, DERIVED, LENIENT, NUMERIC
from fidelity_engine.where.literals import grade
from fidelity_engine.where.parse import parse
from fidelity_engine.where.sql import Bound, Column, sql
from fidelity_engine.where.tree import (
    LISTED,
    OPERATORS,
    All,
    Any_,
    FieldType,
    Leaf,
    Node,
    None_,
    Path,
    Plain,
    Problem,
    fields,
    leaves,
)

__all__ = [
    "CANONICAL", "DERIVED", "LENIENT", "LISTED", "NUMERIC", "OPERATORS", "All", "Any_", "Bound", "Column", "FieldType", "Leaf",
    "Node", "None_", "Path", "Plain", "Problem", "check", "fields", "grade", "leaves", "parse", "sql",
]
