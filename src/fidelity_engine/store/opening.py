"""Opening a store: for a run, under the lock; or to look something up."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

from fidelity_engine.store.address import FILE, Address
from fidelity_engine.store.connect import connection_of, private_folder
from fidelity_engine.store.lock import How, lock_server, locked
from fidelity_engine.store.memory import Memory
from fidelity_engine.store.schema import prepare, version_of
from fidelity_engine.store.trouble import answers, told


@contextmanager
def open_store(address: Address, how: How = "wait", waiting: Callable[[str], None] = lambda holder: None) -> Iterator[Memory]:
    """The store for somebody who writes: lock held, schema up to date.

    `how`: what to do where another run holds the lock; `waiting(holder)` is called before one waits. Raises Locked,
    Skipped, or FidelityError where the store cannot be opened.
    """
    with ExitStack() as stack:
        with told(address.shown, evaluated=False):
            private_folder(address)
            stack.enter_context(locked(address, how, waiting))
            connection = stack.enter_context(connection_of(address))
            lock_server(connection, how, waiting)
            prepare(connection, address.shown)
        with answers(address.shown, evaluated=False):
            yield Memory(connection, address)


@contextmanager
def look_up(address: Address) -> Iterator[Memory | None]:
    """The store for somebody who only reads, without the lock; None where nothing was ever stored."""
    with ExitStack() as stack:
        memory = None
        if not address.is_file or (address.folder / FILE).is_file():
            with told(address.shown, evaluated=False):
                connection = stack.enter_context(connection_of(address))
                with connection.begin():
                    found = version_of(connection)
                if found is not None:
                    prepare(connection, address.shown)
                    memory = Memory(connection, address)
        with answers(address.shown, evaluated=False):
            yield memory
