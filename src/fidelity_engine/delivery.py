"""Deliver: the messages that wait, by each way that the rule file names under `notify:`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from fidelity_engine.errors import FidelityError
from fidelity_engine.model.message import Message
from fidelity_engine.model.rule import Notice
from fidelity_engine.plugin.host import Host

Arrived = Callable[[str, str], None]


def deliver(ways: Mapping[str, Notice], host: Host, waiting: Mapping[str, Sequence[Message]], arrived: Arrived) -> list[FidelityError]:
    """Hand over what waits, way by way; one that fails stops no other. Gives what went wrong, one per way.

    `ways`: the rule file's `notify:`; `waiting`: its names → messages, oldest first. `arrived(way, key)` is called for each
    message as soon as it is there.
    """
    failures = []
    for way, notice in ways.items():
        if waiting.get(way):
            failures += _handed_over(way, notice, host, waiting[way], arrived)
    return failures


def _handed_over(way: str, notice: Notice, host: Host, messages: Sequence[Message], arrived: Arrived) -> list[FidelityError]:
    notifier = host.notifiers.get(notice.kind)
    if notifier is None:
        return [FidelityError(f"nobody knows the notifier `{notice.kind}`", f"notify: {way}", "Its plugin is broken or switched off.")]
    waits = {message.key for message in messages}
    try:
        for key in notifier.deliver(messages, notice.parameters):
            if key not in waits:
                return [_broken(way, notice, host, "gave a key that none of its messages has")]
            arrived(way, key)
            waits.discard(key)
    except FidelityError as error:
        return [FidelityError(error.message, f"notify: {way}", error.mend)]
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        return [_broken(way, notice, host, f"raised {type(error).__name__}")]
    return [_broken(way, notice, host, "did not say of every message that it arrived")] if waits else []


def _broken(way: str, notice: Notice, host: Host, what: str) -> FidelityError:
    title = host.plugin_of(notice.kind, "notifier").title
    return FidelityError(f"{title} {what}", f"notify: {way}", "Tell whoever keeps the plugin.")
