"""Delivery goes way by way: one that fails stops no other, and what arrived is told at once."""

from __future__ import annotations

from asyncio import CancelledError
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

from fidelity_engine.delivery import deliver
from fidelity_engine.errors import FidelityError
from fidelity_engine.model.rule import Notice
from fidelity_engine.plugin.host import Host
from fidelity_engine.plugin.spec import Notifier, hookimpl


def host_of(**kinds: Any) -> Host:
    """A host whose only plugin has these notifiers."""
    plugin = SimpleNamespace(fidelity_notifiers=hookimpl(lambda: [Notifier(name, deliver) for name, deliver in kinds.items()]))
    plugin.__name__ = "ways"
    return Host.load([plugin])


def all_of_them(messages: Any, parameters: Any) -> Iterator[str]:
    """Everything arrives."""
    yield from (one.key for one in messages)


def the_first(messages: Any, parameters: Any) -> Iterator[str]:
    """The first arrives."""
    yield messages[0].key
    raise FidelityError("the line is busy", mend="Wait.")


def broken(messages: Any, parameters: Any) -> Iterator[str]:
    """Nothing arrives."""
    raise ZeroDivisionError("a secret detail")


def test_each_way_for_itself() -> None:
    """Two messages by three ways: what arrived, and one sentence for each way that failed."""
    messages: list[Any] = [SimpleNamespace(key="a"), SimpleNamespace(key="b")]
    ways = {name: Notice(kind=name) for name in ("broken", "busy", "good", "idle", "unknown")}
    arrived: list[tuple[str, str]] = []
    host = host_of(broken=broken, busy=the_first, good=all_of_them, idle=all_of_them)
    waiting = dict.fromkeys(("broken", "busy", "good", "unknown"), messages)
    failures = deliver(ways, host, waiting, lambda way, key: arrived.append((way, key)))
    assert arrived == [("busy", "a"), ("good", "a"), ("good", "b")]
    told = [str(one) for one in failures]
    assert len(told) == 3 and "ZeroDivisionError" in told[0] and "a secret detail" not in told[0]
    assert told[1:] == ["notify: busy: the line is busy. Wait.",
                        "notify: unknown: nobody knows the notifier `unknown`. Its plugin is broken or switched off."]  # fmt: skip


def ends_the_program(messages: Any, parameters: Any) -> Iterator[str]:
    """Nothing arrives."""
    raise SystemExit(0)


def gives_up(messages: Any, parameters: Any) -> Iterator[str]:
    """Nothing arrives, and it says so as what waits for somebody else does."""
    raise CancelledError


def another_key(messages: Any, parameters: Any) -> Iterator[str]:
    """Nothing arrives that anybody sent."""
    yield "z"


def not_all(messages: Any, parameters: Any) -> Iterator[str]:
    """The first arrives, and of the other nothing is said."""
    yield messages[0].key


def test_what_is_not_said_to_have_arrived_is_undelivered() -> None:
    """A notifier that ends the program, gives up, names a message that there is not, or leaves one out, has not delivered."""
    messages: list[Any] = [SimpleNamespace(key="a"), SimpleNamespace(key="b")]
    kinds = {"ends": ends_the_program, "gives": gives_up, "other": another_key, "some": not_all}
    arrived: list[tuple[str, str]] = []
    failures = deliver({name: Notice(kind=name) for name in kinds}, host_of(**kinds), dict.fromkeys(kinds, messages),
                       lambda way, key: arrived.append((way, key)))  # fmt: skip
    assert arrived == [("some", "a")]
    assert [one.message.split(" ", 1)[1] for one in failures] == [
        "raised SystemExit", "raised CancelledError", "gave a key that none of its messages has", "did not say of every message that it arrived"]  # fmt: skip
