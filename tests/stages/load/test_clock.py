"""The clock: which days are over, and what is known, as of a moment."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from fidelity_engine.errors import FidelityError
from fidelity_engine.model.rule import Period, RuleSet
from fidelity_engine.stages.load.clock import Clock

CASES = YAML(typ="safe").load(Path(__file__).with_name("clock.yaml").read_text(encoding="utf-8"))


def ruleset(as_of: str | None = None, zone: str = "America/Detroit") -> RuleSet:
    """A rule set with a year."""
    period = Period.model_validate({"from": "2025-09-02", "until": "2026-06-12"})
    return RuleSet(roots=(), timezone=zone, year="2025-26", period=period, as_of=as_of, evidence={}, rules=())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["says"])
def test_cases(case: dict[str, Any]) -> None:
    """Days that are over and moments that are known are as the case says."""
    clock = Clock.read(ruleset(), case["as_of"])
    assert clock.as_of_date == case["date"]
    assert {zone: clock.last_over(zone) for zone in case["last_over"]} == case["last_over"]
    for expected, moments in ((True, case.get("knows", ())), (False, case.get("not_knows", ()))):
        assert {moment: clock.knows(datetime.fromisoformat(moment)) for moment in moments} == dict.fromkeys(moments, expected)


@pytest.mark.parametrize("written", [5, 2026.5, [2026, 1, 30], True])
def test_what_is_no_date_at_all(written: Any) -> None:
    """Who embeds the engine and passes something else is told so."""
    with pytest.raises(FidelityError, match="is neither a date nor a timestamp"):
        Clock.read(ruleset(), written)


def test_order_of_choice() -> None:
    """What the caller says comes before the rule file's as_of, and that before now."""
    now = lambda: datetime(2026, 2, 3, 12, tzinfo=UTC)  # noqa: E731
    assert Clock.read(ruleset("2026-01-15"), "2026-01-30", now).as_of_date == date(2026, 1, 30)
    assert Clock.read(ruleset("2026-01-15"), None, now).as_of_date == date(2026, 1, 15)
    assert Clock.read(ruleset(), None, now).as_of == now()


@pytest.mark.parametrize(
    ("as_of", "says"),
    [
        ("2025-09-01", "begins on 2025-09-02"),
        ("2025-09-01T23:59", "begins on 2025-09-02"),
        ("2025-09-02", None),
        ("2026-07-12", None),
        ("2026-07-13", "ended on 2026-06-12"),
    ],
)
def test_nothing_to_do(as_of: str, says: str | None) -> None:
    """Before the period, and more than thirty days after it, the clock says why there is nothing to do."""
    sentence = Clock.read(ruleset(), as_of).nothing_to_do
    assert sentence is None if says is None else says in (sentence or "")


@pytest.mark.parametrize(("as_of", "zone"), [("30.1.2026", "America/Detroit"), ("2026-01-30", "America/Nowhere"), ("soon", "UTC")])
def test_unreadable(as_of: str, zone: str) -> None:
    """An as_of or a zone that cannot be read is a mistake with a mend."""
    with pytest.raises(FidelityError) as caught:
        Clock.read(ruleset(zone=zone), as_of)
    assert caught.value.mend


@given(st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)), st.sampled_from(["America/Havana", "Asia/Tokyo", "UTC"]))
def test_over_means_that_the_next_day_has_begun(moment: datetime, zone: str) -> None:
    """The last day that is over is the one whose end is not after as_of, in every zone and at every hour."""
    instant = moment.replace(tzinfo=UTC)
    last = Clock.read(ruleset(), instant).last_over(zone)
    local = instant.astimezone(ZoneInfo(zone)).date()
    assert last < local <= last + timedelta(days=1)
