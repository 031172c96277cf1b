"""The result behind the service grows old and is made anew."""

from __future__ import annotations

from functools import partial

from fidelity_engine import Engine
from fidelity_engine.errors import FidelityError
from fidelity_engine.model.finding import HandedOut
from fidelity_engine.server import House

from .conftest import RULES


def test_an_old_result_is_made_anew() -> None:
    """Within its time the same result answers; after it another one does, and the old one is closed."""
    house = House(partial(Engine.from_file, RULES), fresh_minutes=60)
    with house.result() as first, house.result() as second:
        assert first is second
    house._fresh_seconds = 0.0
    with house.result() as third:
        assert third.summary.run_id != first.summary.run_id
    house.close()


def test_findings_keep_the_ids_that_people_know() -> None:
    """A finding that was told under another id, because its first week has moved since, still has that one."""
    with Engine.from_file(RULES).evaluate() as result:
        one = next(one for one in result.findings if one.about == "practice")
    known = HandedOut("0123456789ab", one.rule, one.subject_kind, one.subject, one.since, one.until)
    house = House(partial(Engine.from_file, RULES), handed_out=lambda year: [known])
    with house.result() as result:
        assert any(found.finding_id == known.finding_id and found.subject == one.subject for found in result.findings)
    house.close()


def test_what_cannot_be_made_anew_is_told() -> None:
    """A rule file that broke leaves the older result in its place and says why."""
    whole = iter([Engine.from_file(RULES)])

    def opened() -> Engine:
        """The engine once, then a mistake."""
        engine = next(whole, None)
        if engine is None:
            raise FidelityError("the rule file does not exist", "rules.yaml", "Check the path.")
        return engine

    house = House(opened, fresh_minutes=0)
    with house.result() as result:
        assert len(result.verdicts) > 0
    assert house.trouble == "rules.yaml: the rule file does not exist. Check the path."
    house.close()
