"""webhook: each change as a CloudEvent (version 1.0, structured mode) by HTTP POST."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import date
from decimal import Decimal
from typing import Any

from pydantic import Field

from fidelity_engine.builtin.notifiers.secret import secret
from fidelity_engine.errors import FidelityError
from fidelity_engine.model.measure import Parameters
from fidelity_engine.model.message import Message
from fidelity_engine.model.values import Text
from fidelity_engine.plugin.spec import Notifier

SECONDS = 30


class WebhookParameters(Parameters):
    """Where to, and as whom."""

    url: Text | None = Field(None, description="The address; without a secret in it.")
    url_env: Text | None = Field(None, description="The environment variable that holds the address, where it is a secret.")
    token_env: Text | None = Field(None, description="The environment variable that holds a token, sent as Authorization: Bearer.")
    source: Text = Field("fidelity-engine", description="`source` of the events: which district they come from.")


def _deliver(messages: Sequence[Message], parameters: WebhookParameters) -> Iterator[str]:
    url = parameters.url or secret(parameters.url_env, "address of the webhook")
    if not url or not url.startswith(("https://", "http://")):
        raise FidelityError("the webhook has no address", mend="Write url: https://..., or url_env: NAME.")
    token = secret(parameters.token_env, "token of the webhook")
    for message in messages:
        _post(url, token, message, parameters.source)
        yield message.key


def cloud_event(message: Message, source: str) -> dict[str, Any]:
    """The CloudEvent of a message; `id` is its key, so that a receiver knows what it has already."""
    return {
        "specversion": "1.0", "id": message.key, "source": source, "type": f"org.fidelity-engine.finding.{message.change}",
        "subject": message.finding.finding_id, "time": message.at.isoformat(), "datacontenttype": "application/json",
        "data": {"before": message.before, "finding": asdict(message.finding)},
    }


def _post(url: str, token: str | None, message: Message, source: str) -> None:
    import urllib.error
    import urllib.request
    from http.client import HTTPException

    class Stays(urllib.request.HTTPRedirectHandler):
        """Followed, a redirection would become a GET without the event, and take the token along."""

        def redirect_request(self, *_: Any) -> None:
            return None

    body = json.dumps(cloud_event(message, source), default=_plain).encode()
    headers = {"Content-Type": "application/cloudevents+json; charset=utf-8", "Idempotency-Key": message.key}
    if token:
        headers["Authorization"] = f"Bearer {token}"
    try:
        with urllib.request.build_opener(Stays).open(urllib.request.Request(url, body, headers, method="POST"), timeout=SECONDS):
            return
    except urllib.error.HTTPError as error:
        cause = f"it answered {error.code}"
    except (OSError, ValueError, HTTPException) as error:
        cause = type(error).__name__
    raise FidelityError(f"the webhook did not take an event ({cause})", mend="Check its address and token; it is tried again with the next run.")


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value.isoformat() if isinstance(value, date) else str(value)


WEBHOOK = Notifier("webhook", _deliver, "Each change as a CloudEvent 1.0, posted to an address.", WebhookParameters)
