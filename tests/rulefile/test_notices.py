"""`notify:` is read with the parameters of each kind; mistakes have their place."""

from __future__ import annotations

from pathlib import Path

import pytest

from fidelity_engine.builtin import notifiers
from fidelity_engine.errors import Mistakes
from fidelity_engine.rulefile import document_of, rules_of

HERE = Path(__file__).parent
GOOD = (HERE / "good.yaml").read_text(encoding="utf-8").rstrip() + "\n"
LINE = GOOD.count("\n") + 2
KINDS = {one.name: one for one in notifiers.NOTIFIERS}
MISTAKES = [
    ("mail: {kind: email, host: h}", "3: `from` is missing."),
    ("mail: {kind: emial}", "16: there is no notifier `emial`. Did you mean `email`?"),
    ("mail: {kind: email, host: h, from: a@b, securty: none}", "43: there is no key `securty` here. Did you mean `security`?"),
    ("mail: {host: h}", "3: `kind` is missing."),
    ("mail: post", "9: a map of keys was expected here, not `post`."),
]


def read(entry, kinds, **options):
    """The rule set of a good file with this entry under `notify:`."""
    return rules_of(document_of(f"{GOOD}notify:\n  {entry}\n", "d.yaml", HERE), kinds, notifiers=KINDS, **options)


def test_parameters_are_those_of_the_kind(kinds):
    """Each entry carries the model of its kind, defaults filled in."""
    notice = read("mail: {kind: email, host: mail.example.org, from: a@example.org}", kinds).notify["mail"]
    assert (notice.kind, notice.parameters.host, notice.parameters.port, notice.parameters.security) == ("email", "mail.example.org", 587, "starttls")


@pytest.mark.parametrize(("entry", "told"), MISTAKES, ids=[told for _, told in MISTAKES])
def test_mistakes(entry, told, kinds):
    """Each mistake is told at its line and column."""
    with pytest.raises(Mistakes) as caught:
        read(entry, kinds)
    assert str(caught.value).startswith(f"d.yaml:{LINE}:{told}")


def test_a_kind_of_a_broken_plugin_waits(kinds):
    """Where a plugin did not load, its notifier is no mistake of the file."""
    assert read("rooms: {kind: pigeon, loft: 3}", kinds, unsure=True).notify["rooms"].parameters is None
