"""Words and numbers as the reports for people write them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
NOTHING = "nothing to judge"
_FAR = 300


def counted(number: int, word: str, plural: str | None = None) -> str:
    """A number with its word: 1 window, 3 windows."""
    return f"{number:,} {word if number == 1 else plural or f'{word}s'}"


def day_text(day: date, today: date) -> str:
    """3 Nov; with its year where that is not clear from today."""
    text = f"{day.day} {MONTHS[day.month - 1]}"
    return text if abs((day - today).days) < _FAR else f"{text} {day.year}"


def clock_text(moment: datetime | date) -> str:
    """Friday 30 Jan 2026, with the time of day unless it is the day's end."""
    text = f"{WEEKDAYS[moment.weekday()]} {moment.day} {MONTHS[moment.month - 1]} {moment.year}"
    if isinstance(moment, datetime) and (moment.hour, moment.minute) not in ((23, 59), (0, 0)):
        text += f", {moment:%H:%M}"
    return text


def rate_text(met: int, missed: int) -> str:
    """Met of met and missed, in per cent: 100 only where all are, 0 only where none is."""
    judged = met + missed
    if not judged:
        return NOTHING
    if met in (0, judged):
        return "100 %" if met else "0 %"
    return f"{max(1, min(99, round(100 * met / judged)))} %"


def listing(words: Iterable[str], most: int = 6, every: int = 0) -> str:
    """a, b and c; and how many more there are. `every`: how many there are where `words` are only the first."""
    found = list(words)
    number = every or len(found)
    if number > most:
        return f"{', '.join(found[:most])} and {number - most:,} more"
    return found[0] if len(found) == 1 else f"{', '.join(found[:-1])} and {found[-1]}" if found else ""
