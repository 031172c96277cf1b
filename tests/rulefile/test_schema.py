"""The JSON Schema that an editor checks a rule file with."""

import json
import re
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import jsonschema
import pytest
from ruamel.yaml import YAML

from fidelity_engine import Engine, FidelityError
from fidelity_engine.model import measure
from fidelity_engine.rulefile import json_schema
from fidelity_engine.scaffold import district_files, plugin_files, write_new

HERE = Path(__file__).parent
STRUCTURAL = ("key-unknown", "missing-", "value-", "coverage-", "target-two", "name-kind", "filter-", "ladder-empty", "ladder-no-rungs", "agreement-")
BEYOND = {
    # what no schema can see: words of the world, order, arithmetic, patterns
    "value-timezone", "value-as-of", "value-bell-turned", "value-date", "value-date-year", "value-range", "value-number-too-large", "filter-between",
    "filter-look-ahead", "filter-back-reference", "filter-pattern",
}  # fmt: skip
FILES = [path for path in sorted((HERE / "bad").glob("*.yaml")) if path.stem.startswith(STRUCTURAL)]


@pytest.fixture(scope="module")
def validator():
    """A validator of the schema with the shipped kinds."""
    models = {name.removesuffix("Parameters").lower(): getattr(measure, name) for name in measure.__all__}
    kinds = {
        name: SimpleNamespace(name=name, parameters=model, doc=name, reads_rules=lambda given: ())
        for name, model in models.items()
        if model.__name__.endswith("Parameters") and name not in ("", "event")
    }
    schema = json_schema(kinds)
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def load(text):
    """A YAML text by the core schema of YAML 1.2, as editors read it: a date is a text."""
    yaml = YAML(typ="safe", pure=True)
    yaml.constructor.add_constructor("tag:yaml.org,2002:timestamp", lambda _, node: node.value)
    return yaml.load(text)


def test_a_good_file_is_valid(validator):
    """The file that uses every key has no complaint."""
    found = [(error.json_path, error.message) for error in validator.iter_errors(load((HERE / "good.yaml").read_text("utf-8")))]
    assert found == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_structural_mistakes_are_invalid(path, validator):
    """What is wrong in form is refused by the schema too, save what no schema can see."""
    data = load(path.read_text("utf-8"))
    assert validator.is_valid(data) is (path.stem in BEYOND)


def test_the_schema_knows_the_kinds(validator):
    """Every kind is offered, with the keys that it alone has."""
    schema = validator.schema
    assert "count" in schema["properties"]["rules"]["items"]["properties"]["measure"]["properties"]["kind"]["enum"]
    assert "each_at_least" in schema["$defs"]["measure.rollup"]["properties"]
    assert "signal" in json.dumps(schema)


def test_every_key_is_described(validator):
    """An editor shows a sentence for each key of a rule and of its blocks."""
    rule = validator.schema["properties"]["rules"]["items"]["properties"]
    blocks = [rule, rule["expect"]["properties"], rule["judge"]["properties"], rule["emit"]["properties"]]
    blocks.append(validator.schema["$defs"]["measure.count"]["properties"])
    bare = [key for block in blocks for key, value in block.items() if not value.get("description")]
    assert bare == []


# --- as editors use it ---------------------------------------------------------------------------------------------------


def checked(path):
    """Whether `check` finds the file without a mistake."""
    try:
        Engine.from_file(path)
    except FidelityError:
        return False
    return True


def test_a_new_district_names_its_schema_and_keeps_it(tmp_path):
    """The first line of the rule file is the line that yaml-language-server looks for; the file beside it fits."""
    write_new(tmp_path, district_files(date(2025, 10, 1)))
    text = (tmp_path / "rules" / "district.yaml").read_text("utf-8")
    found = re.fullmatch(r"# yaml-language-server: \$schema=(\S+)", text.splitlines()[0])
    schema = json.loads((tmp_path / "rules" / found[1]).read_text("utf-8"))
    assert list(jsonschema.Draft202012Validator(schema).iter_errors(load(text))) == []


MEASURES = {
    # what somebody writes of a plugin's kind, and whether it is right
    "{kind: balance, event: activity, minimum: 2}": True,
    "{kind: balance, event: activity}": True,
    "{kind: balance, event: activity, minimum: two}": False,
    "{kind: balance, event: activity, minimun: 2}": False,
    "{kind: balanse, event: activity}": False,
}


@pytest.mark.parametrize(("measure_said", "right"), MEASURES.items())
def test_the_kinds_of_plugins_are_part_of_it(measure_said, right, tmp_path):
    """The schema of a rule file with a plugin says of its kind what `check` says."""
    write_new(tmp_path / "balance", plugin_files("balance", date(2025, 10, 1)))
    path = tmp_path / "balance" / "rules.yaml"
    host = Engine.from_file(path).host
    text = path.read_text("utf-8")
    assert text.count("{kind: balance, event: activity, minimum: 2}") == 1
    path.write_text(text.replace("{kind: balance, event: activity, minimum: 2}", measure_said), "utf-8")
    schema = json_schema(host.measures, host.readers, host.notifiers)
    assert checked(path) is right
    assert jsonschema.Draft202012Validator(schema).is_valid(load(path.read_text("utf-8"))) is right
