"""Landed streams side by side: which child rows belong to which row, and what one place of the mapping sees."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl

from custhub.clean import blank_mask
from custhub.errors import SourceError
from custhub.mapping.scope import Cell, Form, cells
from custhub.model.frames import LANDED

Rows = pl.Series | None  # row numbers; None: each row in its place


@dataclass(frozen=True, slots=True)
class TablePlan:
    """How a table's rows are found. The root has no parent."""

    name: str
    stream: str
    parent: str | None = None
    on: tuple[tuple[str, str], ...] = ()  # (column of the parent, own column)
    where: pl.Expr | None = None
    order: tuple[tuple[str, bool, bool], ...] = ()  # (column, descending, as numbers)


@dataclass(slots=True)
class Tables:
    """The frames of one batch under the names of the mapping."""

    source: str
    plans: Mapping[str, TablePlan]
    tests: Mapping[str, tuple[str, pl.Expr | None]]
    frames: Mapping[str, pl.DataFrame]  # by table
    _columns: dict[Cell, pl.Series] = field(default_factory=dict)
    _links: dict[str, pl.DataFrame] = field(default_factory=dict)
    _firsts: dict[str, pl.Series] = field(default_factory=dict)

    def landed(self, table: str, column: str) -> pl.Series:
        """A column as it landed. Raises SourceError when rows came without it: silence would blank a field."""
        frame = self.frames[table]
        if column in frame.columns:
            return frame[column]
        if frame.height == 0:
            return pl.Series(column, [], dtype=pl.String)
        raise SourceError(
            self.source,
            f"stream {self.plans[table].stream}",
            f"column {column} is mapped but was not landed",
            "correct the mapping, or the source if it lost the column",
        )

    def column(self, cell: Cell) -> pl.Series:
        """A cell's column over all rows of its table."""
        if cell not in self._columns:
            if cell.form is Form.HAS:
                self._columns[cell] = self._has(cell)
            elif cell.form is Form.VALUE:
                self._columns[cell] = _without_placeholders(self.column(Cell(Form.TEXT, cell.table, cell.column)))
            else:
                self._columns[cell] = _trimmed(self.landed(cell.table, cell.column))
        return self._columns[cell]

    def link(self, table: str) -> pl.DataFrame:
        """The pairs (_p row of the parent table, _t row of `table`) that pass the table's `where`, in its order."""
        if table not in self._links:
            self._links[table] = self._passing(table, self.all_links(table), self.plans[table].where)
        return self._links[table]

    def _passing(self, table: str, pairs: pl.DataFrame, where: pl.Expr | None) -> pl.DataFrame:
        if where is None:
            return pairs
        passed = Context.of(self, table).select({"passed": where})["passed"]
        return pairs.filter(passed.gather(pairs["_t"]))

    def all_links(self, table: str) -> pl.DataFrame:
        """The pairs before `where`."""
        plan = self.plans[table]
        assert plan.parent is not None
        theirs, own = [self.frames[plan.parent]["_key"]], [self.landed(table, "_parent")]
        if plan.on:
            theirs = [self.column(Cell(Form.TEXT, plan.parent, column)) for column, _ in plan.on]
            own = [self.column(Cell(Form.TEXT, table, column)) for _, column in plan.on]
        names = [f"k{i}" for i in range(len(own))]
        parents = pl.DataFrame([s.alias(n) for s, n in zip(theirs, names, strict=True)]).with_row_index("_p")
        children = pl.DataFrame([s.alias(n) for s, n in zip(own, names, strict=True)]).with_row_index("_t")
        children = children[self._order(table)]
        pairs = children.join(parents, on=names, how="inner", maintain_order="left").select("_p", "_t")
        return pairs.sort("_p", maintain_order=True)

    def _order(self, table: str) -> pl.Series:
        # The landed key and hash come last, so that the order of rows in the source never decides.
        frame, plan = self.frames[table], self.plans[table]
        keys: list[pl.Series] = []
        for i, (column, _, number) in enumerate(plan.order):
            text = self.column(Cell(Form.TEXT, table, column))
            keys.append((text.cast(pl.Float64, strict=False) if number else text).alias(str(i)))
        descending = [down for _, down, _ in plan.order] + [False] * 3
        ties = [self.landed(table, name) for name in ("_key", "_hash", "_position")]
        order = pl.DataFrame([*keys, *ties]).with_row_index("_i")
        assert order.height == frame.height
        return order.sort(order.columns[1:], descending=descending, nulls_last=True)["_i"]

    def first(self, table: str) -> pl.Series:
        """The first row of `table` for each row of its parent table; null when there is none."""
        if table not in self._firsts:
            parent = self.plans[table].parent
            assert parent is not None
            pairs = self.link(table).unique("_p", keep="first", maintain_order=True)
            rows = pl.DataFrame({"_p": pl.int_range(self.frames[parent].height, dtype=pl.UInt32, eager=True)})
            self._firsts[table] = rows.join(pairs, on="_p", how="left", maintain_order="left")["_t"]
        return self._firsts[table]

    def _has(self, cell: Cell) -> pl.Series:
        table, where = self.tests[cell.column]
        parent = self.plans[table].parent
        assert parent is not None
        pairs = self._passing(table, self.link(table), where)
        rows = pl.int_range(self.frames[parent].height, dtype=pl.UInt32, eager=True)
        return rows.is_in(pairs["_p"].unique().implode())


@dataclass(frozen=True, slots=True)
class Context:
    """The rows that one place of the mapping is evaluated over, and the row of each table that they see."""

    tables: Tables
    height: int
    rows: Mapping[str, Rows]

    @classmethod
    def of(cls, tables: Tables, table: str) -> Context:
        return cls(tables, tables.frames[table].height, {table: None})

    def rows_of(self, table: str) -> Rows:
        if table in self.rows:
            return self.rows[table]
        parent = self.tables.plans[table].parent
        assert parent is not None
        return _gather(self.tables.first(table), self.rows_of(parent))

    def pairs(self, table: str) -> pl.DataFrame:
        """All rows of `table` for each row here: `_base` (row here) and `_t`."""
        parent = self.tables.plans[table].parent
        assert parent is not None
        link, parents = self.tables.link(table), self.rows_of(parent)
        if parents is None:
            return link.rename({"_p": "_base"})
        here = pl.DataFrame({"_p": parents}).with_row_index("_base")
        return here.join(link, on="_p", how="inner", maintain_order="left_right").select("_base", "_t")

    def beside(self, table: str, pairs: pl.DataFrame) -> Context:
        """The context of `pairs`: one row for each, which sees its row of `table` and all that was seen here."""
        rows = {
            name: (pairs["_base"] if rows is None else rows.gather(pairs["_base"])) for name, rows in self.rows.items()
        }
        return Context(self.tables, pairs.height, rows | {table: pairs["_t"]})

    def select(self, expressions: Mapping[str, pl.Expr]) -> pl.DataFrame:
        """The expressions over these rows; constants are repeated."""
        columns = [self._column(cell) for cell in cells(expressions.values())]
        frame = pl.DataFrame([pl.int_range(self.height, eager=True).alias("_row"), *columns])
        return frame.with_columns(**expressions).select(list(expressions))

    def _column(self, cell: Cell) -> pl.Series:
        table = cell.table
        if cell.form is Form.HAS:
            parent = self.tables.plans[table].parent
            assert parent is not None
            table = parent
        found = _gather(self.tables.column(cell), self.rows_of(table))
        return found.fill_null(False).alias(cell.name) if cell.form is Form.HAS else found.alias(cell.name)


def _gather(values: pl.Series, rows: Rows) -> pl.Series:
    return values if rows is None else values.gather(rows)


def _trimmed(column: pl.Series) -> pl.Series:
    text = column.cast(pl.String).str.strip_chars()
    return text.to_frame("t").select(pl.when(pl.col("t") != "").then("t")).to_series()


def _without_placeholders(text: pl.Series) -> pl.Series:
    # The cleaners call a lone 1 a placeholder, but it is also a house number.
    frame = text.to_frame("t").with_columns(blank=blank_mask(text) & (text != "1").fill_null(True))
    return frame.select(pl.when(~pl.col("blank")).then("t")).to_series()


def raw_rows(tables: Tables, root: str, rows: pl.Series) -> pl.Series:
    """`{"<root stream>": {...}, "<child stream>": [{...}, ...]}` for each of `rows` (row numbers of the root)."""
    wanted = rows.unique().sort().alias("_p")
    frame = pl.DataFrame({"_p": wanted, "root": _json(tables.frames[root], wanted)})
    members = [_member(tables.plans[root].stream), pl.col("root")]
    told = {tables.plans[root].stream}
    for table, plan in tables.plans.items():
        if plan.parent is None or plan.stream in told or tables.frames[table].height == 0:
            continue
        told.add(plan.stream)
        pairs = _pairs(tables, table, root).filter(pl.col("_p").is_in(wanted.implode()))
        pairs = pairs.with_columns(_json(tables.frames[table], pairs["_t"]).alias(table))
        children = pairs.group_by("_p").agg(pl.col(table).str.join(","))
        frame = frame.join(children, on="_p", how="left", maintain_order="left")
        members += [_member(plan.stream, before=",", after="["), pl.col(table).fill_null(""), pl.lit("]")]
    whole = frame.select("_p", raw=pl.concat_str(pl.lit("{"), *members, pl.lit("}")))
    return pl.DataFrame({"_p": rows}).join(whole, on="_p", how="left", maintain_order="left")["raw"]


def _member(name: str, before: str = "", after: str = "") -> pl.Expr:
    return pl.lit(f"{before}{json.dumps(name, ensure_ascii=False)}:{after}")


def _json(frame: pl.DataFrame, rows: pl.Series) -> pl.Series:
    columns = [name for name in frame.columns if name not in LANDED]
    text = pl.struct(columns).struct.json_encode() if columns else pl.lit("{}")
    return frame[rows].with_columns(text.alias("_json"))["_json"]


def _pairs(tables: Tables, table: str, root: str) -> pl.DataFrame:
    """Every row of `table` with the root row that it belongs to, directly or through another table."""
    links, parent = tables.all_links(table), tables.plans[table].parent
    if parent == root or parent is None:
        return links
    above = _pairs(tables, parent, root).rename({"_t": "_m"})
    return links.rename({"_p": "_m"}).join(above, on="_m", how="inner", maintain_order="left").select("_p", "_t")
