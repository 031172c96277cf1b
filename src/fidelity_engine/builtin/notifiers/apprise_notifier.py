"""apprise: a digest to chat rooms, phones and what else Apprise knows. Needs the extra `apprise`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pydantic import Field

from fidelity_engine.builtin.notifiers.digest import digest, subject_of
from fidelity_engine.builtin.notifiers.secret import secret
from fidelity_engine.errors import FidelityError
from fidelity_engine.model.measure import Parameters
from fidelity_engine.model.message import Message
from fidelity_engine.model.values import Text
from fidelity_engine.plugin.spec import Notifier


class AppriseParameters(Parameters):
    """Where to; an Apprise address holds its own secret, so it stands in the environment."""

    urls_env: Text = Field(description="The environment variable that holds the addresses, separated by spaces or commas.")


def _deliver(messages: Sequence[Message], parameters: AppriseParameters) -> Iterator[str]:
    try:
        import apprise
    except ModuleNotFoundError:
        raise FidelityError("`apprise` is not installed", mend="Install it: pip install 'fidelity-engine[apprise]'.") from None
    addresses = secret(parameters.urls_env, "addresses for Apprise")
    rooms = apprise.Apprise()
    if not addresses or not rooms.add(addresses):
        raise FidelityError(f"{parameters.urls_env} holds an address that Apprise does not know", mend="Its pages list the forms of addresses.")
    if not rooms.notify(title=subject_of(messages), body=digest(messages)):
        raise FidelityError("Apprise could not deliver", mend="Check the addresses; it is tried again with the next run.")
    yield from (one.key for one in messages)


APPRISE = Notifier("apprise", _deliver, "One digest of what changed, to chat rooms, phones and more.", AppriseParameters)
