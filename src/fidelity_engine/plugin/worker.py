"""One process of a crew: reads portions from stdin, writes what the function said of them to what was stdout.

It ends as soon as whoever started it is gone, even within a function that never returns. What plugins print goes to stderr.
"""

from __future__ import annotations

import gc
import os
import pickle
import signal
import sys
from queue import SimpleQueue
from threading import Thread
from types import SimpleNamespace
from typing import IO, Any

from fidelity_engine.plugin.cells import Caller
from fidelity_engine.plugin.host import Host

FEW_COLLECTIONS = 50_000
"""So many new objects until garbage is looked for: events come and go, and leave none."""


def main() -> None:
    """Load the plugins, say so, and answer until nobody asks any more."""
    gc.set_threshold(FEW_COLLECTIONS)
    signal.signal(signal.SIGINT, signal.SIG_IGN)        # Ctrl-C is for whoever started us, and ends us
    asked, told = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    names, root, roots = pickle.load(asked)
    host = Host.load((), names, root, roots)
    _tell(told, "ready")
    jobs: SimpleQueue[Any] = SimpleQueue()
    Thread(target=_listen, args=(asked, jobs), daemon=True).start()
    callers: dict[tuple[str, bytes], Caller] = {}
    while True:
        name, given, portion = jobs.get()
        if (name, given) not in callers:
            callers[name, given] = Caller(host.measures[name], SimpleNamespace(**pickle.loads(given)))
        _tell(told, tuple(callers[name, given].answers(portion)))


def _listen(asked: IO[bytes], jobs: SimpleQueue[Any]) -> None:
    try:
        while True:
            jobs.put(pickle.load(asked))
    finally:
        os._exit(0)


def _tell(told: IO[bytes], what: Any) -> None:
    pickle.dump(what, told, pickle.HIGHEST_PROTOCOL)
    told.flush()


if __name__ == "__main__":
    try:
        main()
    except Exception:
        sys.exit(1)         # whoever started us tells that we ended
