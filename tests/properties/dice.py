"""Where random choices come from: hypothesis, which makes its examples small, or a seed."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any, Protocol, TypeVar

from hypothesis import strategies as st

T = TypeVar("T")


class Dice(Protocol):
    wealth: int  # how many rules and tens of events a district may have

    def number(self, least: int, most: int) -> int:
        """A whole number, both ends included."""
        ...

    def pick(self, options: Sequence[T]) -> T:
        """One of several; the first is the simplest."""
        ...

    def chance(self, percent: int) -> bool:
        """True about that often."""
        ...


class Drawn:
    """Choices that hypothesis draws; it can hold only so many."""

    wealth = 3

    def __init__(self, draw: Any) -> None:
        self.draw = draw

    def number(self, least: int, most: int) -> int:
        return self.draw(st.integers(least, most))

    def pick(self, options: Sequence[T]) -> T:
        return self.draw(st.sampled_from(options))

    def chance(self, percent: int) -> bool:
        return self.draw(st.integers(0, 99)) >= 100 - percent


class Seeded:
    """Choices that follow from a seed."""

    wealth = 12

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)

    def number(self, least: int, most: int) -> int:
        return self.random.randint(least, most)

    def pick(self, options: Sequence[T]) -> T:
        return self.random.choice(options)

    def chance(self, percent: int) -> bool:
        return self.random.randrange(100) < percent


def some_of(dice: Dice, options: Sequence[T], percent: int = 50) -> list[T]:
    """Some of several, in their order; perhaps none."""
    return [o for o in options if dice.chance(percent)]
