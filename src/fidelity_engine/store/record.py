"""A finding as a record that a database can hold, and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from datetime import date
from decimal import Decimal
from operator import attrgetter
from typing import Any

from fidelity_engine.model.finding import Finding

NOT_KEPT = ("evidence_ids", "evidence_unlinked", "run_id", "as_of")
"""The store holds no event, and a run that changes nothing rewrites nothing."""
_DATES = ("since", "until", "confirmed_on", "due")
_NAMES = tuple(one.name for one in fields(Finding))
_KEPT = tuple(name for name in _NAMES if name not in NOT_KEPT)
_kept = attrgetter(*_KEPT)


def record_of(finding: Finding) -> dict[str, Any]:
    """The output columns, of types that JSON has."""
    record = dict(zip(_KEPT, _kept(finding), strict=True))
    for name in _DATES:
        if record[name] is not None:
            record[name] = record[name].isoformat()
    record["value"] = None if finding.value is None else str(finding.value)
    record["outcomes_at_risk"] = list(finding.outcomes_at_risk)
    record["proposed_adjustment"] = _plain(finding.proposed_adjustment)
    return record


def finding_of(record: Mapping[str, Any], **changed: Any) -> Finding:
    """The finding that a record is of; columns of a newer or older program are left out or empty."""
    found: dict[str, Any] = {name: record.get(name) for name in _NAMES}
    for name in _DATES:
        found[name] = date.fromisoformat(found[name]) if found[name] else None
    given = found["proposed_adjustment"]
    if given and given.get("due"):
        found["proposed_adjustment"] = {**given, "due": date.fromisoformat(given["due"])}
    found["value"] = Decimal(found["value"]) if found["value"] is not None else None
    found["outcomes_at_risk"] = tuple(found["outcomes_at_risk"] or ())
    return Finding(**{**found, "run_id": "", "as_of": "", **changed})


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, tuple | list):
        return [_plain(one) for one in value]
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items()}
    return value
