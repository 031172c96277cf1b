"""Where a store is: a state folder beside the rule file, and a database in it or at a URL."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from fidelity_engine.errors import FidelityError

FOLDER = ".fidelity"
FILE = "state.db"
_POSTGRES = ("postgresql", "postgres", "postgresql+psycopg")


@dataclass(frozen=True)
class Address:
    """`folder`: lock, snapshots and spilled data; `url`: the database, never shown; `rules`: the rule file's name.

    One store may serve several rule files: each sees only its own runs and findings.
    """

    folder: Path
    url: str = field(repr=False)
    rules: str

    @property
    def is_file(self) -> bool:
        """Whether the database is a file of its own."""
        return self.url.startswith("sqlite")

    @property
    def shown(self) -> str:
        """What messages call it: no user, no password."""
        return str(self.folder / FILE) if self.is_file else "the PostgreSQL store"


def address_of(rules: Path, said: str | None = None) -> Address:
    """The store of a rule file: `said` is a PostgreSQL URL, or a folder in place of `.fidelity` beside the file."""
    beside = rules.absolute().parent / FOLDER
    if said and "://" in said:
        kind, _, rest = said.partition("://")
        if kind not in _POSTGRES:
            raise FidelityError(f"there is no store of the kind `{kind}`", "--store", "Write postgresql://HOST/DATABASE, or a folder.")
        return Address(beside, f"postgresql+psycopg://{rest}", rules.name)
    folder = Path(said).absolute() if said else beside
    return Address(folder, f"sqlite:///{folder / FILE}", rules.name)
