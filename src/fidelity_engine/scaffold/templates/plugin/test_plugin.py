"""The measure by itself; `pytest` runs it. What every measure must keep is inherited."""

from pathlib import Path

from fidelity_engine.plugin import Unknown
from fidelity_engine.testing import MeasureContract


class Test$cls(MeasureContract):
    """Events as mappings, and what the measure says of them."""

    plugin, measure = Path(__file__).parent.parent, "$name"
    examples = (
        ([{"done": True}, {"done": True}, {"done": False}, {"done": False}], 0.5),
        ([{"done": True}], None),              # too few: nothing to measure
        ([{"done": True}, {}], Unknown),       # a field is missing: one cannot know
        ([], None),                            # nothing happened
    )
