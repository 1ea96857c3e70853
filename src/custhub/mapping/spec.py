"""What may stand in a mapping file. These models say what is well-formed; `load` says what makes sense."""

from __future__ import annotations

import types
from abc import abstractmethod
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import BeforeValidator, ConfigDict, Field, GetJsonSchemaHandler, create_model, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError

from custhub.declaration import Spec
from custhub.mapping.canonical import LISTS, SCALARS, FieldType, item_fields
from custhub.model.numbers import NumberFormat


def _text(value: object) -> object:
    if not isinstance(value, str):
        raise PydanticCustomError("text_needed", "must be text: put it in quotes")
    return value


def _mapping(value: object) -> object:
    if not isinstance(value, dict):
        raise PydanticCustomError("value_form", "must be a column, `=constant` (numbers in quotes) or a mapping")
    return value


def _as_list(value: object) -> object:
    return value if isinstance(value, list) else [value]


Text = Annotated[str, BeforeValidator(_text)]


def _many(item: Any) -> Any:
    """A list, of which one item may stand for itself."""
    items = types.GenericAlias(list, (item,))
    return Annotated[items, BeforeValidator(_as_list, json_schema_input_type=items | item)]


class ShortSpec(Spec):
    """What may also be written as one text: `from_text` says what that stands for, `SHORT` tells editors."""

    SHORT: ClassVar[str] = "COLUMN, table.COLUMN or =constant"

    @classmethod
    @abstractmethod
    def from_text(cls, text: str) -> dict[str, Any]:
        """The keys and values that a text stands for."""

    @model_validator(mode="before")
    @classmethod
    def _shorthand(cls, data: Any) -> Any:
        return cls.from_text(data) if isinstance(data, str) else data

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        whole = handler.resolve_ref_schema(handler(core))
        return {"anyOf": [{"type": "string", "description": cls.SHORT}, dict(whole)]}


class Change(StrEnum):
    """Small rewritings of a text."""

    UPPER = "upper"
    LOWER = "lower"
    STRIP_LEADING_ZEROS = "strip_leading_zeros"
    DIGITS = "digits"


class OnInvalid(StrEnum):
    """What happens to a value that cannot be read: kept as it came, left out, or its customer is rejected."""

    KEEP = "keep"
    BLANK = "blank"
    REJECT = "reject"


class UnknownCode(StrEnum):
    """What happens to a code that its list does not know."""

    REPORT = "report"
    REJECT = "reject"
    DEFAULT = "default"


class ConditionSpec(Spec):
    """A test of a row: either `all`, `any` or `not` of further conditions, a table that `has` rows, or tests of one
    `column`, which must all hold. A blank cell passes only `blank: true` and `not`."""

    all: list[ConditionSpec] | None = None
    any: list[ConditionSpec] | None = None
    not_: ConditionSpec | None = Field(default=None, alias="not")
    has: str | None = Field(default=None, description="a table with at least one row for this one")
    where: ConditionSpec | None = Field(default=None, description="which rows of that table count")
    column: str | None = None
    equals: Text | None = None
    in_: list[Text] | None = Field(default=None, alias="in")
    blank: bool | None = None
    matches: Text | None = Field(default=None, description="regular expression, found anywhere in the text")
    starts_with: Text | None = None
    contains: Text | None = None
    at_least: int | float | str | None = Field(default=None, description="a number, or text that sorts (dates)")
    at_most: int | float | str | None = None
    ignore_case: bool = False

    @model_validator(mode="after")
    def _one_form(self) -> ConditionSpec:
        forms = [self.all, self.any, self.not_, self.has, self.column]
        if sum(form is not None for form in forms) != 1:
            raise PydanticCustomError("condition_form", "a condition has exactly one of: column, has, all, any, not")
        if (self.column is None) == bool(self.tests()):
            raise PydanticCustomError(
                "condition_tests",
                "a condition on a column needs a test: equals, in, blank, matches, starts_with, contains, at_least "
                "or at_most",
            )
        if self.where is not None and self.has is None:
            raise PydanticCustomError("condition_where", "`where` goes with `has`")
        return self

    def tests(self) -> tuple[str, ...]:
        names = ("equals", "in_", "blank", "matches", "starts_with", "contains", "at_least", "at_most")
        return tuple(name for name in names if getattr(self, name) is not None)


class SplitSpec(Spec):
    """One part of a text: the `part`-th (from 1, or from the end: -1) between separators, or a pattern's group."""

    by: Text | None = None
    part: int = 1
    pattern: Text | None = None
    group: int = 1

    @model_validator(mode="after")
    def _one_way(self) -> SplitSpec:
        if (self.by is None) == (self.pattern is None) or self.by == "" or self.part == 0:
            raise PydanticCustomError(
                "split_form", "split needs `by` (with `part`, from 1) or `pattern` (with `group`)"
            )
        return self


class ReplaceSpec(Spec):
    """Every place where `pattern` is found gets `with` instead; groups are $1, $2, ..."""

    pattern: Text
    with_: Text = Field(default="", alias="with")


class ValueSpec(ShortSpec):
    """Where a text comes from (one of column, constant, template, join, first_of, condition) and what is done with
    it, in this order: split, replace, change, codes, when, default. Shorthand: `COLUMN` or `=constant`."""

    column: str | None = Field(default=None, description="COLUMN of this table, or table.COLUMN")
    constant: Text | None = None
    template: Text | None = Field(default=None, description="text with {COLUMN}s; blank when all columns are")
    join: list[ValueSpec] | None = Field(default=None, description="the parts that are not blank, with separator")
    separator: Text | None = None
    first_of: list[ValueSpec] | None = Field(default=None, description="the first that is not blank")
    condition: ConditionSpec | None = Field(default=None, description="`true` or `false`")
    keep_placeholders: bool = Field(default=False, description="take `n/a`, `0`, ... as values")
    split: SplitSpec | None = None
    replace: ReplaceSpec | None = None
    change: list[Change] = Field(default=[])
    codes: str | None = Field(default=None, description="a code list of this file")
    when: ConditionSpec | None = Field(default=None, description="otherwise blank")
    default: Text | None = Field(default=None, description="constant for blank")

    @model_validator(mode="before")
    @classmethod
    def _shorthand(cls, data: Any) -> Any:
        return cls.from_text(data) if isinstance(data, str) else _mapping(data)

    @classmethod
    def from_text(cls, text: str) -> dict[str, str]:
        return {"constant": text[1:]} if text.startswith("=") else {"column": text}

    @model_validator(mode="after")
    def _one_origin(self) -> ValueSpec:
        origins = [self.column, self.constant, self.template, self.join, self.first_of, self.condition]
        if sum(origin is not None for origin in origins) != 1:
            raise PydanticCustomError(
                "value_origin",
                "a value has exactly one of: column, constant, template, join, first_of, condition",
            )
        if self.separator is not None and self.join is None:
            raise PydanticCustomError("value_separator", "`separator` goes with `join`")
        return self


class OptionSpec(ValueSpec):
    """An option of a cleaner: a text is taken as it stands (`region: CN`), a mapping is read from the row."""

    SHORT = "the option's value"

    @classmethod
    def from_text(cls, text: str) -> dict[str, str]:
        return {"constant": text}


class CleanSpec(ShortSpec):
    """A cleaner by name with its options. Shorthand: the name alone. `none` cleans nothing."""

    model_config = ConfigDict(extra="allow", frozen=True)
    __pydantic_extra__: dict[str, OptionSpec] = Field(init=False)
    SHORT = "the cleaner's name"

    name: str

    @classmethod
    def from_text(cls, text: str) -> dict[str, str]:
        return {"name": text}


class FieldSpec(ValueSpec):
    """A value as a canonical field wants it."""

    clean: CleanSpec | None = Field(default=None, description="see `custhub cleaners`; many fields have one anyway")
    on_invalid: OnInvalid | None = None
    format: Text | None = Field(default=None, description="dates and instants: strptime format such as %d.%m.%Y")
    time_zone: str | None = Field(default=None, description="dates and instants: instead of the connector's")
    number: NumberFormat | None = Field(default=None, description="decimals: how they are written")
    system: str | None = Field(default=None, description="references: the source that the key belongs to")
    as_: FieldType | None = Field(default=None, alias="as", description="extra fields: their type")


class EntrySpec(ShortSpec):
    """Where items of a list come from: the row itself, or (`from`) each row of a table."""

    from_: str | None = Field(default=None, alias="from", description="a table; else the row itself")
    when: ConditionSpec | None = None
    several: Text | None = Field(default=None, description="`auto` or a separator: one cell holds several values")
    limit: int | None = Field(default=None, ge=1, description="at most so many of the table's rows")

    @classmethod
    def from_text(cls, text: str) -> dict[str, str]:
        return {next(n for n in ("value", "to", "raw", "organisation", "state") if n in cls.model_fields): text}

    def fields(self) -> dict[str, FieldSpec]:
        return {n: v for n in type(self).model_fields if isinstance(v := getattr(self, n), FieldSpec)}


def _entry_model(path: str) -> type[EntrySpec]:
    fields: dict[str, Any] = dict.fromkeys(item_fields(path), (FieldSpec | None, None))
    if path == "addresses":
        fields["lines"] = (list[FieldSpec], [])
    name = "".join(word.capitalize() for word in path.replace(".", "_").split("_")) + "Entry"
    return create_model(name, __base__=EntrySpec, __doc__=f"Items of `{path}`.", **fields)


ENTRIES: dict[str, type[EntrySpec]] = {path: _entry_model(path) for path in LISTS}


def _only_extra(schema: dict[str, Any]) -> None:
    """Of the further keys that a section takes, only `extra.<name>` mean something."""
    schema["patternProperties"] = {r"^extra\..+$": schema["additionalProperties"]}
    schema["additionalProperties"] = False


class SectionSpec(Spec):
    """Canonical fields by dotted path, and `extra.<name>` for a project's own."""

    model_config = ConfigDict(extra="allow", frozen=True, json_schema_extra=_only_extra)
    __pydantic_extra__: dict[str, FieldSpec] = Field(init=False)

    def fields(self) -> dict[str, FieldSpec]:
        """All fields with one value, by path as written (unknown ones too)."""
        known = {p: getattr(self, safe(p)) for p in SCALARS}
        return {p: f for p, f in known.items() if f is not None} | dict(self.__pydantic_extra__ or {})

    def entries(self) -> dict[str, list[EntrySpec]]:
        return {path: getattr(self, safe(path)) for path in LISTS}


def safe(path: str) -> str:
    """The Python name of a dotted path."""
    return path.replace(".", "__")


def _section_model() -> type[SectionSpec]:
    fields: dict[str, Any] = {p: (FieldSpec | None, Field(default=None, alias=p)) for p in SCALARS}
    for path, entry in ENTRIES.items():
        fields[path] = (_many(entry), Field(default=[], alias=path))
    return create_model(
        "CustomerSection",
        __base__=SectionSpec,
        __doc__=SectionSpec.__doc__,
        **{safe(path): field for path, field in fields.items()},
    )


if TYPE_CHECKING:
    CustomerSection = SectionSpec
else:
    CustomerSection = _section_model()


class CustomerSpec(Spec):
    """One of several customers in a row. The one without `name` has the row's key K, others K#name."""

    name: str | None = Field(default=None, pattern=r"^[a-z][a-z0-9_]*$")
    when: ConditionSpec | None = Field(default=None, description="rows that have this customer")
    fields: CustomerSection


class ContactsSpec(Spec):
    """Contacts of the row's organisation: each row of a table is a person of its own, K#<name>-<key>."""

    from_: str = Field(alias="from", description="a table")
    name: str = Field(default="contact", pattern=r"^[a-z][a-z0-9_]*$")
    key: ValueSpec | None = Field(default=None, description="tells the contacts of one row apart; else the row's key")
    when: ConditionSpec | None = None
    fields: CustomerSection


class OrderSpec(ShortSpec):
    """A column to sort by. Shorthand: `COLUMN` or `COLUMN desc`."""

    SHORT = "COLUMN or COLUMN desc"

    column: str
    descending: bool = False
    number: bool = Field(default=False, description="sort as numbers")

    @classmethod
    def from_text(cls, text: str) -> dict[str, Any]:
        column = text.removesuffix(" desc")
        return {"column": column, "descending": column != text}


class TableSpec(Spec):
    """Rows of a child stream that belong to a row: by the parent key that the connector landed, or `on` columns."""

    stream: str | None = Field(default=None, description="the landed stream; default: the table's name")
    of: str | None = Field(default=None, description="the table whose rows these belong to; default: the root")
    on: dict[str, str] = Field(default={}, description="parent's column: own column; default: the landed parent key")
    where: ConditionSpec | None = Field(default=None, description="only these rows")
    order_by: Annotated[
        list[OrderSpec], BeforeValidator(_as_list, json_schema_input_type=list[OrderSpec] | OrderSpec)
    ] = Field(default=[])


class CodeListSpec(Spec):
    """What a source's codes mean."""

    values: dict[Text, Text]
    default: Text | None = Field(default=None, description="for codes that are not in the list")
    blank: Text | None = Field(default=None, description="for an empty cell")
    unknown: UnknownCode = Field(default=UnknownCode.REPORT, description="what to do with a code not in the list")


class ExcludeSpec(Spec):
    """Rows that are left out, and counted under this name."""

    name: str
    when: ConditionSpec


class DefaultsSpec(Spec):
    """What holds for the whole file."""

    region: OptionSpec | None = Field(default=None, description="ISO country for cleaners: text, or {column: ...}")
    order: str | None = Field(default=None, pattern="^(dmy|mdy|ymd)$", description="order of day, month, year")
    number: NumberFormat | None = Field(default=None, description="instead of the connector's")


class MappingSpec(Spec):
    """`mappings/<source>.customer.yml`: what a source's rows mean as canonical customers."""

    source: str = Field(pattern=r"^[a-z][a-z0-9_]{0,62}$", description="the connector's name")
    description: str = ""
    stream: str = Field(description="the root stream: its rows are the customers")
    tables: dict[str, TableSpec] = Field(default={})
    defaults: DefaultsSpec = DefaultsSpec()
    codes: dict[str, CodeListSpec] = Field(default={})
    exclude: list[ExcludeSpec] = Field(default=[])
    customer: CustomerSection | None = None
    customers: list[CustomerSpec] = Field(default=[])
    contacts: Annotated[
        list[ContactsSpec], BeforeValidator(_as_list, json_schema_input_type=list[ContactsSpec] | ContactsSpec)
    ] = Field(default=[])

    @model_validator(mode="after")
    def _customers(self) -> MappingSpec:
        if (self.customer is None) == (not self.customers):
            raise PydanticCustomError("customer_missing", "needs `customer:` or a list `customers:`, not both")
        return self
