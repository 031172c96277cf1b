"""One connection to a store's database, with the settings under which a transaction is whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from importlib.util import find_spec
from typing import Any

from sqlalchemy import Connection, Engine, NullPool, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError

from fidelity_engine.errors import FidelityError
from fidelity_engine.store.address import FILE, Address

WAIT_SECONDS = 30
"""How long a statement waits for somebody who reads or writes a file just now, and for a server to answer."""


def private_folder(address: Address) -> None:
    """The state folder, for its owner only."""
    address.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if address.folder.stat().st_mode & 0o077:
        address.folder.chmod(0o700)


@contextmanager
def connection_of(address: Address) -> Iterator[Connection]:
    """An open connection. Its one use of the server holds the lock and commits, so that no lock is lost unnoticed."""
    engine = _file_engine(address) if address.is_file else _server_engine(address)
    try:
        with closing(engine.connect()) as connection:
            yield connection
    finally:
        engine.dispose()


def _file_engine(address: Address) -> Engine:
    path = address.folder / FILE
    opened = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    if os.fstat(opened).st_mode & 0o077:         # one that was copied here
        with suppress(PermissionError):          # and is somebody else's, whose next run makes it private
            path.chmod(0o600)
    os.close(opened)
    engine = create_engine(address.url, poolclass=NullPool, connect_args={"timeout": WAIT_SECONDS})

    @event.listens_for(engine, "connect")
    def _settings(driver: Any, _: Any) -> None:
        driver.isolation_level = None            # the driver would begin late, and commit before it creates a table
        driver.execute("pragma foreign_keys = on")
        driver.execute("pragma synchronous = full")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql("begin immediate")

    return engine


def _server_engine(address: Address) -> Engine:
    if find_spec("psycopg") is None:
        raise FidelityError("PostgreSQL needs an extra", "--store", "Install it: pip install 'fidelity-engine[postgres]'.")
    try:
        return create_engine(make_url(address.url), poolclass=NullPool, connect_args={"connect_timeout": WAIT_SECONDS})
    except ArgumentError:
        raise FidelityError("the URL of the store cannot be read", "--store", "Write postgresql://HOST/DATABASE.") from None
