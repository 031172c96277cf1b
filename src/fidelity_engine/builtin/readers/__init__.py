"""The file formats that ship with the engine, declared through the same hook as a district's own."""

from __future__ import annotations

from fidelity_engine.builtin.readers.csv_reader import CSV
from fidelity_engine.builtin.readers.edfi import EDFI
from fidelity_engine.builtin.readers.ical import ICAL
from fidelity_engine.builtin.readers.json_reader import JSON
from fidelity_engine.builtin.readers.jsonl_reader import JSONL
from fidelity_engine.builtin.readers.oneroster import ONEROSTER
from fidelity_engine.builtin.readers.parquet_reader import PARQUET
from fidelity_engine.builtin.readers.sql import SQL
from fidelity_engine.builtin.readers.xapi_reader import XAPI
from fidelity_engine.builtin.readers.xlsx_reader import XLSX
from fidelity_engine.plugin.spec import Reader, hookimpl

READERS = (CSV, JSONL, JSON, PARQUET, ONEROSTER, EDFI, XAPI, XLSX, ICAL, SQL)


@hookimpl
def fidelity_readers() -> tuple[Reader, ...]:
    """csv (also tsv), jsonl, json, parquet, oneroster, edfi, xapi, xlsx, ical, sql."""
    return READERS
