"""The example of formats is read whole, and says of the calendars what their exceptions mean."""

from __future__ import annotations

from fidelity_engine import Engine

from .pages import ROOT

RULES = ROOT / "docs" / "formats" / "rules.yaml"


def test_every_source_of_the_example_is_read_whole() -> None:
    """No row is in quarantine, no value is bad."""
    with Engine.from_file(RULES).evaluate() as result:
        assert {source.source: (source.accepted, source.quarantined, source.bad_values) for source in result.summary.sources} == {
            "coaching-system": (6, 0, 0), "team-calendars": (31, 0, 0), "walkthrough-log": (6, 0, 0),
        }


def test_a_cancelled_meeting_is_missed_and_a_moved_one_is_not() -> None:
    """Grade 2 met on Thursday in place of Wednesday one week, and not at all in the next."""
    with Engine.from_file(RULES).evaluate(rules=["planned-collaboration"]) as result:
        missed = [(row["subject"], str(row["window_start"])) for row in result.verdicts.rows() if row["verdict"] == "missed"]
        assert missed == [("g2", "2025-09-22")]
