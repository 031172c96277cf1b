"""A chart of bars as SVG, readable on light and on dark pages."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

WIDTH, ROW, LEFT, RIGHT, TOP = 640, 30, 190, 90, 34
STYLE = """text{font:13px system-ui,sans-serif;fill:#1f2328}.quiet{fill:#59636e}rect{fill:#57606a}.ours{fill:#0969da}
@media (prefers-color-scheme:dark){text{fill:#e6edf3}.quiet{fill:#9198a1}rect{fill:#8b949e}.ours{fill:#4493f8}}"""


def bars(title: str, values: Mapping[str, float], unit: str, ours: str) -> str:
    """One bar per label, from zero, each with its number; that of `ours` stands out."""
    most = max(values.values())
    room = WIDTH - LEFT - RIGHT
    height = TOP + ROW * len(values) + 8
    told = "; ".join(f"{label} {value:.1f} {unit}" for label, value in values.items())
    rows = []
    for number, (label, value) in enumerate(values.items()):
        top, length = TOP + ROW * number, max(2.0, room * value / most)
        rows.append(f'<text x="{LEFT - 10}" y="{top + 19}" text-anchor="end">{escape(label)}</text>')
        mark = ' class="ours"' if label == ours else ""
        rows.append(f'<rect{mark} x="{LEFT}" y="{top + 5}" width="{length:.1f}" height="20" rx="2"/>')
        rows.append(f'<text class="quiet" x="{LEFT + length + 8:.1f}" y="{top + 19}">{value:.1f} {escape(unit)}</text>')
    lines = "\n".join(rows)
    return f"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" role="img">
<title>{escape(title)}</title><desc>{escape(told)}</desc><style>{STYLE}</style>
<text x="{LEFT}" y="20">{escape(title)}</text>
{lines}
</svg>
"""
