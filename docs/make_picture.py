"""Draws docs/run.svg, parts of what `make run` prints: `python docs/make_picture.py`. A test compares it loosely."""

from __future__ import annotations

import io
import re
from pathlib import Path

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

from fidelity_engine import Engine
from fidelity_engine.cli.screen import _style
from fidelity_engine.page import Page

ROOT = Path(__file__).parent.parent
TARGET = ROOT / "docs" / "run.svg"
WIDTH, SHOWN = 100, 3
COLOURS = TerminalTheme(
    (24, 27, 33), (212, 216, 222),
    [(24, 27, 33), (240, 113, 105), (134, 194, 122), (229, 192, 105), (108, 160, 220), (190, 140, 210), (96, 190, 200), (212, 216, 222)],
    [(92, 99, 112), (255, 132, 122), (152, 212, 140), (245, 208, 120), (130, 180, 240), (210, 160, 230), (120, 210, 220), (255, 255, 255)],
)


def report() -> str:
    """The report of the example district, with the colours of a terminal."""
    engine = Engine.from_file(ROOT / "rules" / "district.yaml")
    with engine.evaluate() as result:
        return "".join(engine.host.reports["text"].render(result, Page(WIDTH, style=_style)))


def excerpt(text: str) -> list[str]:
    """The headline, the first findings, and what cannot be judged; dots stand for the rest."""
    parts = text.split("\n\n")
    unjudged = next(part for part in parts if "What cannot be judged" in part)
    shown = [*parts[:SHOWN], "  …", unjudged, "  …"]
    return [f" {line}" for line in "\n\n".join(shown).splitlines()]


def drawn(lines: list[str]) -> str:
    """The lines as a terminal window, without a font from elsewhere."""
    console = Console(record=True, width=WIDTH + 2, file=io.StringIO(), force_terminal=True, color_system="truecolor")
    console.print(Text.from_ansi("\n".join(lines)))
    frame = re.sub(r"@font-face \{\{.*?\}\}\n", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL)
    frame = frame.replace("Fira Code, monospace", "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace")
    return console.export_svg(title="fidelity run rules/district.yaml", theme=COLOURS, code_format=frame, unique_id="run")


if __name__ == "__main__":
    TARGET.write_text(drawn(excerpt(report())), encoding="utf-8")
