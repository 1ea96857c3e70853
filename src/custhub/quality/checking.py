"""Checks rows against a suite: which rules hold, and which records fail which rule.

`when:` and `unless:` are applied before Great Expectations sees the rows, because its own row conditions are pandas query
texts, in which quotes in values and blanks do not mean what a reader of the YAML expects.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

import numpy as np
import polars as pl

from custhub.model.frames import VERDICT, conform, decode_docs, empty
from custhub.progress import Progress, silent
from custhub.quality import gx
from custhub.quality.fields import ROW, deepest, flatten, read_as, resolve
from custhub.quality.gx import Measured
from custhub.quality.suite import GOLDEN_ROW, Condition, Layer, Rule, RuleSpec, Scalar, Scope, Suite

CHUNK = 100_000
"""Rows per run: bounds the memory that Great Expectations takes."""

FEW = 5_000
"""Up to so many distinct values a table costs more than its cells."""


class Outcome(StrEnum):
    """How a rule ended. ERRORED says nothing about the data: the check itself did not work."""

    PASSED = "passed"
    FAILED = "failed"
    ERRORED = "errored"


@dataclass(frozen=True, slots=True)
class RuleOutcome:
    """How one rule ended. `checked` and `failing` count values (elements of a list, rows for several columns)."""

    rule_id: str
    severity: str
    scope: str
    status: str
    checked: int
    failing: int
    message: str


@dataclass(frozen=True, slots=True)
class CheckResult:
    """Outcomes in the suite's order, and VERDICT rows of the failed rules sorted by record and rule."""

    outcomes: tuple[RuleOutcome, ...]
    verdicts: pl.DataFrame


@dataclass(frozen=True, slots=True)
class _Records:
    """Rows to check: who they are, and their values beside `ROW`, the row's number."""

    refs: pl.DataFrame
    values: pl.DataFrame


class _Tallies(dict[str, Measured]):
    """What was found by rule, so far."""

    def add(self, rule_id: str, found: Measured) -> None:
        self[rule_id] = self[rule_id].plus(found)


def check(
    suite: Suite, frame: pl.DataFrame, *, current: pl.DataFrame | None = None, progress: Progress = silent
) -> CheckResult:
    """Checks the changed rows `frame`; rules of scope `set` see `current` (default: `frame`) as a whole.

    Frames: CANONICAL; or the landed root stream (keys in `_key`); or GOLDEN, of which only active customers count.
    Verdicts name records of `frame` only, also for set rules; landed ones carry the row's key, golden ones the system
    `golden` and the golden id.
    """
    changed = _records(suite, frame)
    everything = changed if current is None or current is frame else _records(suite, current)
    tallies = _Tallies({rule.id: Measured(passed=True) for rule in suite.rules})
    row_rules = [rule for rule in suite.rules if rule.scope is Scope.ROW]
    total = changed.refs.height + (everything.refs.height if len(row_rules) < len(suite.rules) else 0)
    for start in range(0, changed.refs.height if row_rules else 0, CHUNK):
        _measure(row_rules, changed.values.slice(start, CHUNK), tallies)
        progress("check", min(start + CHUNK, changed.refs.height), total)
    _measure([rule for rule in suite.rules if rule.scope is Scope.SET], everything.values, tallies)
    progress("check", total, total)
    outcomes = tuple(_outcome(rule, tallies[rule.id]) for rule in suite.rules)
    verdicts = _verdicts(suite, outcomes, tallies, changed, everything)
    return CheckResult(outcomes, verdicts)


def _records(suite: Suite, frame: pl.DataFrame) -> _Records:
    match suite.layer:
        case Layer.LANDED:
            key = pl.col("_key" if "_key" in frame.columns else "key")
            refs = frame.select(pl.lit(suite.source).alias("system"), key.alias("key"))
        case Layer.CANONICAL:
            refs = frame.select("system", "key")
        case Layer.GOLDEN:
            frame = _golden_rows(frame, suite.columns)
            refs = frame.select(pl.lit(Layer.GOLDEN.value).alias("system"), pl.col("golden_id").alias("key"))
    return _Records(refs, frame.with_columns(pl.int_range(pl.len(), dtype=pl.Int64).alias(ROW)))


def _golden_rows(goldens: pl.DataFrame, only: frozenset[str]) -> pl.DataFrame:
    """Golden customers as rules see them, from GOLDEN or from rows that are decoded already."""
    if "doc" in goldens.columns:
        active = goldens.filter(pl.col("status") == "active")
        goldens = active.select("golden_id", "members").hstack(decode_docs(active["doc"], only))
    return conform(goldens, GOLDEN_ROW)


def _measure(rules: Sequence[Rule], values: pl.DataFrame, tallies: _Tallies) -> None:
    """Runs rules that share a table in one go and adds what was found."""
    tables: dict[str, list[Rule]] = {}
    by_value = []
    for rule, lists in _placed(rules, values, tallies):
        if rule.kind.by_value:
            by_value.append(_Judged.of(rule, values))
            continue
        name = json.dumps([rule.of_shape, lists, rule.spec.when, rule.spec.unless])
        tables.setdefault(name, []).append(rule)
    for together in tables.values():
        table = _shape(values) if together[0].of_shape else _table(together, values)
        for rule_id, found in gx.measure(together, table).items():
            tallies.add(rule_id, found)
    _measure_values(by_value, tallies)


@dataclass(frozen=True, slots=True)
class _Judged:
    """The values that a rule judges: ROW and value of every one, and each distinct one once; no blanks."""

    rule: Rule
    values: pl.DataFrame
    distinct: pl.Series

    @classmethod
    def of(cls, rule: Rule, values: pl.DataFrame) -> _Judged:
        table = _table([rule], values)
        table.columns = [ROW, "value"]
        if table["value"].dtype.is_float():
            table = table.with_columns(pl.col("value").fill_nan(None))
        table = table.drop_nulls("value")
        return cls(rule, table, table["value"].unique())

    def found(self, judged: Measured) -> Measured:
        """What was said of the distinct values, told of all."""
        if judged.error:
            return judged
        bad = self.distinct.gather(judged.rows[judged.rows < self.distinct.len()])
        rows = self.values.filter(pl.col("value").is_in(bad.implode()))[ROW].to_numpy()
        return Measured(bad.is_empty(), self.values.height, len(rows), rows)


def _measure_values(judged: Sequence[_Judged], tallies: _Tallies) -> None:
    """Asks each rule about its distinct values, rules with about as many values side by side in one table.

    Great Expectations costs some 50 ms per table, and hashes every cell of it twice.
    """
    tables: dict[int, list[_Judged]] = {}
    for one in judged:
        if one.distinct.is_empty():
            tallies.add(one.rule.id, Measured(passed=True))
        else:
            size = one.distinct.len()
            tables.setdefault(len(str(size)) if size > FEW else 0, []).append(one)
    for together in tables.values():
        height = max(one.distinct.len() for one in together)
        # Shorter columns are filled up with a value of their own: a null would turn numbers into floats.
        columns = [
            one.distinct.extend_constant(one.distinct[0], height - one.distinct.len()).alias(one.rule.id)
            for one in together
        ]
        table = pl.DataFrame([pl.int_range(height, dtype=pl.Int64, eager=True).alias(ROW), *columns])
        answers = gx.measure([one.rule for one in together], table, apart=True)
        for one in together:
            tallies.add(one.rule.id, one.found(answers[one.rule.id]))


def _placed(rules: Sequence[Rule], values: pl.DataFrame, tallies: _Tallies) -> Iterator[tuple[Rule, tuple[str, ...]]]:
    """The rules whose columns are there, with the lists to look into; the others are errored."""
    for rule in rules:
        named = {path: resolve(path, values.schema) for path in (*rule.columns, *rule.condition_paths)}
        missing = [path for path, found in named.items() if found is None and not rule.of_shape]
        lists = () if rule.of_shape else deepest(found for found in named.values() if found is not None)
        if missing or lists is None:
            why = f"there is no column {', '.join(missing)}" if missing else "its columns lie in different lists"
            tallies.add(rule.id, Measured(False, error=why))
        else:
            yield rule, lists


def _table(rules: Sequence[Rule], values: pl.DataFrame) -> pl.DataFrame:
    """The flat table for rules with the same lists and conditions."""
    wanted = dict.fromkeys(path for rule in rules for path in (*rule.columns, *rule.condition_paths))
    fields = [found for path in wanted if (found := resolve(path, values.schema)) is not None]
    lists = deepest(fields) or ()
    flat = flatten(values, fields, lists).filter(matches(rules[0].spec, {f.path: f.dtype for f in fields}))
    columns = {gx.column_name(path, r.spec.read_as): (path, r.spec.read_as) for r in rules for path in r.columns}
    table = flat.select(ROW, *(read_as(pl.col(path), form).alias(name) for name, (path, form) in columns.items()))
    if all(rule.kind.by_sameness for rule in rules):
        # Numbers in place of texts, which cost Great Expectations several times as much.
        return table.select(ROW, pl.exclude(ROW).rank("dense").cast(pl.Int64))
    return table


def _shape(values: pl.DataFrame) -> pl.DataFrame:
    """The table's columns as they came, without the hub's own and without nested values, which pandas cannot hold."""
    own = [name for name in values.columns if name != ROW and not name.startswith("_")]
    nested = [name for name in own if values.schema[name].is_nested()]
    return values.select(own).with_columns(pl.lit(None, dtype=pl.String).alias(name) for name in nested)


def _outcome(rule: Rule, tally: Measured) -> RuleOutcome:
    if tally.error is not None:
        status, message = Outcome.ERRORED, f"{rule.field} could not be checked: {tally.error}"
    elif _holds(rule, tally):
        status, message = Outcome.PASSED, rule.spec.description
    else:
        status, message = Outcome.FAILED, _failure(rule, tally)
    return RuleOutcome(
        rule.id, rule.spec.severity.value, rule.scope.value, status.value, tally.checked, tally.failing, message
    )


def _holds(rule: Rule, tally: Measured) -> bool:
    if not rule.kind.names_rows:
        return tally.passed
    # Exact: a share that is met to the last row must not fail by rounding.
    return tally.checked - tally.failing >= Decimal(str(rule.spec.mostly)) * tally.checked


def _failure(rule: Rule, tally: Measured) -> str:
    if not rule.kind.names_rows:
        return f"{rule.field}: {rule.spec.description}"
    return f"{tally.failing} of {tally.checked} values of {rule.field} fail: {rule.spec.description}"


def _verdicts(
    suite: Suite, outcomes: Sequence[RuleOutcome], tallies: _Tallies, changed: _Records, everything: _Records
) -> pl.DataFrame:
    found = [empty(VERDICT).with_columns(pl.lit(0).alias("order"))]
    for order, (rule, outcome) in enumerate(zip(suite.rules, outcomes, strict=True)):
        if outcome.status != Outcome.FAILED or not outcome.failing or not rule.kind.names_rows:
            continue
        rows = np.unique(tallies[rule.id].rows)
        if rule.scope is Scope.ROW:
            refs = changed.refs[rows]
        else:
            refs = everything.refs[rows].join(changed.refs, on=["system", "key"], how="semi")
        found.append(_named(suite, rule, refs.unique()).with_columns(pl.lit(order).alias("order")))
    return pl.concat(found, how="vertical_relaxed").sort("system", "key", "order").drop("order")


def _named(suite: Suite, rule: Rule, refs: pl.DataFrame) -> pl.DataFrame:
    told = {
        "rule_id": rule.id,
        "severity": rule.spec.severity.value,
        "layer": suite.layer.value,
        "field": rule.field,
        "reason": rule.spec.description,
    }
    return conform(refs.with_columns(pl.lit(text).alias(name) for name, text in told.items()), VERDICT)


def matches(rule: RuleSpec, dtypes: Mapping[str, pl.DataType]) -> pl.Expr:
    """True for the rows of a flat frame that `rule` is about; never null."""
    wanted = _all_hold(rule.when, dtypes)
    return wanted & ~_all_hold(rule.unless, dtypes) if rule.unless else wanted


def _all_hold(condition: Condition, dtypes: Mapping[str, pl.DataType]) -> pl.Expr:
    parts = [
        pl.any_horizontal(_equal(path, value, dtypes[path]) for value in _values(condition[path])) for path in condition
    ]
    return pl.all_horizontal(parts) if parts else pl.lit(True)


def _values(value: Scalar | list[Scalar]) -> list[Scalar]:
    return value if isinstance(value, list) else [value]


def _equal(path: str, value: Scalar, dtype: pl.DataType) -> pl.Expr:
    if value is None:
        return pl.col(path).is_null()
    # YAML reads 001 or 49 as a number, a text column holds text.
    wanted = str(value) if dtype == pl.String else value
    return pl.col(path).eq_missing(pl.lit(wanted))
