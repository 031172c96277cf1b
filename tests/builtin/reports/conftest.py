"""A result made by hand: what the reports are shown."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from fidelity_engine.model.adjustment import Adjustment, AdjustmentCell
from fidelity_engine.model.finding import Finding, SourceCount, Summary
from fidelity_engine.model.standing import Holding, OutcomeAtRisk, Routine

COLLABORATION = Finding(
    finding_id="5f3a9c2e11ab", about="practice", rule="tcr.collaboration-time",
    title="Teams collaborate three or more times a week within the school day",
    practice="teacher-collaborative-routines", dimension="dosage", subject_kind="team", subject="g3",
    subject_name="Grade 3 at Lincoln", school="lincoln", students=84, since=date(2025, 11, 3),
    until=date(2025, 11, 30), windows_missed=4, confirmed_on=date(2025, 11, 24), state="open", value=Decimal("1"),
    required="3", unit="events", level="getting_started", severity="high", owner="principal", due=date(2026, 2, 17),
    message="Grade 3 at Lincoln: 1 of 3 meetings recorded in the week of 3 Nov. One more record has 22 minutes; 30 are "
    "needed.",
    outcomes_at_risk=("designated-time", "teacher-collaboration", "student-success"),
    proposed_adjustment={
        "id": "a-37cafe375a", "text": "Rebuild the block schedule so that this team shares three planning periods", "owner": "principal",
        "due": date(2026, 2, 13), "done_when": "schedule published is recorded", "expect_effect": {"verdict": "met", "within": 3},
        "prediction": "Within 3 weeks after it is carried out, Grade 3 at Lincoln meets what is expected.",
    },
    evidence_ids={"newest": ["m-1", "=cmd"], "count": 2}, evidence_unlinked=0, run_id="run-1", as_of="2026-01-30",
)  # fmt: skip


def _findings() -> list[Finding]:
    smaller = replace(
        COLLABORATION, finding_id="aaaa00000001", subject="g5", subject_name="Grade 5 at Lincoln", students=20,
        severity="medium", message="Grade 5 at Lincoln: 0 of 3 meetings recorded in the week of 24 Nov.",
        windows_missed=2, proposed_adjustment=None,
    )  # fmt: skip
    norms = replace(
        COLLABORATION, finding_id="bbbb00000001", rule="tcr.norms-reviewed", title="Norms are reviewed regularly",
        severity="medium", students=300, message="Math department at Grant: 71 school days since the last review.",
        outcomes_at_risk=(), proposed_adjustment=None, school="grant", windows_missed=1,
    )  # fmt: skip
    source = replace(
        COLLABORATION, finding_id="cccc00000001", about="source", rule=None, title="A silent source", students=None,
        message="No record of meeting-log from Grant since 21 Nov; 7 teams and 3 rules cannot be judged.", since=None,
        outcomes_at_risk=(), proposed_adjustment=None, windows_missed=None, owner="data-steward", severity="medium",
    )  # fmt: skip
    withdrawn = replace(
        norms, finding_id="dddd00000001", state="withdrawn", message="Music at Grant: a late record came in."
    )
    return [norms, smaller, withdrawn, source, COLLABORATION]


def _adjustments() -> list[Adjustment]:
    agreed = Adjustment(
        adjustment_id="a-0000000001", finding_id="aaaa00000001", rule="tcr.collaboration-time", subject_kind="team", subject="g5",
        subject_name="Grade 5 at Lincoln", school="lincoln", students=20, stage="accepted", text="Ask the teams that hold it",
        owner="principal", due=date(2026, 1, 12), done_when="somebody says so (`done`)", prediction="It will be met.",
        accepted_on=date(2025, 12, 15), decided_by="B. Example", carried_out=AdjustmentCell(
            "carried_out", date(2025, 12, 15), date(2026, 1, 12), "met", "", date(2026, 1, 5)),
        effect=AdjustmentCell("effect", date(2026, 1, 5), date(2026, 1, 25), "missed", ""), advice="adapt or abandon: no effect", place=1,
    )  # fmt: skip
    return [agreed, replace(agreed, adjustment_id="a-0000000002", stage="declined", carried_out=None, effect=None, advice="")]


def _outcomes() -> list[OutcomeAtRisk]:
    routine = Routine("tcr.collaboration-time", "Teams collaborate", 0, 2, 2, 1, 104, 0, date(2025, 11, 3), ("5f3a9c2e11ab", "aaaa00000001"))
    return [OutcomeAtRisk("designated-time", "designated time", ("teacher-collaboration",), (routine,), 2, 1, 104, date(2025, 11, 3))]


@pytest.fixture
def summary() -> Summary:
    """A run over three rules and two sources, one of them unreadable."""
    return Summary(
        run_id="run-1", name="Example district", as_of=datetime(2026, 1, 30, 23, 59, 59, 999999, UTC),
        started=datetime(2026, 1, 31, 2, 0, tzinfo=UTC), seconds=1.24, rules=3, cells=1450,
        verdicts={
            "tcr.collaboration-time": {"met": 1100, "missed": 104, "no_data": 55, "at_risk": 3, "open": 37},
            "tcr.norms-reviewed": {"met": 150, "missed": 1},
            "tcr.training-reach": {},
        },
        sources=[
            SourceCount("meeting-log", True, False, 3012, 2990, 2, 20, 0, 0, 4),
            SourceCount("norms-log", False, False, 0, 0, 0, 0, 0, 0, 0, "the file is not there"),
        ],
        quarantine={"meeting-log": {"missing_field": 12, "bad_timestamp": 8}}, rule_set_hash="a1b2c3d4e5f6a7b8",
        versions={"fidelity-engine": "0.1.0"}, notes=["The waiver of g7 ends on 9 Feb."],
        unfinished=["Source norms-log could not be read: the file is not there."],
    )  # fmt: skip


@pytest.fixture
def result(summary: Summary) -> Any:
    """Five findings in no particular order, and the summary."""
    return SimpleNamespace(
        findings=_findings(), summary=summary, exit_code=3, adjustments=_adjustments(), outcomes=_outcomes(),
        holding=[Holding("tcr.norms-reviewed", "Norms are reviewed", "team", "g7", "Grade 7 at Grant", "grant", 90, 9, date(2025, 9, 8), date(2026, 1, 25))],
    )
