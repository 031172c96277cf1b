"""email: one digest per owner, by SMTP."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from fidelity_engine.builtin.notifiers.digest import digest, subject_of
from fidelity_engine.builtin.notifiers.secret import secret
from fidelity_engine.errors import FidelityError
from fidelity_engine.model.measure import Parameters
from fidelity_engine.model.message import Message
from fidelity_engine.model.values import Positive, Text, Texts
from fidelity_engine.plugin.spec import Notifier

if TYPE_CHECKING:
    import smtplib

SECONDS = 30
NO_MAILBOX = 553
"""What mail servers answer to a name that can be none."""


class EmailParameters(Parameters):
    """A server that takes mail, and who sends it."""

    host: Text = Field(description="The SMTP server.")
    port: Positive = Field(587, description="Its port.")
    security: Literal["starttls", "tls", "none"] = Field("starttls", description="none: only for a server on this machine.")
    from_: Annotated[Text, Field(alias="from", description="The sender's address.")]
    user: Text | None = Field(None, description="The name to log in with.")
    password_env: Text | None = Field(None, description="The environment variable that holds the password.")
    copy_to: Texts = Field((), description="Addresses that get everything, whoever owns it.")


def _deliver(messages: Sequence[Message], parameters: EmailParameters) -> Iterator[str]:
    """A message of an owner without an address reaches those of `copy_to` only; it counts as arrived once they have it."""
    password = secret(parameters.password_env, "password of the mail server")
    try:
        server = _connected(parameters, password)
    except OSError as error:
        raise _lost(parameters, error) from None
    try:
        yield from _sent(server, messages, parameters)
    finally:
        with suppress(OSError):
            server.quit()


def _connected(parameters: EmailParameters, password: str | None) -> smtplib.SMTP:
    import smtplib
    import ssl

    trusted = ssl.create_default_context()
    if parameters.security == "tls":
        server: smtplib.SMTP = smtplib.SMTP_SSL(parameters.host, parameters.port, timeout=SECONDS, context=trusted)
    else:
        server = smtplib.SMTP(parameters.host, parameters.port, timeout=SECONDS)
    if parameters.security == "starttls":
        server.starttls(context=trusted)
    if parameters.user and password:
        server.login(parameters.user, password)
    return server


def _sent(server: smtplib.SMTP, messages: Sequence[Message], parameters: EmailParameters) -> Iterator[str]:
    """Mail by mail; an address that the server refuses keeps no mail from the others, and is told at the end."""
    refused: list[int] = []
    if parameters.copy_to:
        refused += _send(server, messages, list(parameters.copy_to), parameters)
        if len(refused) == len(parameters.copy_to):
            raise _refused(parameters, refused)
    by_address: dict[str | None, list[Message]] = {}
    for message in messages:
        by_address.setdefault(message.address, []).append(message)
    for address, theirs in by_address.items():
        codes = _send(server, theirs, [address], parameters) if address else []
        refused += codes
        if not codes:
            yield from (one.key for one in theirs)
    if refused:
        raise _refused(parameters, refused)


def _send(server: smtplib.SMTP, messages: Sequence[Message], to: list[str], parameters: EmailParameters) -> list[int]:
    """One mail; gives the server's code for each address that it refused."""
    import smtplib
    from email.message import EmailMessage
    from email.utils import format_datetime

    if not all(address.isprintable() for address in to):          # a line end would begin another header
        return [NO_MAILBOX] * len(to)
    mail = EmailMessage()
    mail["Subject"], mail["From"], mail["To"] = subject_of(messages), parameters.from_, ", ".join(to)
    mail["Date"] = format_datetime(messages[0].at)
    # The same messages have the same id when they are sent again: a mail server or reader shows them once.
    marks = hashlib.sha256("\n".join([*sorted(one.key for one in messages), *to]).encode()).hexdigest()[:32]
    mail["Message-ID"] = f"<{marks}@fidelity-engine>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(digest(messages))
    try:
        refused = server.send_message(mail)
    except smtplib.SMTPRecipientsRefused as error:
        refused = error.recipients
    except smtplib.SMTPNotSupportedError:                         # letters that this server does not take in addresses
        return [NO_MAILBOX] * len(to)
    except OSError as error:
        raise _lost(parameters, error) from None
    return [int(code) for code, _ in refused.values()]


def _refused(parameters: EmailParameters, codes: Sequence[int]) -> FidelityError:
    addresses = "1 address" if len(codes) == 1 else f"{len(codes)} addresses"
    return FidelityError(
        f"the mail server {parameters.host}:{parameters.port} did not take it for {addresses} ({', '.join(map(str, sorted(set(codes))))})",
        mend="Check the addresses in the file of `owners` and under `copy_to`; what did not arrive is tried again with the next run.",
    )


def _lost(parameters: EmailParameters, error: Exception) -> FidelityError:
    code = getattr(error, "smtp_code", None)
    return FidelityError(
        f"the mail server {parameters.host}:{parameters.port} did not take it ({type(error).__name__}{f' {code}' if code else ''})",
        mend="Check host, port, security, user and password; it is tried again with the next run.",
    )


EMAIL = Notifier("email", _deliver, "One digest of what changed per owner, to the address that `owners` gives.", EmailParameters)
