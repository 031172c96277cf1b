"""Mail, received by a real SMTP server on this machine."""

from __future__ import annotations

import email
import email.policy
import smtplib
import socket
from collections.abc import Iterator
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from fidelity_engine.builtin.notifiers import EMAIL
from fidelity_engine.errors import FidelityError


class Box:
    """A server's mailbox; `full`: addresses whose mail it refuses."""

    def __init__(self) -> None:
        self.mails: list[tuple[list[str], Any]] = []
        self.full: set[str] = set()

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        """Take an address, or not."""
        if address in self.full:
            return "552 mailbox full"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        """Keep a mail."""
        self.mails.append((envelope.rcpt_tos, email.message_from_bytes(envelope.content, policy=email.policy.default)))
        return "250 OK"


@pytest.fixture
def box() -> Iterator[tuple[Box, Any]]:
    """A mailbox, and the parameters that lead to it."""
    kept = Box()
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]
    server = Controller(kept, hostname="127.0.0.1", port=port)
    server.start()
    yield kept, {"host": "127.0.0.1", "port": port, "security": "none", "from": "fidelity@example.org"}
    server.stop()


def sent(given: dict[str, Any], *messages: Any) -> list[str]:
    """The keys that arrived."""
    return list(EMAIL.deliver(messages, EMAIL.parameters.model_validate(given)))


def test_one_digest_per_owner(box, message) -> None:
    """Each owner gets one mail with their own messages, in the order new, then settled."""
    kept, given = box
    keys = sent(given, message("a", "resolved", text="Grade 5 meets again."), message("b"), message("c", address="rook@example.org"))
    assert keys == ["a", "b", "c"]
    assert [to for to, _ in kept.mails] == [["moss@example.org"], ["rook@example.org"]]
    mail = kept.mails[0][1]
    assert mail["Subject"] == "Example district: 1 to look at, 1 settled or on hold"
    text = mail.get_content()
    assert text.index("Grade 3: 1 of 3 meetings.") < text.index("Grade 5 meets again.")
    assert "due 2025-12-01" in text and "Could be tried: Rebuild the schedule" in text


def test_the_same_messages_are_the_same_mail(box, message) -> None:
    """Sent again, a digest has the same Message-ID; another one has another."""
    kept, given = box
    for messages in ([message("a")], [message("a")], [message("b")]):
        sent(given, *messages)
    first, again, other = (mail["Message-ID"] for _, mail in kept.mails)
    assert first == again != other


def test_copies_and_owners_without_an_address(box, message) -> None:
    """`copy_to` gets everything once; what belongs to nobody with an address has arrived with that."""
    kept, given = box
    assert sent({**given, "copy_to": ["lead@example.org"]}, message("a", address=None), message("b")) == ["a", "b"]
    assert [to for to, _ in kept.mails] == [["lead@example.org"], ["moss@example.org"]]


def test_a_full_mailbox(box, message) -> None:
    """What arrived before is told; what did not raises a sentence without address or password."""
    kept, given = box
    kept.full = {"rook@example.org"}
    arriving = iter(EMAIL.deliver([message("a"), message("b", address="rook@example.org")], EMAIL.parameters.model_validate(given)))
    assert next(arriving) == "a"
    with pytest.raises(FidelityError, match="did not take it") as caught:
        next(arriving)
    assert "rook" not in str(caught.value)


def test_an_address_that_is_gone_keeps_no_mail_from_the_others(box, message) -> None:
    """Owners after the refused one have theirs; the end tells how many addresses were refused, and where they stand."""
    kept, given = box
    kept.full = {"moss@example.org"}
    arrived = []
    with pytest.raises(FidelityError, match=r"did not take it for 1 address \(552\)") as caught:
        for key in EMAIL.deliver([message("a"), message("b", address="rook@example.org")], EMAIL.parameters.model_validate(given)):
            arrived.append(key)
    assert arrived == ["b"] and "`owners`" in str(caught.value.mend)


@pytest.mark.parametrize("address", ["moss@example.org\nBcc: all@example.org", "m\u00f6s@example.org"])
def test_what_can_be_no_address_keeps_no_mail_from_the_others(address, box, message, monkeypatch) -> None:
    """A line end in the file of owners, or letters that the server does not take: told as a refused address is, and nothing is sent to it."""
    kept, given = box
    monkeypatch.setattr(smtplib.SMTP, "has_extn", lambda server, name: name != "smtputf8" and name.lower() in server.esmtp_features)
    arrived = []
    with pytest.raises(FidelityError, match=r"did not take it for 1 address \(553\)"):
        for key in EMAIL.deliver([message("a", address=address), message("b", address="rook@example.org")], EMAIL.parameters.model_validate(given)):
            arrived.append(key)
    assert arrived == ["b"] and len(kept.mails) == 1


@pytest.mark.parametrize(("full", "keys"), [({"lead@example.org"}, ["a"]), ({"lead@example.org", "pd@example.org"}, [])])
def test_a_copy_that_is_refused_is_told(full, keys, box, message) -> None:
    """One address of two is told; where nobody got the copy nothing counts as arrived, and the owners wait with it."""
    kept, given = box
    kept.full, arrived = full, []
    with pytest.raises(FidelityError, match="did not take it for"):
        for key in EMAIL.deliver([message("a")], EMAIL.parameters.model_validate({**given, "copy_to": ["lead@example.org", "pd@example.org"]})):
            arrived.append(key)
    assert arrived == keys


def test_nobody_there(message) -> None:
    """A server that does not answer is one sentence."""
    with pytest.raises(FidelityError, match=r"127\.0\.0\.1:1 did not take it \(ConnectionRefusedError\)"):
        sent({"host": "127.0.0.1", "port": 1, "security": "none", "from": "a@example.org"}, message())


def test_a_password_that_is_not_there(box, message, monkeypatch) -> None:
    """The environment variable is named, and nothing is sent."""
    kept, given = box
    monkeypatch.delenv("MAIL_PASSWORD", raising=False)
    with pytest.raises(FidelityError, match="MAIL_PASSWORD is not set"):
        sent({**given, "user": "fidelity", "password_env": "MAIL_PASSWORD"}, message())
    assert kept.mails == []


def test_a_name_with_a_line_end_forges_no_header(box, message) -> None:
    """Line ends and control characters of data are shown, and stay where they are."""
    kept, given = box
    sent(given, message("a", text="Grade 3\r\nBcc: everybody@example.org\x1b[31m"))
    mail = kept.mails[0][1]
    assert mail["Bcc"] is None and "\x1b" not in mail.get_content()
