"""The rule file: YAML with a place for every complaint, and the checked rule set that it becomes."""

from fidelity_engine.rulefile.document import Document, document_of, read_document
from fidelity_engine.rulefile.reading import read_rules, read_text, rules_of


def __getattr__(name: str) -> object:
    # the schema is asked for by one command only
    if name == "json_schema":
        from fidelity_engine.rulefile.schema import json_schema

        return json_schema
    raise AttributeError(name)


__all__ = ["Document", "document_of", "json_schema", "read_document", "read_rules", "read_text", "rules_of"]
