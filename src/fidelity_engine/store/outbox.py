"""The outbox: what is to be told stands in the database with the run, and is crossed out when it has arrived."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, func, select, update

from fidelity_engine.model.message import Message
from fidelity_engine.store.reconcile import Change
from fidelity_engine.store.record import finding_of, record_of
from fidelity_engine.store.tables import OUTBOX


def letters(rules: str, run_id: str, ways: Iterable[str], changes: Sequence[Change], addresses: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    """The rows of the outbox for a run: one per change that is to be told, and way.

    The key says which change of which finding it is, so that a run that is done again makes the same one.
    """
    return (
        {
            "rules": rules, "way": way, "key": f"{change.finding.finding_id}-{change.number}", "run_id": run_id,
            "finding_id": change.finding.finding_id, "tries": 0, "delivered": None, "payload": _payload(change, addresses),
        }
        for change in changes if change.reported for way in ways
    )


def _payload(change: Change, addresses: Mapping[str, str]) -> dict[str, Any]:
    finding = change.finding
    return {
        "change": change.word, "before": change.before, "address": addresses.get(finding.owner or ""),
        "finding": {**record_of(finding), "run_id": finding.run_id, "as_of": finding.as_of},
    }


def waiting(connection: Connection, rules: str, ways: Iterable[str]) -> dict[str, list[Message]]:
    """What has not arrived yet by each of these ways, the oldest first."""
    c = OUTBOX.c
    asked = select(c.way, c.key, c.payload, c.at).where(c.rules == rules, c.delivered.is_(None), c.way.in_(list(ways)))
    found: dict[str, list[Message]] = {}
    with connection.begin():
        for way, key, said, at in connection.execute(asked.order_by(c.number)):
            found.setdefault(way, []).append(_message(rules, key, said, at))
    return found


def _message(rules: str, key: str, said: Mapping[str, Any], at: datetime) -> Message:
    about = {name: said["finding"].get(name) or "" for name in ("run_id", "as_of")}
    finding = finding_of(said["finding"], **about)
    return Message(key, said["change"], finding, said["before"], said["address"], rules, at.replace(tzinfo=UTC))


def arrived(connection: Connection, rules: str, way: str, key: str) -> None:
    """Cross out one message."""
    c = OUTBOX.c
    with connection.begin():
        connection.execute(update(OUTBOX).where(c.rules == rules, c.way == way, c.key == key).values(
            delivered=datetime.now(UTC).replace(tzinfo=None), tries=c.tries + 1))


def tried(connection: Connection, rules: str, ways: Iterable[str]) -> int:
    """Count the try of what still waits by these ways; gives how many that are."""
    c = OUTBOX.c
    still = (c.rules == rules) & c.delivered.is_(None) & c.way.in_(list(ways))
    with connection.begin():
        connection.execute(update(OUTBOX).where(still).values(tries=c.tries + 1))
        return int(connection.execute(select(func.count()).select_from(OUTBOX).where(still)).scalar() or 0)
