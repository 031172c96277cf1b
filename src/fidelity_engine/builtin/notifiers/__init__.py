"""The ways to tell people and programs what changed, declared through the same hook as a district's own."""

from __future__ import annotations

from fidelity_engine.builtin.notifiers.apprise_notifier import APPRISE
from fidelity_engine.builtin.notifiers.email_notifier import EMAIL
from fidelity_engine.builtin.notifiers.webhook_notifier import WEBHOOK
from fidelity_engine.plugin.spec import Notifier, hookimpl

NOTIFIERS = (EMAIL, WEBHOOK, APPRISE)


@hookimpl
def fidelity_notifiers() -> tuple[Notifier, ...]:
    """email, webhook, apprise."""
    return NOTIFIERS
