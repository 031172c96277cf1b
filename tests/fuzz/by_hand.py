"""The long run: `python -m tests.fuzz.by_hand [TARGET ...] [--minutes 10]`. Coverage leads atheris; needs `pip install atheris`.

The minutes are shared by the targets. Inputs that break something are kept as `crash-*` in the current folder.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path


def one(target: str, seconds: int) -> None:
    """Fuzz one target in this process; the fuzzer ends the process itself."""
    import atheris

    with atheris.instrument_imports(include=["fidelity_engine"]):
        from tests.fuzz.seeds import SEEDS
        from tests.fuzz.targets import TARGETS, District

        import fidelity_engine.engine  # noqa: F401 (whole, while imports are watched)
    with tempfile.TemporaryDirectory(prefix="fidelity-fuzz-") as folder:
        corpus = Path(folder, "corpus")
        corpus.mkdir()
        for place, seed in enumerate(SEEDS[target]):
            (corpus / str(place)).write_bytes(seed)
        here = District(Path(folder))
        arguments = [sys.argv[0], str(corpus), f"-max_total_time={seconds}", "-timeout=60", "-rss_limit_mb=4096", "-max_len=4096", "-verbosity=0"]
        atheris.Setup(arguments, lambda raw: TARGETS[target](here, raw))
        atheris.Fuzz()


def main() -> int:
    """Each target in a process of its own; gives the number of targets that broke."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("targets", nargs="*", help="default: all")
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--here", type=int, metavar="SECONDS", help=argparse.SUPPRESS)
    said = parser.parse_args()
    if said.here:
        one(said.targets[0], said.here)
    from tests.fuzz.targets import TARGETS

    wanted = said.targets or list(TARGETS)
    seconds = max(1, round(said.minutes * 60 / len(wanted)))
    broken = []
    for target in wanted:
        command = [sys.executable, "-m", "tests.fuzz.by_hand", target, "--here", str(seconds)]
        with tempfile.TemporaryDirectory(prefix="fidelity-fuzz-") as folder:      # the fuzzer ends without tidying up
            code = subprocess.run(command, check=False, env={**os.environ, "TMPDIR": folder}).returncode
        print(f"{target}: {'clean' if code == 0 else f'broke ({code})'} after {seconds} s", flush=True)
        broken += [target] if code else []
    return len(broken)


if __name__ == "__main__":
    sys.exit(main())
