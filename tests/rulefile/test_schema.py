"""The JSON Schema that an editor checks a rule file with."""

import json
from pathlib import Path
from types import SimpleNamespace

import jsonschema
import pytest
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from fidelity_engine.model import measure
from fidelity_engine.rulefile import json_schema

HERE = Path(__file__).parent
STRUCTURAL = ("key-unknown", "missing-", "value-", "coverage-", "target-two", "name-kind", "filter-")
BEYOND = {
    # what no schema can see: words of the world, order, arithmetic, patterns
    "value-timezone", "value-as-of", "value-range", "value-number-too-large", "filter-between",
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


def load(path):
    """A file as an editor's YAML 1.2 parser reads it."""
    return YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))


def test_a_good_file_is_valid(validator):
    """The file that uses every key has no complaint."""
    found = [(error.json_path, error.message) for error in validator.iter_errors(load(HERE / "good.yaml"))]
    assert found == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_structural_mistakes_are_invalid(path, validator):
    """What is wrong in form is refused by the schema too, save what no schema can see."""
    try:
        data = load(path)
    except (YAMLError, ValueError):
        pytest.skip("no YAML, a key twice, or a day that no calendar has")
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
