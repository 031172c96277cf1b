"""Bad rule files as a collection: one mistake, one file, one expected message on its first line."""

from pathlib import Path
from types import SimpleNamespace

import pytest
from pydantic import BaseModel

from fidelity_engine.errors import FidelityError, Mistakes
from fidelity_engine.rulefile import document_of, read_rules, read_text, rules_of, syntax

HERE = Path(__file__).parent
BAD = sorted((HERE / "bad").glob("*.yaml"))


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
def test_one_mistake_one_message(path, kinds):
    """The file's first line says the place, the rule, the cause and the mend, in full."""
    expected = path.read_text(encoding="utf-8").split("\n", 1)[0].removeprefix("# expect: ")
    with pytest.raises(FidelityError) as caught:
        read_rules(path, kinds)
    assert str(caught.value) == f"{path}:{expected}"
    assert caught.value.mend


@pytest.mark.parametrize("path", BAD, ids=lambda path: path.stem)
def test_the_same_without_libyaml(path, kinds, monkeypatch):
    """Both parsers lead to the same message."""
    monkeypatch.setattr(syntax, "CParser", None)
    expected = path.read_text(encoding="utf-8").split("\n", 1)[0].removeprefix("# expect: ")
    with pytest.raises(FidelityError) as caught:
        read_rules(path, kinds)
    assert str(caught.value) == f"{path}:{expected}"


def test_all_mistakes_at_once(kinds):
    """A file with many mistakes tells all of them, in the order of their places."""
    path = HERE / "several.yaml"
    with pytest.raises(Mistakes) as caught:
        read_rules(path, kinds)
    lines = [line.removeprefix(f"{path}:") for line in str(caught.value).splitlines()]
    assert lines == (HERE / "several.txt").read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b"fidelity: 1\nname: Caf\xe9\n", "2:10: the rule file is not UTF-8. Save it with the encoding UTF-8."),
        (b"\xff\xfef\x00", "1:1: the rule file is not UTF-8. Save it with the encoding UTF-8."),
        (b"a: " + b"x" * 2_000_001, "1:1: the rule file is larger than 2 MB. Split it into several files."),
    ],
    ids=["latin-1", "utf-16", "too large"],
)
def test_bytes_that_are_no_rule_file(raw, message, tmp_path, kinds):
    """Encoding and size are told before anything is parsed."""
    path = tmp_path / "district.yaml"
    path.write_bytes(raw)
    with pytest.raises(FidelityError) as caught:
        read_rules(path, kinds)
    assert str(caught.value) == f"{path}:{message}"


def test_a_file_that_is_not_there(tmp_path, kinds):
    """A missing file is a mistake like any other."""
    with pytest.raises(FidelityError, match="does not exist"):
        read_rules(tmp_path / "nowhere.yaml", kinds)


@pytest.mark.parametrize("text", ["[" * 100_000, "{a: " * 100_000, "- " * 100_000, "a: " + "[" * 900_000])
def test_deep_nesting_ends_soon(text):
    """Hostile depth is refused without recursion."""
    with pytest.raises(FidelityError, match="more than 40 deep"):
        document_of(text, "deep.yaml", HERE)


def test_a_password_is_never_repeated(kinds):
    """Messages about a URL do not hold it."""
    text = "fidelity: 1\ntimezone: postgresql://me:hunter2@db/x\nperiod: postgresql://me:hunter2@db/x\nrules: []\n"
    with pytest.raises(Mistakes) as caught:
        read_text(text, "d.yaml", HERE, kinds)
    assert "hunter2" not in str(caught.value)
    assert "a password stands in the file" in str(caught.value)


def test_a_kind_of_a_broken_plugin_is_kept(kinds):
    """Where a plugin did not load, a rule of its kind is read on, so that it can end in `error` cells."""
    text = (HERE / "good.yaml").read_text(encoding="utf-8").replace("kind: gap, event", "kind: coaching-balance, event")
    document = document_of(text, "d.yaml", HERE)
    with pytest.raises(Mistakes, match="there is no measure kind `coaching-balance`"):
        rules_of(document, kinds)
    rules = {rule.id: rule for rule in rules_of(document, kinds, unsure=True).rules}
    assert rules["tcr.gap"].measure.kind == "coaching-balance"
    assert rules["tcr.gap"].measure.parameters["event"] == "meeting"


@pytest.mark.parametrize(("schemes", "extensions", "mend"), [
    (("postgresql", "sqlite"), (), "It goes with an address, such as `read: sqlite:///PATH`."),
    (("ldap",), (), "It goes with an address, such as `read: ldap://...`."),
    ((), (".xlsx", ".xlsm"), "It goes with .xlsx and .xlsm files."),
    ((), (), "It goes with `reader: other`."),
])
def test_a_key_of_another_reader(schemes, extensions, mend, kinds):
    """A key that another reader has is not taken for a misspelt one: what it goes with is told."""
    class Options(BaseModel):
        query: str

    other = SimpleNamespace(name="other", extensions=extensions, schemes=schemes, options=Options)
    text = (HERE / "good.yaml").read_text(encoding="utf-8").replace("postgresql://", "db.csv#")
    with pytest.raises(FidelityError, match="there is no key `query` here") as caught:
        read_text(text, "d.yaml", HERE, kinds, {"other": other})
    assert mend in str(caught.value)
