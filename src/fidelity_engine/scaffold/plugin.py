"""`fidelity new plugin`: a package with one measure, its tests, and a rule that uses it."""

from __future__ import annotations

import re
from datetime import date, timedelta

from fidelity_engine.errors import FidelityError
from fidelity_engine.scaffold.district import first_monday
from fidelity_engine.scaffold.files import filled

NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")


def plugin_files(name: str, today: date) -> dict[str, str]:
    """Path → text of the plugin's files."""
    if not NAME.fullmatch(name):
        raise FidelityError(f"`{name}` is no name of a measure", mend="Write small letters, numbers and hyphens: team-balance.")
    monday = first_monday(today)
    module = name.replace("-", "_")
    days = {word: (monday + timedelta(n)).isoformat() for n, word in enumerate(("monday", "tuesday", "wednesday", "thursday", "friday"))}
    words = days | {
        "name": name, "module": module, "function": module, "cls": "".join(part.capitalize() for part in name.split("-")),
        "year": f"{monday.year}-{(monday.year + 1) % 100:02}", "start": str(monday), "until": str(monday + timedelta(270)),
    }  # fmt: skip
    return {
        "pyproject.toml": filled("plugin/pyproject.toml", **words),
        "README.md": filled("plugin/README.md", **words),
        f"src/fidelity_{module}/__init__.py": filled("plugin/plugin.py.txt", **words),
        "tests/test_plugin.py": filled("plugin/test_plugin.py.txt", **words),
        "rules.yaml": filled("plugin/rules.yaml", **words),
        "rules.test.yaml": filled("plugin/rules.test.yaml", **words),
    }
