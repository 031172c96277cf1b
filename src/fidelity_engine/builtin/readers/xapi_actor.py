"""Who an xAPI statement is about: an agent, or a group with its members, as ids that a roster may have."""

from __future__ import annotations

from typing import Any

MAILTO = "mailto:"


def people_of(actor: Any, home: str | None) -> list[str] | None:
    """The ids of everybody; None (not known) where somebody has none. `home`: the home page whose accounts count."""
    if not isinstance(actor, dict):
        return None
    members = actor.get("member")
    if not isinstance(members, list):
        members = [actor]
    found = [person_of(member, home) for member in members]
    known = [one for one in found if one is not None]
    return list(dict.fromkeys(known)) if known and len(known) == len(found) else None


def person_of(agent: Any, home: str | None) -> str | None:
    """The name of an account, else an address in small letters, else what identifies it."""
    if not isinstance(agent, dict):
        return None
    account, mbox = agent.get("account"), agent.get("mbox")
    if isinstance(account, dict) and isinstance(account.get("name"), str | int) and home in (None, account.get("homePage")):
        return str(account["name"])
    if isinstance(mbox, str) and mbox.lower().startswith(MAILTO):
        return mbox[len(MAILTO):].lower()
    other = agent.get("mbox_sha1sum") or agent.get("openid")
    return other if isinstance(other, str) else None
