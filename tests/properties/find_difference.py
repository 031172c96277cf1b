"""Look for a district on which engine and oracle differ:   python tests/properties/find_difference.py SEED [HOW_MANY]"""

from __future__ import annotations

import json
import sys
import traceback
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from properties.comparing import differences, smallest
from properties.districts import seeded


def main(first: int, count: int = 1, shrink: bool = True) -> int:
    """Print the first difference among some seeds, on the smallest district that shows it."""
    for seed in range(first, first + count):
        district, as_of = seeded(seed)
        try:
            lines = differences(district, as_of)
        except Exception:
            print(f"seed {seed}")
            traceback.print_exc()
            return 1
        if lines:
            show(seed, district, as_of, lines, shrink)
            return 1
    print(f"{count} districts, no difference")
    return 0


def show(seed: int, district: dict[str, Any], as_of: str, lines: list[str], shrink: bool) -> None:
    """The difference, the rules' part of it, on a district as small as it gets in a minute and a half."""
    if shrink:
        rule = lines[0].split()[0]
        same = lambda d, t: any(line.startswith(rule) for line in differences(d, t))  # noqa: E731
        district = smallest(district, as_of, same)
        lines = differences(district, as_of)
    print(json.dumps(district))
    print(f"seed {seed}, as of {as_of}", *lines[:10], sep="\n")


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:3])))
