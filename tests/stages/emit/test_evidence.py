"""Findings about the evidence itself: rows in quarantine."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from ...store.conftest import District


@pytest.mark.parametrize(("rows", "told"), [
    (["g1-0,g1,2025-09-01T11:00,2025-09-20T09:00"], []),
    (["g1-0,g1,2025-09-01T11:00,2025-09-20T09:00", "x,nobody,2025-09-01T10:00,2025-09-01T10:00"], ["1 of 50 rows of log could not be used"]),
])
def test_older_versions_are_no_trouble(rows: list[str], told: list[str], tmp_path: Path) -> None:
    """An event that was told anew opens no finding, and is not counted among the rows that could not be used."""
    school = District(tmp_path)
    log = tmp_path / "log.csv"
    log.write_text(log.read_text("utf-8") + "".join(f"{row}\n" for row in rows), "utf-8")
    with school.engine().evaluate(as_of=date(2025, 12, 19)) as result:
        assert result.summary.quarantine["log"]["superseded"] == 1
        messages = [one.message for one in result.findings if one.about == "source"]
        assert [message.split(";")[0] for message in messages] == told
