"""What is told to people and programs: one message per finding that changed, and how it went."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from fidelity_engine.model.finding import Finding, State

Change = Literal["opened", "worsened", "resolved", "withdrawn", "paused", "resumed", "held", "expired"]


@dataclass(frozen=True)
class Message:
    """One change of one finding.

    `key` names the message for ever: it is the same whenever delivery is tried again, so that who has it already can
    tell. `before`: the finding's former state, None for a new one. `address`: the owner's, where `owners` knows one.
    `district`: the name of the rule file. `at`: when the run was made.
    """

    key: str
    change: Change
    finding: Finding
    before: State | None
    address: str | None
    district: str
    at: datetime
