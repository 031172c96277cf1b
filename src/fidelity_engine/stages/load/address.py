"""Addresses in place of files: references to secrets resolved at the last moment, and files that an address names."""

from __future__ import annotations

import os
import re
from pathlib import Path
from urllib.parse import quote

from fidelity_engine.errors import FidelityError
from fidelity_engine.model.rule import RuleSet
from fidelity_engine.model.source import is_address
from fidelity_engine.stages.load.paths import resolve

FILE = re.compile(r"(sqlite(?:[+]\w+)?)://(?:/(?P<path>[^?#]*))?(?P<rest>[?#].*)?", re.DOTALL)
_REFERENCE = re.compile(r"\$\{(env|file):([^}]*)\}")


def files_of(ruleset: RuleSet, written: str, source: str, folders: bool) -> tuple[str, list[Path]]:
    """The address that a `read:` is, where it is one, and its files. `folders`: a folder stands for the files in it."""
    return address_of(ruleset, written, source) if is_address(written) else ("", resolve(ruleset, written, folders))


def address_of(ruleset: RuleSet, written: str, source: str) -> tuple[str, list[Path]]:
    """The address with its secrets, and the files that it names, each under one of the rule file's roots."""
    address = _resolved(ruleset, written, source)
    if "://" not in address:
        raise FidelityError("the reference holds no address", source, "Put a URL such as postgresql://HOST/DATABASE there.")
    named = FILE.fullmatch(address)
    if named is None:
        return address, []
    if not named["path"] or named["rest"]:
        raise FidelityError("the address names no file", source, "Write sqlite:///PATH, without parameters.")
    try:
        return address, resolve(ruleset, named["path"])
    except FidelityError as error:
        raise FidelityError("the file of the address cannot be read", source, error.mend) from None


def _resolved(ruleset: RuleSet, written: str, source: str) -> str:
    """A secret inside of an address is quoted as addresses want it; one that is the whole beginning is taken as it is."""

    def secret(found: re.Match[str]) -> str:
        value = _secret(ruleset, found[1], found[2], source)
        return quote(value, safe="") if "://" in written[: found.start()] else value

    return _REFERENCE.sub(secret, written)


def _secret(ruleset: RuleSet, kind: str, name: str, source: str) -> str:
    if kind == "env":
        if not os.environ.get(name):
            raise FidelityError(f"the environment variable {name} is not set", source, "Set it for the run.")
        return os.environ[name]
    try:
        (path,) = resolve(ruleset, name)
        return path.read_text("utf-8").strip()
    except (FidelityError, ValueError, OSError):
        raise FidelityError(f"the file {name} of a secret cannot be read", source, "Check path and rights.") from None
