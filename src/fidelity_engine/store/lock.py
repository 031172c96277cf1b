"""One run at a time: an advisory file lock that dies with its process, and one in the server for runs on other hosts."""

from __future__ import annotations

import getpass
import json
import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from filelock import FileLock, Timeout
from sqlalchemy import Connection, text

from fidelity_engine.store.address import Address
from fidelity_engine.store.trouble import Locked, Skipped

How = Literal["wait", "skip", "fail"]
FILE = "lock"
HOLDER = "lock.holder"
SERVER_KEY = 0x666964656C697479
"""What runs on one PostgreSQL database agree upon: "fidelity" as a number."""


def who() -> str:
    """The user under whose name this process runs."""
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):     # a container's user without a name
        return str(os.getuid())


def host() -> str:
    """The name of this machine."""
    return socket.gethostname()


@contextmanager
def locked(address: Address, how: How, waiting: Callable[[str], None]) -> Iterator[None]:
    """Hold the lock of a state folder. Where another run holds it: wait (and say so), or raise Skipped or Locked."""
    lock = FileLock(address.folder / FILE, mode=0o600)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        _held(how, _holder(address.folder), waiting)
        lock.acquire()
    try:
        _sign(address.folder)
        yield
    finally:
        lock.release()


def lock_server(connection: Connection, how: How, waiting: Callable[[str], None]) -> None:
    """Hold the lock of a server's database for as long as the connection lives; nothing for a file."""
    if connection.dialect.name != "postgresql":
        return
    with connection.begin():
        if connection.execute(text("select pg_try_advisory_lock(:key)"), {"key": SERVER_KEY}).scalar():
            return
    _held(how, "another host", waiting)
    with connection.begin():
        connection.execute(text("select pg_advisory_lock(:key)"), {"key": SERVER_KEY})


def _held(how: How, holder: str, waiting: Callable[[str], None]) -> None:
    if how == "skip":
        raise Skipped(f"another run holds the lock ({holder}); this one is skipped")
    if how == "fail":
        raise Locked(f"another run holds the lock ({holder})", mend="Wait for its end; `run` waits by itself with `--lock wait`.")
    waiting(holder)


def _sign(folder: Path) -> None:
    """Leave word who holds the lock."""
    path = folder / HOLDER
    path.touch(mode=0o600)
    path.write_text(json.dumps({"pid": os.getpid(), "host": host(), "since": datetime.now(UTC).isoformat(timespec="seconds")}), "utf-8")


def _holder(folder: Path) -> str:
    """Who holds the lock, as they left word."""
    with suppress(OSError, ValueError, KeyError, TypeError):
        found = json.loads((folder / HOLDER).read_text("utf-8"))
        return f"process {int(found['pid'])} on {found['host']} since {found['since']}"
    return "a process that has just begun"
