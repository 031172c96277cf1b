"""Where evidence, roster and papers are read from, and how one knows that a source lives."""

import re
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from fidelity_engine.model.blocks import Frozen
from fidelity_engine.model.shapes import inside, one_key, short
from fidelity_engine.model.values import DAY, TEXT, Count, Flag, Positive, Text, Texts, day, shown, text, wrong

ValueType = Literal["text", "number", "integer", "boolean", "date", "timestamp", "list"]


def _constant(raw: Any) -> Any:
    if isinstance(raw, dict | list):
        raise wrong(f"one value was expected here, not {shown(raw)}", "Write a word or a number.")
    return str(raw) if isinstance(raw, str) else raw


def _as_written(raw: Any) -> Any:
    """`true` and `30` without quotes are a boolean and a number, as in filters; `"30"` and `01` are text."""
    word = _constant(raw)
    if type(raw) is str or not isinstance(raw, str):
        return word
    if word.lower() in ("true", "false"):
        return word.lower() == "true"
    if re.fullmatch(r"0|-?[1-9][0-9]{0,11}", word):
        return int(word)
    return Decimal(word) if re.fullmatch(r"-?(0|[1-9][0-9]{0,11})[.][0-9]{1,6}", word) else word


Constant = Annotated[Any, BeforeValidator(_constant), WithJsonSchema({"not": {"type": ["array", "object"]}})]


_FORMAT = "%(-?[djmyHIMS]|[abcfghnpuwxzABGTUVWXYZ%])"


def _format(raw: Any) -> str:
    written = text(raw)
    if "%" not in written:
        raise wrong(f"`{written[:60]}` names no part of a date", "Write it as strptime does: %Y-%m-%d %H:%M, or %m/%d/%Y.")
    if unknown := re.search(r"%(-?.)?", re.sub(_FORMAT, "", written)):
        raise wrong(f"`{unknown[0]}` is nothing that a date is written with", "Write it as strptime does: %Y-%m-%d %H:%M, or %m/%d/%Y.")
    return written


Format = Annotated[str, BeforeValidator(_format), WithJsonSchema({**TEXT, "pattern": f"^([^%]|{_FORMAT})*{_FORMAT}([^%]|{_FORMAT})*$"})]


class ColumnSpec(Frozen):
    """How one field of an event is made from a row: a column, or a constant, converted as declared."""

    column: Text | None = Field(None, description="The column of the source.")
    value: Annotated[Constant, BeforeValidator(_as_written)] = Field(None, description="A constant in place of a column.")
    type: ValueType | None = Field(None, description="What the texts of the column are.")
    map: dict[str, Constant] | None = Field(None, description="What a text of the column stands for.")
    map_file: Text | None = Field(None, description="A file of two columns: text, and what it stands for.")
    by: Text | None = Field(None, description="Ids of the roster: its column that holds what stands here, such as email.")
    split: Annotated[str, Field(min_length=1)] | None = Field(None, description="What separates the values of a list.")
    format: Format | None = Field(None, description="strptime format of dates, times and timestamps.")

    @property
    def changes(self) -> bool:
        """Whether a value becomes another text."""
        return bool(self.map or self.map_file or self.by)

    @property
    def constant_type(self) -> ValueType:
        """What a constant is where no `type` is declared."""
        kinds: dict[type, ValueType] = {bool: "boolean", int: "integer", Decimal: "number"}
        return kinds.get(type(self.value), "text")


ColumnSaid = Annotated[ColumnSpec, BeforeValidator(short("column"), json_schema_input_type=Text | ColumnSpec)]


class SilentAfter(Frozen):
    """So many instructional days without any event, and a source counts as dead."""

    instructional_days: Count = Field(description="More days than this without an event: silent.")


def _through(raw: Any) -> date | str:
    return "last_record" if raw == "last_record" else day(raw)


Through = Annotated[
    date | Literal["last_record"],
    BeforeValidator(_through),
    WithJsonSchema({"anyOf": [DAY, {"const": "last_record"}]}),
]


class Coverage(Frozen):
    """How one knows that a source is complete: exactly one of `silent_after`, `through`, `with`, `always`."""

    silent_after: SilentAfter | None = Field(None, description="How long a living source may be without an event.")
    per: Literal["school", "source"] = Field("school", description="Whether each school must be heard of.")
    through: Through | None = Field(None, description="Complete up to a date, or to the last record.")
    with_: Text | None = Field(None, alias="with", description="Alive when that source is.")
    always: Flag = Field(False, description="Every day is covered.")


def _address(raw: Any) -> str:
    """A path or an address; `{url: ...}` says that it is one."""
    if isinstance(raw, dict):
        _, raw = one_key(raw, ("url",), "Write a path, or {url: ADDRESS}.", "a path, or {url: ADDRESS},")
        return inside("url", _url, raw)  # type: ignore[no-any-return]
    return text(raw)


def _url(raw: Any) -> str:
    found = text(raw)
    if "://" not in found and not found.startswith("${"):
        raise wrong("an address was expected here", "Write postgresql://HOST/DATABASE, or ${env:NAME}.")
    return found


def is_address(written: str) -> bool:
    """Whether a `read:` names no file; what a reference stands for shows only when it is resolved."""
    return "://" in written or "${" in written


URL = {"type": "object", "properties": {"url": TEXT}, "required": ["url"], "additionalProperties": False}
Address = Annotated[str, BeforeValidator(_address), WithJsonSchema({"anyOf": [TEXT, URL]})]


class ReadSpec(Frozen):
    """A file, or a database, with reading options."""

    read: Address = Field(description="A path or glob under the rule file's folder or one of `roots:`; of a database: its URL.")
    encoding: Text = Field("utf-8", description="utf-8 unless said otherwise.")
    delimiter: Annotated[str, Field(min_length=1)] | None = Field(None, description="What separates the cells.")
    quote: str = Field('"', description="What encloses cells that hold the delimiter.")
    skip_rows: Count = Field(0, description="Lines before the header.")
    sheet: Text | None = Field(None, description="The sheet of a workbook.")
    reader: Text | None = Field(None, description="The reader; without it by the file's extension.")
    columns: dict[str, ColumnSaid] = Field(default_factory=dict, description="Canonical field: column of the source.")


class SourceSpec(ReadSpec):
    """One source of evidence. `options` are keys that only its reader knows."""

    name: str = ""
    type: ColumnSpec | None = Field(None, description="{column: NAME}: which column says what kind of event it is.")
    delivers: Texts = Field(description="The event types that it delivers.")
    timezone: Text | None = Field(None, description="Of timestamps without an offset; without it the rule file's.")
    only: dict[str, Text] = Field(default_factory=dict, description="Column: value of the rows that belong here.")
    one_event_per: Text | None = Field(None, description="The column that joins rows to events, one row per attendee.")
    optional: Flag = Field(False, description="Its failure does not make the run incomplete.")
    coverage: Coverage = Field(description="How one knows that it is complete.")
    options: dict[str, Any] = Field(default_factory=dict)


class ListingSpec(ReadSpec):
    """A part of the roster, the calendar, or a paper (owners, complete, waivers)."""

    query: Text | None = Field(None, description="Of a database: one SELECT; its columns are those that a file would have.")
    timeout_seconds: Positive | None = Field(None, description="Of a database: the query is given up after so long.")

    @model_validator(mode="after")
    def _of_a_database(self) -> Self:
        asked = next((key for key in ("query", "timeout_seconds") if getattr(self, key) is not None), None)
        if asked and not is_address(self.read):
            raise wrong(f"`{asked}` goes with an address", "Write read: sqlite:///PATH, or remove it.", (asked,), True)
        if self.query is None and is_address(self.read) and self.reader in (None, "sql"):
            raise wrong("`query` is missing", "Write one SELECT: query: select ...", ("read",), True)
        return self


ReadSaid = Annotated[ListingSpec, BeforeValidator(short("read"), json_schema_input_type=Text | ListingSpec)]


class RosterFiles(Frozen):
    """Who is expected: schools, teams, staff, memberships."""

    schools: ReadSaid = Field(description="school, name, school_level, grades, day_start, day_end, ...")
    teams: ReadSaid = Field(description="team, name, school, kind, grades, ...")
    staff: ReadSaid | None = Field(None, description="staff, name, school, roles, grades, ...")
    members: ReadSaid | None = Field(None, description="team, staff, ...")


