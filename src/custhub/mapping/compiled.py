"""A compiled mapping: landed rows of a batch in, canonical customers, rejected rows and excluded rows out."""

from __future__ import annotations

from collections.abc import Mapping as Mapping_
from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from custhub.errors import SourceError
from custhub.mapping.problems import PROBLEM, UNKNOWN, Problems, count_codes
from custhub.mapping.scope import Form, cells
from custhub.mapping.sections import Section, records
from custhub.mapping.tables import Context, TablePlan, Tables, raw_rows
from custhub.model.frames import CANONICAL, CUSTOMER, LANDED, REJECTED, conform, empty, take

EXCLUDED = pl.Schema({"row_key": pl.String(), "position": pl.Int64(), "filter": pl.String()})
ISSUE = pl.Schema({name: dtype for name, dtype in REJECTED.items() if name not in ("raw", "layer", "batch_id")})
"""Values that could not be read while their customer went on, and rows that belong to none."""


@dataclass(frozen=True, slots=True)
class Mapped:
    """What became of a batch. Each record key is in `customers` or in `rejected`, never in both; each row key is in
    one of them (in both only if one of its several customers was rejected), or else in `excluded`."""

    customers: pl.DataFrame
    rejected: pl.DataFrame
    excluded: pl.DataFrame
    unknown_codes: pl.DataFrame
    issues: pl.DataFrame


NOTHING_MAPPED = Mapped(*map(empty, (CANONICAL, REJECTED, EXCLUDED, UNKNOWN, ISSUE)))


@dataclass(frozen=True, slots=True)
class Mapping:
    """A mapping, ready to run. `fields` says for each canonical field which source columns (stream.column) it reads."""

    source: str
    root: str
    streams: tuple[str, ...]
    fields: Mapping_[str, tuple[str, ...]]
    plans: Mapping_[str, TablePlan]
    tests: Mapping_[str, tuple[str, pl.Expr | None]]
    exclude: tuple[tuple[str, pl.Expr], ...]
    sections: tuple[Section, ...]

    def apply(self, landed: dict[str, pl.DataFrame], *, batch_id: str) -> Mapped:
        """Raises SourceError when a stream came with rows but without a column that is mapped."""
        return _Batch(self, landed, batch_id).run()

    def missing(self, landed: Mapping_[str, Sequence[str]]) -> list[str]:
        """Mapped columns (stream.column) that are not among the `landed` columns of their stream."""
        read = {(self.plans[c.table].stream, c.column) for c in cells(self.expressions()) if c.form is not Form.HAS}
        return sorted(
            f"{stream}.{column}"
            for stream, column in read
            if stream in landed and column not in landed[stream] and not column.startswith("_")
        )

    def expressions(self) -> list[pl.Expr]:
        """Every expression of the mapping, over cells (see `scope.Cell`)."""
        found = [expr for _, expr in self.exclude]
        found += [plan.where for plan in self.plans.values() if plan.where is not None]
        found += [where for _, where in self.tests.values() if where is not None]
        return found + [expr for section in self.sections for expr in section.expressions()]


class _Batch:
    def __init__(self, mapping: Mapping, landed: dict[str, pl.DataFrame], batch_id: str) -> None:
        self.mapping, self.batch_id = mapping, batch_id
        root = mapping.plans[mapping.root].stream
        if root not in landed:
            raise SourceError(mapping.source, f"stream {root}", "was not landed", "land it, or correct `stream:`")
        nothing = empty(LANDED)
        self.frames = {name: landed.get(plan.stream, nothing) for name, plan in mapping.plans.items()}
        self.rejected: list[pl.DataFrame] = []
        self.issues: list[pl.DataFrame] = []
        self.codes: list[pl.DataFrame] = []

    def run(self) -> Mapped:
        self._report_orphans()
        root = self._unique_rows(self.frames[self.mapping.root])
        excluded = self._excluded(root)
        root = root.join(
            excluded,
            left_on=["_key", "_position"],
            right_on=["row_key", "position"],
            how="anti",
            nulls_equal=True,
            maintain_order="left",
        )
        tables = self._tables(root)
        frames = [self._section(section, tables) for section in self.mapping.sections]
        customers = self._unique_records(pl.concat(frames), tables)
        self._report_empty(root, customers)
        return Mapped(
            conform(take(customers, customers.select(pl.arg_sort_by("position", "key")).to_series()), CANONICAL),
            _sorted(self.rejected, REJECTED),
            conform(excluded.sort("position"), EXCLUDED),
            count_codes(self.codes),
            _sorted(self.issues, ISSUE),
        )

    def _tables(self, root: pl.DataFrame) -> Tables:
        frames = {**self.frames, self.mapping.root: root}
        return Tables(self.mapping.source, self.mapping.plans, self.mapping.tests, frames)

    def _unique_rows(self, root: pl.DataFrame) -> pl.DataFrame:
        """The rows that have a key of their own. Which of two different rows is right cannot be known from here."""
        missing = (pl.col("_key").is_null() | (pl.col("_key") == "")).fill_null(True)
        self._reject_rows(root.filter(missing), "missing", "the row has no key")
        root = root.filter(~missing)
        twice = pl.col("_key").is_duplicated()
        if not root.select(twice.any()).item():
            return root
        differ = pl.col("_hash").n_unique().over("_key") > 1
        self._reject_rows(root.filter(differ), "duplicate", "different rows of this batch have the same key")
        root = root.filter(~differ).sort("_position")
        again = root.filter(~pl.col("_key").is_first_distinct())
        self.issues.append(
            self._problems(_named(again), "repeated", "the same row stands more than once in this batch")
        )
        return root.unique("_key", keep="first", maintain_order=True)

    def _reject_rows(self, rows: pl.DataFrame, what: str, reason: str, *, about: str = "key") -> None:
        if rows.height:
            raw = raw_rows(
                self._tables(rows), self.mapping.root, pl.int_range(rows.height, dtype=pl.UInt32, eager=True)
            )
            self.rejected.append(self._problems(_named(rows), what, reason, about=about).with_columns(raw))

    def _problems(
        self, records: pl.DataFrame, what: str, reason: str, *, about: str = "key", table: str | None = None
    ) -> pl.DataFrame:
        """The same problem of all `records` (key, row_key, position) of a table, by default the root."""
        return records.select(
            "key",
            "row_key",
            "position",
            system=pl.lit(self.mapping.source),
            batch_id=pl.lit(self.batch_id),
            stream=pl.lit(self.mapping.plans[table or self.mapping.root].stream),
            layer=pl.lit("mapping"),
            rule_id=pl.lit(f"mapping.{about}.{what}"),
            field=pl.lit(about),
            reason=pl.lit(reason),
        )

    def _excluded(self, root: pl.DataFrame) -> pl.DataFrame:
        if not self.mapping.exclude:
            return empty(EXCLUDED)
        context = Context.of(self._tables(root), self.mapping.root)
        tests = {str(i): expr for i, (_, expr) in enumerate(self.mapping.exclude)}
        named = [pl.when(str(i)).then(pl.lit(name)) for i, (name, _) in enumerate(self.mapping.exclude)]
        frame = context.select(tests).select(pl.coalesce(named).alias("filter"))
        found = frame.with_columns(root["_key"].alias("row_key"), root["_position"].alias("position"))
        return conform(found.filter(pl.col("filter").is_not_null()), EXCLUDED)

    def _section(self, section: Section, tables: Tables) -> pl.DataFrame:
        root = tables.frames[self.mapping.root]
        context = Context.of(tables, self.mapping.root)
        if section.by_row:
            pairs = context.pairs(section.table)
            context = context.beside(section.table, pairs)
        problems = Problems()
        found = records(section, self.mapping.source, context, root["_key"], problems)
        found = found.with_columns(
            root.select("_key", "_position").rename({"_key": "row_key", "_position": "position"})[found["_root"]]
        )
        at, told = self._problem_rows(section, context, tables), problems.frame()
        self.codes += problems.codes
        told = told.join(found.select("_base", "key", "row_key", "_root"), left_on="row", right_on="_base", how="left")
        told = told.join(at, on="row", how="left", maintain_order="left")
        self._tell(told, tables)
        lost = told.filter("reject")["row"]
        return self._stamped(found.filter(~pl.col("_base").is_in(lost.implode())))

    def _problem_rows(self, section: Section, context: Context, tables: Tables) -> pl.DataFrame:
        """For each row of the section's context: where a person finds it."""
        table = section.table
        positions, at = tables.frames[table]["_position"], context.rows_of(table)
        positions = positions if at is None else positions.gather(at)
        return (
            pl.DataFrame({"position": positions})
            .with_row_index("row")
            .with_columns(pl.col("row").cast(PROBLEM["row"]), stream=pl.lit(self.mapping.plans[table].stream))
        )

    def _tell(self, told: pl.DataFrame, tables: Tables) -> None:
        if told.height == 0:
            return
        told = told.with_columns(
            system=pl.lit(self.mapping.source), batch_id=pl.lit(self.batch_id), layer=pl.lit("mapping")
        )
        self.issues.append(told.filter(~pl.col("reject")))
        rejected = told.filter("reject")
        if rejected.height:
            self.rejected.append(rejected.with_columns(raw_rows(tables, self.mapping.root, rejected["_root"])))

    def _stamped(self, found: pl.DataFrame) -> pl.DataFrame:
        stamped = found.with_columns(system=pl.lit(self.mapping.source), batch_id=pl.lit(self.batch_id))
        return stamped.select(*CANONICAL.names(), "_root")

    def _unique_records(self, customers: pl.DataFrame, tables: Tables) -> pl.DataFrame:
        """Contacts of one row may claim one key: the same contact twice counts once, different ones are rejected."""
        twice = customers.select(pl.col("key").is_duplicated()).to_series()
        if not twice.any():
            return customers
        some = customers.filter(twice).with_columns(doc=pl.struct(CUSTOMER.names()).struct.json_encode())
        some = some.with_columns(differ=pl.col("doc").n_unique().over("key") > 1)
        same = some.filter(~pl.col("differ")).unique("key", keep="first", maintain_order=True)
        again = some.filter(~pl.col("differ")).filter(~pl.col("key").is_first_distinct())
        self.issues.append(self._problems(again, "repeated", "the same contact stands more than once"))
        lost = some.filter("differ").unique("key", keep="first", maintain_order=True)
        told = self._problems(lost, "duplicate", "different customers of this row have the same key")
        self.rejected.append(told.with_columns(raw_rows(tables, self.mapping.root, lost["_root"])))
        return pl.concat([customers.filter(~twice), same.select(customers.columns)])

    def _report_empty(self, root: pl.DataFrame, customers: pl.DataFrame) -> None:
        told = [frame["row_key"] for frame in self.rejected]
        somewhere = pl.concat([customers["row_key"], *told])
        nowhere = root.filter(~pl.col("_key").is_in(somewhere.implode()))
        self._reject_rows(nowhere, "no_customer", "no customer of the mapping applies to the row", about="row")

    def _report_orphans(self) -> None:
        """Child rows whose parent did not land: they can be nobody's, and are told, not dropped."""
        keys = self.frames[self.mapping.root]["_key"].implode()
        for table, plan in self.mapping.plans.items():
            frame = self.frames[table]
            if plan.parent != self.mapping.root or plan.on or frame.height == 0:
                continue
            orphans = frame.filter(~pl.col("_parent").is_in(keys).fill_null(False))
            key = pl.coalesce("_parent", pl.format("?{}", "_position"))
            records = orphans.select(key=key, row_key=key, position="_position")
            reason = f"a row of {plan.stream} belongs to no row of this batch"
            self.issues.append(self._problems(records, "orphan", reason, about=table, table=table))


def _named(rows: pl.DataFrame) -> pl.DataFrame:
    """Root rows as records: one without a key is known by its place."""
    key = pl.when(pl.col("_key") != "").then("_key").otherwise(pl.format("?{}", "_position"))
    return rows.select(key=key, row_key=key, position="_position")


def _sorted(frames: list[pl.DataFrame], schema: pl.Schema) -> pl.DataFrame:
    parts = [conform(frame, schema) for frame in frames]
    return pl.concat([empty(schema), *parts]).sort("stream", "position", "key", "rule_id")
