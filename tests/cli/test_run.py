"""`fidelity run`: what it asks of the engine, where results go, and the exit code."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from fidelity_engine.cli import files
from fidelity_engine.errors import FidelityError, Mistakes, Place

Fidelity = Callable[..., tuple[int, str, str]]


def test_the_findings_are_printed(fidelity: Fidelity) -> None:
    """Results on stdout, nothing on stderr, and 0 although a finding is open."""
    code, out, err = fidelity("run", "rules.yaml")
    assert (code, err) == (0, "")
    assert "Grade 3: 1 of 3 meetings." in out and "\x1b" not in out


def test_options_reach_the_engine(fidelity: Fidelity, engine: Any) -> None:
    """What is asked on the command line is what is evaluated."""
    fidelity("run", "r.yaml", "--as-of", "2026-01-30", "--rule", "a", "--rule", "b", "--subject", "g3", "--no-plugins")
    fidelity("run", "r.yaml", "--as-of", "2026-01-30T06:00+01:00", "--no-store")
    first, second = engine.calls
    assert (first["as_of"], first["rules"], first["subjects"]) == (date(2026, 1, 30), ("a", "b"), ("g3",))
    assert second["as_of"] == datetime.fromisoformat("2026-01-30T06:00+01:00")
    assert engine.opened["load_plugins"] is True


@pytest.mark.parametrize(
    ("fail_on", "code"),
    [("never", 0), ("missed", 1), ("low", 1), ("medium", 1), ("high", 1), ("critical", 0)],
)
def test_fail_on(fidelity: Fidelity, fail_on: str, code: int) -> None:
    """Exit 1 on missed cells, or on open findings of this severity or above."""
    assert fidelity("run", "r.yaml", "--fail-on", fail_on)[0] == code


def test_what_does_not_count_for_fail_on(fidelity: Fidelity, engine: Any) -> None:
    """Rules on trial and findings that are not open fail no run."""
    engine.mode = "trial"
    assert fidelity("run", "r.yaml", "--fail-on", "missed")[0] == 0
    engine.findings = []
    assert fidelity("run", "r.yaml", "--fail-on", "low")[0] == 0


def test_the_worst_code_wins(fidelity: Fidelity, engine: Any) -> None:
    """An incomplete run is 3 whatever it found, and says why on stderr as one JSON object per line."""
    engine.exit_code, engine.unfinished = 3, ["Source a could not be read.\x1b[31m"]
    code, _, err = fidelity("run", "r.yaml", "--fail-on", "low")
    (line,) = [json.loads(line) for line in err.splitlines()]
    assert code == 3
    assert (line["event"], line["level"], line["cause"]) == (
        "run.incomplete",
        "error",
        r"Source a could not be read.\x1b[31m",
    )


def test_quiet(fidelity: Fidelity, engine: Any) -> None:
    """Nothing is printed unless a finding is open or something broke."""
    assert fidelity("run", "r.yaml", "--quiet")[1] != ""
    engine.findings = []
    assert fidelity("run", "r.yaml", "--quiet") == (0, "", "")
    engine.exit_code = 5
    assert fidelity("run", "r.yaml", "--quiet")[1] != ""


def test_files_are_whole(fidelity: Fidelity, tmp_path: Path) -> None:
    """Result, verdicts and quarantine each stand in their file, with nothing beside them."""
    out, verdicts, quarantine = tmp_path / "o.jsonl", tmp_path / "v.csv", tmp_path / "q.csv"
    code, printed, _ = fidelity("run", "r.yaml", "--format", "jsonl", "--output", str(out), "--verdicts", str(verdicts),
                                "--quarantine", str(quarantine))  # fmt: skip
    assert (code, printed) == (0, "")
    assert json.loads(out.read_text("utf-8").splitlines()[-1])["kind"] == "summary"
    assert {path.name for path in tmp_path.iterdir()} == {"o.jsonl", "v.csv", "q.csv"}


def test_a_full_disk(fidelity: Fidelity, tmp_path: Path) -> None:
    """What cannot be written is one sentence and exit code 4: the run itself is done."""
    code, _, err = fidelity("run", "r.yaml", "--verdicts", str(tmp_path / "full.csv"))
    assert code == 4 and "No space left on device" in err and err.count("\n") == 1


def test_a_report_that_breaks_leaves_the_old_file(tmp_path: Path) -> None:
    """No half file: the old one stays until the new one is whole, and nothing is left beside it."""
    path = tmp_path / "o.txt"
    path.write_text("old", "utf-8")

    def pieces() -> Iterator[str]:
        yield "new"
        raise OSError(28, "No space left on device")

    with pytest.raises(files.NotWritten, match="could not be written: No space left on device"):
        files.written(path, lambda path: files.write_text(path, pieces()))
    assert path.read_text("utf-8") == "old" and [one.name for one in tmp_path.iterdir()] == ["o.txt"]


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--format", "jsnl"], "there is no format `jsnl`. Did you mean `jsonl`?"),
        (["--output", "no/such/folder/x.txt"], "there is no folder for `no/such/folder/x.txt`. Make the folder first."),
        (["--verdicts", "v.xls"], "`v.xls` has no known ending. Known endings: .csv, .jsonl, .parquet."),
        (["--as-of", "30/01/2026"], "is no moment. Write 2026-01-30"),
        (["--fail-on", "often"], "'often' is not one of"),
        (["--nothing"], "No such option"),
    ],
)
def test_usage(fidelity: Fidelity, engine: Any, options: list[str], told: str) -> None:
    """A wrong option is told with its mend before anything is evaluated: exit code 2."""
    code, out, err = fidelity("run", "r.yaml", *options)
    assert (code, out, engine.calls) == (2, "", []) and told in err and "Traceback" not in err


def test_mistakes_are_one_line_each(fidelity: Fidelity, engine: Any) -> None:
    """Every mistake of the rule file stands on a line of its own, whatever characters it quotes."""
    mistakes = [FidelityError(f"wrong {n}\n\x1b[2J", Place("r.yaml", n, 1), "Mend it.", "a.rule") for n in (2, 1)]
    engine.raises = Mistakes(mistakes)
    code, _, err = fidelity("run", "r.yaml")
    assert code == 2 and "\x1b" not in err
    assert [line[:22] for line in err.splitlines()] == ["r.yaml:1:1: a.rule: wr", "r.yaml:2:1: a.rule: wr"]


def test_interrupt(fidelity: Fidelity, engine: Any) -> None:
    """Ctrl-C ends with 130 and one line."""
    engine.raises = KeyboardInterrupt()
    code, _, err = fidelity("run", "r.yaml")
    assert code == 130 and err.strip() == "Stopped before the end; nothing is half-written."


def test_a_bug_shows_its_trace(fidelity: Fidelity, engine: Any) -> None:
    """What is no mistake of the user's is not dressed up as one."""
    engine.raises = ZeroDivisionError("a bug")
    with pytest.raises(ZeroDivisionError):
        fidelity("run", "r.yaml")


def test_a_pipe_or_a_link_is_written_through(fidelity: Fidelity, tmp_path: Path) -> None:
    """Nobody's `/dev/null` is replaced by a report: what is no file is written into, and a link leads to the file that it names."""
    pipe, real, link = tmp_path / "pipe", tmp_path / "real.txt", tmp_path / "link.txt"
    os.mkfifo(pipe)
    real.write_text("old")
    link.symlink_to(real)
    read: list[str] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_text("utf-8")), daemon=True)
    reader.start()
    assert fidelity("run", "r.yaml", "--output", str(pipe))[0] == 0
    reader.join(10)
    assert pipe.is_fifo() and "Grade 3" in read[0]
    assert fidelity("run", "r.yaml", "--output", str(link))[0] == 0
    assert link.is_symlink() and real.read_text("utf-8") == read[0]
