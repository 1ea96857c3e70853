"""Expectation suites: what `expectations/*.yml` may say, and reading it with every mistake told."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePath
from typing import Annotated, Any

import polars as pl
from pydantic import Field as Key

from custhub import declaration
from custhub.declaration import Path_, Source, Spec, did_you_mean
from custhub.errors import ConfigError, Mistake
from custhub.model.frames import CANONICAL, CUSTOMER
from custhub.quality import fields
from custhub.quality.catalogue import KINDS, TABLE_SHAPE, Kind, Takes
from custhub.quality.fields import As

Scalar = str | bool | int | float | None
Condition = dict[str, Scalar | list[Scalar]]


class Layer(StrEnum):
    """Where in the flow a suite is checked."""

    LANDED = "landed"
    CANONICAL = "canonical"
    GOLDEN = "golden"


class Severity(StrEnum):
    """What a failed rule does: be noted and lower trust, keep the record out, or stop the batch."""

    WARN = "warn"
    QUARANTINE = "quarantine"
    STOP = "stop"


class Scope(StrEnum):
    """`row`: the changed rows, in chunks. `set`: all current rows together."""

    ROW = "row"
    SET = "set"


class RuleSpec(Spec):
    """One expectation."""

    id: str = Key(
        pattern=r"^[a-z][a-z0-9_.-]*$", description="stable name of the rule; verdicts and quarantine show it"
    )
    description: str = Key(min_length=1, description="what must hold, as a sentence for stewards, without example data")
    expectation: str = Key(description="name of a Great Expectations expectation")
    severity: Severity
    column: str | None = Key(default=None, description="path of the value, e.g. name.full, emails.value, extra.tier")
    columns: Annotated[list[str], Key(min_length=2)] | None = Key(
        default=None, description="paths, for expectations over several columns"
    )
    options: dict[str, Any] = Key(default={}, alias="with", description="what the expectation takes")
    when: Condition = Key(default={}, description="only rows where every path has the value, or one of the list")
    unless: Condition = Key(default={}, description="not the rows where every path has the value, or one of the list")
    read_as: As | None = Key(default=None, alias="as", description="read the text as number or date first")
    mostly: float = Key(default=1.0, gt=0, le=1, description="the part of the values that must pass")
    scope: Scope | None = Key(default=None, description="default: set where the expectation needs it, else row")


class SuiteSpec(Spec):
    """The rules of one layer."""

    layer: Layer
    description: str | None = None
    rules: list[RuleSpec]


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule that was checked: its kind is known and its paths are distinct."""

    spec: RuleSpec
    kind: Kind
    scope: Scope

    @property
    def id(self) -> str:
        return self.spec.id

    @property
    def columns(self) -> tuple[str, ...]:
        """The paths that the expectation itself looks at."""
        return tuple(self.spec.columns or ()) or ((self.spec.column,) if self.spec.column else ())

    @property
    def field(self) -> str:
        """The paths as one text, for verdicts and messages."""
        return ", ".join(self.columns) or "table"

    @property
    def condition_paths(self) -> tuple[str, ...]:
        return (*self.spec.when, *self.spec.unless)

    @property
    def of_shape(self) -> bool:
        """Whether it looks at the table's shape instead of values."""
        return self.spec.expectation in TABLE_SHAPE


@dataclass(frozen=True, slots=True)
class Suite:
    """The rules of one layer, ready to run. `source` is the landed suite's source, else the layer's own name."""

    layer: Layer
    source: str
    file: str
    rules: tuple[Rule, ...]
    declared: Source

    @property
    def has_set_rules(self) -> bool:
        """Whether `check` wants to see all current records."""
        return any(rule.scope is Scope.SET for rule in self.rules)

    @property
    def set_columns(self) -> frozenset[str]:
        """The top-level columns of whose values rules of scope `set` need to see all current records."""
        return _tops(rule for rule in self.rules if rule.scope is Scope.SET)

    @property
    def columns(self) -> frozenset[str]:
        """The top-level columns of whose values any rule takes a look."""
        return _tops(self.rules)


def _tops(rules: Iterable[Rule]) -> frozenset[str]:
    return frozenset(path.split(".")[0] for rule in rules for path in (*rule.columns, *rule.condition_paths))


def load_suite(source: Source) -> Suite:
    """The suite declared in an `expectations/*.yml`. Raises ConfigError with every mistake.

    Values of `with:` are compared with Great Expectations' own types by `verify_suite`, which takes seconds to load it.
    """
    spec = declaration.check(source, SuiteSpec)
    mistakes = [*_file_mistakes(source, spec), *_repeated_ids(source, spec)]
    for i, rule in enumerate(spec.rules):
        mistakes += _rule_mistakes(source, ("rules", i), rule, spec.layer)
    if mistakes:
        raise ConfigError(sorted(mistakes, key=lambda m: (m.line or 0, m.key, m.problem)))
    name = _stem(source.file).partition(".")[2] if spec.layer is Layer.LANDED else spec.layer.value
    rules = tuple(Rule(rule, KINDS[rule.expectation], _scope(rule)) for rule in spec.rules)
    return Suite(spec.layer, name, source.file, rules, source)


def layer_schema(layer: Layer) -> pl.Schema | None:
    """The columns that rules of a layer may name; None for landed rows, whose columns only the source knows."""
    match layer:
        case Layer.LANDED:
            return None
        case Layer.CANONICAL:
            return CANONICAL
        case Layer.GOLDEN:
            return GOLDEN_ROW


GOLDEN_ROW = pl.Schema({"golden_id": pl.String(), "members": pl.List(pl.String()), **CUSTOMER})
"""What golden rules see: the golden customer's document beside its id and member references."""


def _stem(file: str) -> str:
    return PurePath(file).name.removesuffix(".yml").removesuffix(".yaml")


def _scope(rule: RuleSpec) -> Scope:
    return rule.scope or (Scope.SET if KINDS[rule.expectation].whole else Scope.ROW)


def _file_mistakes(source: Source, spec: SuiteSpec) -> Iterator[Mistake]:
    head, _, rest = _stem(source.file).partition(".")
    wanted = "landed.<source>.yml" if spec.layer is Layer.LANDED else f"{spec.layer}.customer.yml"
    fits = head == spec.layer and (bool(rest) if spec.layer is Layer.LANDED else rest == "customer")
    if not fits:
        yield source.mistake(("layer",), f"layer {spec.layer} does not fit the file's name", f"name the file {wanted}")


def _repeated_ids(source: Source, spec: SuiteSpec) -> Iterator[Mistake]:
    seen: set[str] = set()
    for i, rule in enumerate(spec.rules):
        if rule.id in seen:
            yield source.mistake(("rules", i, "id"), "is the id of an earlier rule", "give each rule its own id")
        seen.add(rule.id)


def _rule_mistakes(source: Source, at: Path_, rule: RuleSpec, layer: Layer) -> Iterator[Mistake]:
    kind = KINDS.get(rule.expectation)
    if kind is None:
        hint = did_you_mean(rule.expectation, KINDS)
        yield source.mistake((*at, "expectation"), "is not a known expectation", hint)
        return
    yield from _column_mistakes(source, at, rule, kind)
    yield from _option_mistakes(source, at, rule, kind)
    yield from _scope_mistakes(source, at, rule, kind)
    yield from _severity_mistakes(source, at, rule, kind, layer)
    schema = layer_schema(layer)
    if schema is not None and rule.expectation not in TABLE_SHAPE:
        yield from _path_mistakes(source, at, rule, schema)


def _column_mistakes(source: Source, at: Path_, rule: RuleSpec, kind: Kind) -> Iterator[Mistake]:
    wants = {Takes.COLUMN: "column", Takes.PAIR: "columns", Takes.COLUMNS: "columns"}.get(kind.takes)
    given = {"column": rule.column is not None, "columns": rule.columns is not None}
    if wants and not given[wants]:
        yield source.mistake(at, f"{rule.expectation} needs `{wants}`", f"add {wants}: to rule {rule.id}")
    for key in (key for key, is_given in given.items() if is_given and key != wants):
        yield source.mistake((*at, key), f"{rule.expectation} does not take `{key}`", f"use `{wants}`" if wants else "")
    if kind.takes is Takes.PAIR and rule.columns is not None and len(rule.columns) != 2:
        yield source.mistake((*at, "columns"), f"{rule.expectation} compares two columns, not {len(rule.columns)}")


def _option_mistakes(source: Source, at: Path_, rule: RuleSpec, kind: Kind) -> Iterator[Mistake]:
    for name in rule.options:
        if name not in kind.options:
            hint = did_you_mean(name, kind.options) or "it takes nothing"
            yield source.mistake((*at, "with", name), f"is not an option of {rule.expectation}", hint)
    for name in kind.required:
        if name not in rule.options:
            yield source.mistake((*at, "with"), f"{rule.expectation} needs `{name}`", f"add {name}: under with:")
    for name in ("regex", "regex_list"):
        patterns = rule.options.get(name, [])
        for problem in filter(None, map(_regex_problem, [patterns] if isinstance(patterns, str) else patterns)):
            yield source.mistake(
                (*at, "with", name), f"is not a regular expression: {problem}", "put it in single quotes"
            )


def _regex_problem(pattern: object) -> str:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", FutureWarning)  # e.g. [[:alpha:]], which engines read differently
            re.compile(str(pattern))
    except (re.error, FutureWarning) as e:
        return str(e)
    return ""


def _scope_mistakes(source: Source, at: Path_, rule: RuleSpec, kind: Kind) -> Iterator[Mistake]:
    if kind.whole and rule.scope is Scope.ROW:
        hint = "use scope: set, or leave it out"
        yield source.mistake((*at, "scope"), f"{rule.expectation} needs all rows at once", hint)
    if not kind.names_rows and rule.mostly != 1.0:
        yield source.mistake((*at, "mostly"), f"{rule.expectation} gives one answer, not one per value", "remove it")
    if rule.expectation in TABLE_SHAPE and (rule.when or rule.unless):
        key = "when" if rule.when else "unless"
        yield source.mistake((*at, key), f"{rule.expectation} looks at the whole table", "remove the condition")


def _severity_mistakes(source: Source, at: Path_, rule: RuleSpec, kind: Kind, layer: Layer) -> Iterator[Mistake]:
    if layer is Layer.GOLDEN and rule.severity is not Severity.WARN:
        problem = f"a golden rule opens tasks, it does not {rule.severity}: golden customers follow from their sources"
        yield source.mistake((*at, "severity"), problem, "use severity: warn; `limits:` can hold a plan for approval")
    elif not kind.names_rows and rule.severity is Severity.QUARANTINE:
        problem = f"{rule.expectation} does not say which rows fail, so it cannot quarantine any"
        yield source.mistake((*at, "severity"), problem, "use severity: warn or stop")


def _path_mistakes(source: Source, at: Path_, rule: RuleSpec, schema: pl.Schema) -> Iterator[Mistake]:
    places: list[tuple[Path_, str]] = [((*at, "column"), rule.column)] if rule.column else []
    places += [((*at, "columns", i), path) for i, path in enumerate(rule.columns or [])]
    places += [((*at, "when", path), path) for path in rule.when]
    places += [((*at, "unless", path), path) for path in rule.unless]
    found = []
    for place, path in places:
        field = fields.resolve(path, schema)
        if field is None:
            yield source.mistake(
                place, f"{path} is not a value of the customer", did_you_mean(path, fields.paths(schema))
            )
        else:
            found.append(field)
    if fields.deepest(found) is None:
        yield source.mistake(at, "its columns lie in different lists", "a rule can look into one list at a time")


def json_schema() -> dict[str, Any]:
    """Schema of a suite: pydantic's, with what each expectation takes."""
    schema = declaration.json_schema(SuiteSpec, "Expectations of a layer")
    rule = schema["$defs"]["RuleSpec"]
    rule["properties"]["expectation"]["enum"] = sorted(KINDS)
    # Completions only: landed rules name the source's own columns, so any text is allowed.
    rule["properties"]["column"]["examples"] = fields.paths(CANONICAL)
    golden = {"properties": {"rules": {"items": {"properties": {"severity": {"const": Severity.WARN.value}}}}}}
    schema["if"], schema["then"] = {"properties": {"layer": {"const": Layer.GOLDEN.value}}}, golden
    rule["allOf"] = [_options_of(name, kind) for name, kind in sorted(KINDS.items())]
    return schema


def _options_of(name: str, kind: Kind) -> dict[str, Any]:
    options: dict[str, Any] = {
        "properties": {option: {} for option in kind.options},
        "additionalProperties": False,
        "required": list(kind.required),
    }
    needs = {Takes.COLUMN: ["column"], Takes.PAIR: ["columns"], Takes.COLUMNS: ["columns"], Takes.TABLE: []}[kind.takes]
    required = needs + (["with"] if kind.required else [])
    then: dict[str, Any] = {"properties": {"with": options}, "required": required}
    return {"if": {"properties": {"expectation": {"const": name}}, "required": ["expectation"]}, "then": then}
