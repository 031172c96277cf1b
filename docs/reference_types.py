"""A JSON Schema in a few words, as a table of the reference has them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fidelity_engine.model.values import DAY

Headed = Mapping[str, str]


def typed(schema: Mapping[str, Any], known: Mapping[str, Any], headed: Headed) -> str:
    """The type of a JSON Schema in words. `known`: the definitions that it may refer to; `headed`: model → its heading."""
    choices = [one for one in schema.get("anyOf", ()) if one.get("type") != "null"]
    if choices:
        return ", or ".join(dict.fromkeys(typed(one, known, headed) for one in choices))
    if "const" in schema or "enum" in schema:
        return ", ".join(f"`{word}`" for word in schema.get("enum", [schema.get("const")]))
    if "$ref" in schema:
        return _referred(schema["$ref"].rpartition("/")[2], known, headed)
    if schema.get("maxItems") == 2:
        return "`[A, B]`"
    if schema.get("type") == "array":
        return f"list of {typed(schema['items'], known, headed)}".replace("of text", "of texts")
    if "pattern" in schema:
        return "time of day" if "not" not in schema else "date" if schema["pattern"] == DAY["pattern"] else "text"
    return {"object": _map, "integer": _number, "number": _number}.get(schema.get("type", ""), _word)(schema)


def _referred(name: str, known: Mapping[str, Any], headed: Headed) -> str:
    return f"[map](#{anchor(headed[name])})" if name in headed else _map(known[name])


def anchor(heading: str) -> str:
    """What a link to a heading says."""
    return "".join(sign for sign in heading.lower().replace(" ", "-") if sign.isalnum() or sign in "-_")


def _word(schema: Mapping[str, Any]) -> str:
    if schema.get("type") == "boolean":
        return "`true`, `false`"
    return "text" if "not" in schema or schema.get("type") == "string" else "any"


def _number(schema: Mapping[str, Any]) -> str:
    plain = "whole number" if schema["type"] == "integer" else "number"
    least, most = schema.get("minimum", schema.get("exclusiveMinimum")), schema.get("maximum")
    if most is not None:
        return f"{plain} {least} to {most}"
    return plain if least is None else f"{plain} from {least}"


def _map(schema: Mapping[str, Any]) -> str:
    inner = schema.get("properties")
    if not inner:
        return "map"
    return "`{" + ", ".join(f"{name}: {_letter(one)}" for name, one in inner.items()) + "}`"


def _letter(schema: Mapping[str, Any]) -> str:
    return {"integer": "N", "number": "N"}.get(schema.get("type", ""), "DATE" if "pattern" in schema else "VALUE")
