"""The JSON Schema of a rule file, with the kinds that its plugins add, so that an editor completes and checks it."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from fidelity_engine.model.calendar import ShortCalendar
from fidelity_engine.model.rule import Emit, Expect, Outcome, Proposal, Selection
from fidelity_engine.model.source import Coverage, ListingSpec, SourceSpec
from fidelity_engine.model.values import TEXT
from fidelity_engine.rulefile.blocks import RULE_ID, TARGETS
from fidelity_engine.rulefile.filters import FILTERS
from fidelity_engine.rulefile.kinds import Kinds, Notifiers, Readers
from fidelity_engine.rulefile.said import REQUIRED, DefaultsSaid, Head, JudgeSaid, RuleSaid
from fidelity_engine.where import LISTED, OPERATORS

Schema = dict[str, Any]
_WAYS = ("silent_after", "through", "with", "always")


def json_schema(kinds: Kinds, readers: Readers | None = None, notifiers: Notifiers | None = None) -> Schema:
    """Draft 2020-12, of the whole file."""
    book = _Book()
    head = book.model(Head)
    head["properties"] |= {
        "calendar": _calendar(book),
        "evidence": _named(_source(book, readers), "Name of a source: where it is, what it delivers, how it lives."),
        "events": _named(book.model(Selection), "Name of a selection: what counts as such an event."),
        "outcomes": _named({"anyOf": [_outcome(book), {"type": "null"}]}, "Name of an outcome: what depends on it."),
        "defaults": _defaults(book),
        "notify": _named(_chosen(book, notifiers, "notify") if notifiers else {"type": "object"}, "Name of a way to tell people or programs what changed."),
        "rules": {"type": "array", "items": _rule(book, kinds), "description": "What is expected."},
    }
    book.definitions["ColumnSpec"]["oneOf"] = [{"required": ["column"]}, {"required": ["value"]}]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Rule file of fidelity-engine",
        **head,
        "required": list(REQUIRED),
        "allOf": _unless_by_default(),
        "$defs": {"filter": _filter(), "operators": _operators(), **book.definitions},
    }


class _Book:
    """The schemas of models, with the definitions that they share."""

    def __init__(self) -> None:
        self.definitions: Schema = {}

    def model(self, model: type[BaseModel], prefix: str = "") -> Schema:
        """A model's schema; `prefix` keeps the definitions of strangers apart."""
        made = model.model_json_schema(ref_template=f"#/$defs/{prefix}{{model}}")
        for name, definition in made.pop("$defs", {}).items():
            self.definitions[prefix + name] = _tidy(definition)
        return _tidy(made)


def _tidy(made: Any) -> Any:
    """Without titles and defaults that say nothing, and with filters in their place."""
    if isinstance(made, list):
        return [_tidy(part) for part in made]
    if not isinstance(made, dict):
        return made
    kept = {key: _tidy(value) for key, value in made.items() if key not in ("title", "default") or _says(key, value)}
    for name in FILTERS:
        if isinstance(kept.get("properties"), dict) and name in kept["properties"]:
            described = kept["properties"][name].get("description", "Which of them.")
            kept["properties"][name] = {"$ref": "#/$defs/filter", "description": described}
    return kept


def _says(key: str, value: Any) -> bool:
    """A property may be called `title`; a default is worth showing when it is one word."""
    return isinstance(value, dict) if key == "title" else isinstance(value, str | int | bool)


def _named(entry: Schema, description: str) -> Schema:
    return {"type": "object", "additionalProperties": entry, "description": description}


def _outcome(book: _Book) -> Schema:
    schema = book.model(Outcome)
    schema["properties"]["leads_to"] = {"anyOf": [schema["properties"]["leads_to"], {"type": "array", "maxItems": 0}]}
    return schema


def _calendar(book: _Book) -> Schema:
    files = book.model(ListingSpec)
    path = {"anyOf": [TEXT, book.model(ListingSpec)], "description": "A file: term, from, until, school."}
    files["properties"] = {**files["properties"], "terms": path}
    return {
        "description": "Which days count: files, or the short form.",
        "anyOf": [{"type": "string"}, files, {**book.model(ShortCalendar), "not": {"required": ["read"]}}],
    }


def _source(book: _Book, readers: Readers | None) -> Schema:
    schema = book.model(SourceSpec)
    schema["properties"] = {key: value for key, value in schema["properties"].items() if key not in ("name", "options")}
    if readers is None:
        schema["properties"]["query"] = TEXT
    for name, reader in (readers or {}).items():
        if reader.options is not None:
            added = book.model(reader.options, f"{name}.")["properties"]
            schema["properties"] = {**added, **schema["properties"]}
    book.definitions.pop("Coverage", None)
    schema["properties"]["coverage"] = _coverage(book)
    return schema


def _coverage(book: _Book) -> Schema:
    schema = book.model(Coverage)
    one = {"oneOf": [{"required": [way]} for way in _WAYS]}
    per = {"dependentRequired": {"per": ["silent_after"]}}
    described = {"description": "How one knows that the source is complete."}
    return {"anyOf": [{"const": "always"}, {**schema, **one, **per}], **described}


def _defaults(book: _Book) -> Schema:
    schema = book.model(DefaultsSaid)
    for block, model in (("expect", Expect), ("judge", JudgeSaid), ("emit", Emit)):
        made = book.model(model)
        made.pop("required", None)
        schema["properties"][block] = {**schema["properties"][block], **made}
    return schema


def _rule(book: _Book, kinds: Kinds) -> Schema:
    schema = book.model(RuleSaid)
    blocks: dict[str, Schema] = {name: book.model(model) for name, model in _BLOCKS.items()}
    blocks["expect"].pop("required")
    pairs = [[first, second] for index, first in enumerate(TARGETS) for second in TARGETS[index + 1 :]]
    blocks["judge"]["not"] = {"anyOf": [{"required": pair} for pair in pairs]}
    blocks["measure"] = _chosen(book, kinds, "measure")
    blocks["adjust"] = {"type": "array", "items": book.model(Proposal)}
    for name, block in blocks.items():
        schema["properties"][name] = {"description": schema["properties"][name].get("description", ""), **block}
    schema["properties"]["id"] |= {"type": "string", "pattern": f"^{RULE_ID.pattern}$"}
    return schema


_KINDS = {"measure": "The kind of observation; `fidelity kinds` describes each.", "notify": "The way to tell."}
_BLOCKS: dict[str, type[BaseModel]] = {"expect": Expect, "judge": JudgeSaid, "emit": Emit}


def _chosen(book: _Book, kinds: Kinds | Notifiers, section: str) -> Schema:
    """A map whose `kind` decides which other keys it may have."""
    choices = []
    for name in sorted(kinds):
        made = book.model(kinds[name].parameters, f"{name}.")
        made["properties"] = {"kind": {"const": name, "description": kinds[name].doc}, **made.get("properties", {})}
        made["description"] = kinds[name].doc
        book.definitions[f"{section}.{name}"] = made
        chosen = {"properties": {"kind": {"const": name}}, "required": ["kind"]}
        choices.append({"if": chosen, "then": {"$ref": f"#/$defs/{section}.{name}"}})
    kind = {"enum": sorted(kinds), "description": _KINDS[section]}
    return {"type": "object", "properties": {"kind": kind}, "required": ["kind"], "allOf": choices}


def _unless_by_default() -> list[Schema]:
    """Keys that each rule needs unless the defaults have them."""
    wanted: list[tuple[str, Schema]] = [("expect", {"required": ["of"]}), ("expect", {"required": ["each"]})]
    wanted.append(("judge", {"anyOf": [{"required": [target]} for target in TARGETS]}))
    found = []
    for block, said in wanted:
        filled = {"required": [block], "properties": {block: said}}
        default = {"required": ["defaults"], "properties": {"defaults": filled}}
        each = {"rules": {"items": {"properties": {block: said}}}}
        found.append({"if": {"not": default}, "then": {"properties": each}})
    return found


def _filter() -> Schema:
    joined = {"type": "array", "items": {"$ref": "#/$defs/filter"}, "minItems": 1}
    listed = {"type": "array", "items": TEXT, "minItems": 1}
    return {
        "type": "object",
        "description": "Field: value; field: [a, b]; field: {operator: value}; all, any, none: [filters].",
        "properties": dict.fromkeys(("all", "any", "none"), joined),
        "additionalProperties": {"anyOf": [TEXT, listed, {"$ref": "#/$defs/operators"}]},
    }


def _operators() -> Schema:
    listed = {"type": "array", "items": TEXT, "minItems": 1}
    known: dict[str, Schema] = {op: listed if op in LISTED else TEXT for op in OPERATORS}
    known["between"] = {"type": "array", "items": TEXT, "minItems": 2, "maxItems": 2}
    known["present"] = {"type": "boolean"}
    return {"type": "object", "properties": known, "additionalProperties": False, "minProperties": 1}
