"""The fields that every event may have, as given or worked out, and their types."""

from __future__ import annotations

from fidelity_engine.where.tree import FieldType

CANONICAL: dict[str, FieldType] = {
    "id": "text", "type": "text", "start": "timestamp", "end": "timestamp", "minutes": "number", "school": "text",
    "team": "text", "participants": "list", "grades": "list", "status": "text", "recorded_at": "timestamp",
}
DERIVED: dict[str, FieldType] = {
    "source": "text", "date": "date", "weekday": "text", "week": "date", "day_kind": "text", "in_school_day": "boolean",
    "grade_count": "integer", "roles": "list",
}
LENIENT = frozenset({*CANONICAL, *DERIVED}) - {"minutes", "start", "end", "recorded_at", "date", "week", "in_school_day", "grade_count"}
"""Texts of the engine's own: `01` without quotes is an id as written."""
NUMERIC = ("number", "integer")
