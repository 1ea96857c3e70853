"""Runs expectations in Great Expectations; the only module that imports it, and only when something is to be run.

Great Expectations answers for one pandas table at a time. Its answers are reduced to figures and row numbers here: no
values, no texts of exceptions, which may hold values, leave this module.
"""

from __future__ import annotations

import functools
import gc
import logging
import os
import re
import sys
import warnings
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from custhub.errors import Mistake, UsageError
from custhub.helper import FAILED, Helper, answer
from custhub.quality.catalogue import Takes
from custhub.quality.fields import ROW, As
from custhub.quality.suite import Rule, Suite

RESULT_FORMAT = {
    "result_format": "COMPLETE",  # any other format names at most 20 rows
    # No `unexpected_index_column_names`: they cost 50 µs per failing row; the default index comes for nothing.
    "exclude_unexpected_values": True,
    "partial_unexpected_count": 0,
    "return_unexpected_index_query": False,
}
_BOUNDS = ("min_value", "max_value")


@dataclass(frozen=True, slots=True)
class Measured:
    """What runs of one rule found. `rows`: the failing row numbers; `error`: why it could not be checked."""

    passed: bool
    checked: int = 0
    failing: int = 0
    rows: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    error: str | None = None

    def plus(self, other: Measured) -> Measured:
        """What both found together, of other rows each."""
        rows = np.concatenate([self.rows, other.rows])
        checked, failing = self.checked + other.checked, self.failing + other.failing
        return Measured(self.passed and other.passed, checked, failing, rows, self.error or other.error)


def column_name(path: str, read_as: As | None) -> str:
    """The name under which a path stands in the table that Great Expectations sees."""
    return path if read_as is None else f"{path} as {read_as}"


def measure(rules: Sequence[Rule], table: pl.DataFrame, *, apart: bool = False) -> dict[str, Measured]:
    """Runs `rules` over `table`, which has `ROW` and a column for each of their paths; answers by rule id.

    `apart`: each rule has a column of its own, named by its id. Asked of the process of `loaded_beside`, if there is one.
    """
    if _helpers:
        try:
            found: dict[str, Measured] = _helpers[0].ask(list(rules), table, apart)
            return found
        except FAILED:
            _release()
    return measure_here(rules, table, apart)


@contextmanager
def loaded_beside() -> Iterator[None]:
    """Has Great Expectations loaded in a process beside this one, and asks that one as long as the block lasts.

    Loading takes seconds and 250 MB, which end with the block. Nothing happens when it is loaded here already.
    """
    if _helpers or "great_expectations" in sys.modules:
        yield
        return
    with suppress(OSError):
        _helpers.append(Helper("from custhub.quality.gx import serve; serve()", POLARS_MAX_THREADS="1"))
    try:
        yield
    finally:
        _release()


def _release() -> None:
    while _helpers:
        _helpers.pop().close()


_helpers: list[Helper] = []


def serve() -> None:
    """The side of the process that `loaded_beside` starts."""

    def load() -> None:
        with _quiet():
            _batch_definition()

    answer(load, measure_here)


def measure_here(rules: Sequence[Rule], table: pl.DataFrame, apart: bool) -> dict[str, Measured]:
    """`measure` in this process."""
    with _quiet():
        found: dict[str, Measured] = {}
        expectations = []
        for rule in rules:
            try:
                expectations.append(_build(rule, [rule.id] if apart else None))
            except ValueError as e:  # pydantic's
                found[rule.id] = Measured(False, error=f"its options are not accepted ({type(e).__name__})")
        for result in _validate(expectations, table.drop(ROW, strict=False)) if expectations else ():
            found[result.expectation_config.meta["rule_id"]] = _measured(result, table)
    return found


def _validate(expectations: Sequence[Any], table: pl.DataFrame) -> Iterable[Any]:
    """Results of all expectations on one table: asked one by one, each would hash the whole table twice again."""
    from great_expectations import ExpectationSuite

    batch = _batch_definition().get_batch(batch_parameters={"dataframe": table.to_pandas()})
    suite = ExpectationSuite(name="rows", expectations=list(expectations))
    results: Iterable[Any] = batch.validate(suite, result_format=RESULT_FORMAT).results
    return results


def verify_suite(suite: Suite) -> list[Mistake]:
    """Mistakes in `with:` that only Great Expectations' own types show. Loads it, which takes seconds."""
    mistakes = []
    with _quiet():
        for i, rule in enumerate(suite.rules):
            try:
                _build(rule)
            except ValueError as e:
                mistakes += [_mistake(suite, i, error) for error in _first_by_place(e)]
    return mistakes


def _mistake(suite: Suite, index: int, error: dict[str, Any]) -> Mistake:
    place = [part for part in error["loc"][:1] if part != "__root__"]
    return suite.declared.mistake(("rules", index, "with", *place), str(error["msg"]))


def _first_by_place(error: ValueError) -> list[dict[str, Any]]:
    """pydantic's errors, one per key: of a union of types it tells one per member."""
    details: list[dict[str, Any]] = getattr(error, "errors", lambda: [{"loc": (), "msg": str(error)}])()
    first: dict[object, dict[str, Any]] = {}
    for detail in details:
        first.setdefault(detail["loc"][:1], detail)
    return list(first.values())


def _build(rule: Rule, columns: Sequence[str] | None = None) -> Any:
    """The expectation of a rule, over its paths or the `columns` given instead. Raises ValueError (pydantic's) when an option has the wrong type."""
    import great_expectations.expectations as classes

    name = "".join(part.title() for part in rule.spec.expectation.split("_"))
    columns = columns or [column_name(path, rule.spec.read_as) for path in rule.columns]
    options = dict(rule.spec.options)
    if rule.spec.read_as is As.DATE:
        options |= {key: datetime.fromisoformat(str(options[key])) for key in _BOUNDS if key in options}
    match rule.kind.takes:
        case Takes.COLUMN:
            options["column"] = columns[0]
        case Takes.PAIR:
            options["column_A"], options["column_B"] = columns
        case Takes.COLUMNS:
            options["column_list"] = columns
        case Takes.TABLE:
            pass
    return getattr(classes, name)(**options, meta={"rule_id": rule.id})


def _measured(result: Any, table: pl.DataFrame) -> Measured:
    figures = result.result
    told = result.exception_info
    if not figures and not result.success and told and told.get("raised_exception") is not False:
        return Measured(False, error=_exception_name(told))
    if "element_count" not in figures:
        return Measured(bool(result.success), checked=1, failing=0 if result.success else 1)
    checked = int(figures["element_count"]) - int(figures.get("missing_count") or 0)
    named = figures.get("unexpected_index_list") or []
    rows = table[ROW].to_numpy()[np.asarray(named, dtype=np.int64)]
    return Measured(bool(result.success), checked, int(figures.get("unexpected_count") or 0), rows)


def _exception_name(info: dict[str, Any]) -> str:
    """The class of the exception that came first, told flat or by the metric that raised it; its text may hold values."""
    details = [info] if "exception_traceback" in info else list(info.values())
    for detail in (detail for detail in details if isinstance(detail, dict)):
        trace = str(detail.get("exception_traceback") or "")
        raised = re.findall(r"^([\w.]+(?:Error|Exception|Invalid|NotImplemented))\b", trace, re.MULTILINE)
        if raised:
            return f"{raised[0].rpartition('.')[2]} in Great Expectations"
    return "Great Expectations raised an error"


@functools.cache
def _batch_definition() -> Any:
    """One ephemeral context for the process: contexts are slow to make and do not go well beside each other."""
    import great_expectations as gx
    from great_expectations.data_context.types.base import ProgressBarsConfig

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    asset = context.data_sources.add_pandas("custhub").add_dataframe_asset("rows")
    return asset.add_batch_definition_whole_dataframe("all")


@contextmanager
def _quiet() -> Iterator[None]:
    """Great Expectations without analytics, and without its and its libraries' deprecation talk.

    Its errors still reach the log, and what it finds comes back as results.
    """
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "False")
    logger = logging.getLogger("great_expectations")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            for category in (DeprecationWarning, FutureWarning, UserWarning, RuntimeWarning):
                warnings.simplefilter("ignore", category)
            _import()
            yield
    finally:
        logger.setLevel(level)


def _import() -> None:
    if "great_expectations" in sys.modules:
        return
    collecting = gc.isenabled()
    gc.disable()  # its many classes would be looked through again and again: a quarter of four seconds
    try:
        import great_expectations  # noqa: F401
    except ImportError as e:
        raise UsageError("Great Expectations is not installed", "pip install 'custhub[quality]'") from e
    finally:
        if collecting:
            gc.enable()
