"""The chart of the peers says what was measured, in proportion, and asks nobody."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

import pytest

chart = pytest.importorskip("benchmarks.peers.chart", reason="run from the root of the repository")


def test_bars_are_as_long_as_their_numbers() -> None:
    """A bar of half the seconds is half as long; each has its number as text, and the engine's stands out."""
    drawn = chart.bars("Five <rules>", {"ours": 2.0, "theirs & others": 4.0, "nobody": 0.0}, "s", "ours")
    svg = ET.fromstring(drawn)
    space = "{http://www.w3.org/2000/svg}"
    bars = svg.findall(f"{space}rect")
    lengths = [float(bar.attrib["width"]) for bar in bars]
    assert lengths[1] == pytest.approx(2 * lengths[0], rel=0.01) and 0 < lengths[2] < 5
    assert [bar.attrib.get("class") for bar in bars] == ["ours", None, None]
    texts = [one.text for one in svg.findall(f"{space}text")]
    assert texts == ["Five <rules>", "ours", "2.0 s", "theirs & others", "4.0 s", "nobody", "0.0 s"]
    assert "theirs & others 4.0 s" in (svg.findtext(f"{space}desc") or "")


def test_it_is_readable_in_the_dark_and_fetches_nothing() -> None:
    """Colours follow the page; there is no address in it but the name of SVG."""
    drawn = chart.bars("T", {"a": 1.0}, "s", "a")
    assert "prefers-color-scheme:dark" in drawn
    assert re.findall(r"https?://[^\"']+", drawn) == ["http://www.w3.org/2000/svg"]
