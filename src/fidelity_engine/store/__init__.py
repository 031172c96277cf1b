"""The store: runs, findings with their life, what was delivered. It can be rebuilt from the files; it is no truth of its own.

Nothing of SQLAlchemy or Alembic is imported before a store is opened.
"""

from __future__ import annotations

from fidelity_engine.store.address import Address, address_of

__all__ = ["Address", "address_of"]
