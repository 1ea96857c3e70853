"""Examples of a mapping: rows in, customers out, kept beside the mapping as `tests/declarations/<source>.customer.yml`.

The rows are made up, so mismatches may show values.
"""

from __future__ import annotations

import json
from collections.abc import Mapping as Mapping_
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl
from pydantic import Field

from custhub.declaration import Path_, Source, Spec, check, did_you_mean
from custhub.errors import CusthubError, Mistake
from custhub.mapping.compiled import Mapped, Mapping
from custhub.mapping.scope import Cell, Form, cells
from custhub.mapping.spec import Text
from custhub.model.customer import Customer
from custhub.model.frames import CUSTOMER
from custhub.model.hashing import hash_rows

_SPECIAL = ("_key", "_parent")


class RejectedSpec(Spec):
    """A record that must be rejected by a rule."""

    key: Text | None = None
    rule: Text = Field(description="such as mapping.birth_date.not_a_date")


class ExcludedSpec(Spec):
    """A row that a filter must leave out."""

    key: Text
    filter: Text


class ExampleSpec(Spec):
    """Rows by stream, and all that must come of them. Of each customer only the given fields are compared."""

    name: str
    rows: dict[str, list[dict[str, Text | None]]]
    customers: list[dict[str, Any]] = Field(default=[], description="by dotted path or nested; `key` tells which")
    rejected: list[RejectedSpec] = Field(default=[])
    excluded: list[ExcludedSpec] = Field(default=[])
    unknown_codes: dict[str, list[Text]] | None = Field(default=None, description="codes by list")
    issues: list[Text] | None = Field(default=None, description="rules of values that were let through")


class ExamplesSpec(Spec):
    """`tests/declarations/<source>.customer.yml`."""

    source: str | None = None
    examples: list[ExampleSpec]


@dataclass(frozen=True, slots=True)
class Keys:
    """Key columns by stream and the columns that hold the parent's key, as the connector declares them."""

    own: Mapping_[str, Sequence[str]]
    parent: Mapping_[str, Sequence[str]]


def run_examples(
    mapping: Mapping,
    source: Source,
    *,
    keys: Mapping_[str, Sequence[str]] | None = None,
    parents: Mapping_[str, Sequence[str]] | None = None,
) -> list[Mistake]:
    """Mismatches, each at its line; none when all examples pass.

    `keys` and `parents` are the connector's key columns by stream, and the columns that hold the parent's key. A row
    may name its `_key` and `_parent` itself; without either, keys count from 1 and children belong to the only row.
    Raises ConfigError when the file is malformed.
    """
    spec = check(source, ExamplesSpec)
    landing = Keys(keys or {}, parents or {})
    mistakes: list[Mistake] = []
    for i, example in enumerate(spec.examples):
        mistakes += _Run(mapping, source, example, ("examples", i)).mismatches(landing)
    return mistakes


class _Run:
    def __init__(self, mapping: Mapping, source: Source, example: ExampleSpec, path: Path_) -> None:
        self.mapping, self.source, self.example, self.path = mapping, source, example, path
        self.found: list[Mistake] = []

    def mismatches(self, keys: Keys) -> list[Mistake]:
        landed = self._landed(keys)
        if self.found:
            return self.found
        try:
            mapped = self.mapping.apply(landed, batch_id="example")
        except CusthubError as e:
            self._tell((), str(e))
            return self.found
        example = self.example
        self._customers(mapped)
        rejected = mapped.rejected.select("key", "rule_id").rows()
        self._taken_out("rejected", [(one.key, one.rule) for one in example.rejected], rejected)
        excluded = mapped.excluded.select("row_key", "filter").rows()
        self._taken_out("excluded", [(one.key, one.filter) for one in example.excluded], excluded)
        codes = mapped.unknown_codes.sort("code").group_by("list", maintain_order=True).agg("code").rows()
        wanted = example.unknown_codes and {name: sorted(texts) for name, texts in example.unknown_codes.items()}
        self._same("unknown_codes", wanted, dict(codes))
        self._same("issues", example.issues and sorted(example.issues), sorted(mapped.issues["rule_id"]))
        return self.found

    def _tell(self, path: Path_, problem: str, hint: str = "") -> None:
        name = f"example {self.example.name!r}: "
        self.found.append(self.source.mistake((*self.path, *path), name + problem, hint))

    def _landed(self, keys: Keys) -> dict[str, pl.DataFrame]:
        wanted = _columns(self.mapping)
        frames: dict[str, pl.DataFrame] = {}
        root = self.mapping.plans[self.mapping.root].stream
        for stream in sorted(self.example.rows, key=lambda s: s != root):
            rows = self.example.rows[stream]
            if stream not in self.mapping.streams:
                self._tell(
                    ("rows", stream),
                    f"the mapping reads no stream {stream}",
                    did_you_mean(stream, self.mapping.streams),
                )
                continue
            names = sorted({*wanted.get(stream, ()), *(name for row in rows for name in row)} - {*_SPECIAL})
            frame = pl.DataFrame(
                {n: [row.get(n) for row in rows] for n in names},
                schema=dict.fromkeys(names, pl.String()),
                height=len(rows),
            )
            own = [_key(row, keys.own.get(stream), "_key") or str(i) for i, row in enumerate(rows, 1)]
            parents = [None] * len(rows) if stream == root else self._parents(stream, rows, keys, frames.get(root))
            frames[stream] = frame.with_columns(
                pl.Series("_position", range(1, len(rows) + 1), dtype=pl.Int64),
                pl.lit("example").alias("_file"),
                pl.Series("_key", own, dtype=pl.String),
                pl.Series("_parent", parents, dtype=pl.String),
                hash_rows(frame).alias("_hash"),
            )
        if root not in frames:
            self._tell(("rows",), f"has no rows of the root stream {root}")
        return frames

    def _parents(
        self, stream: str, rows: list[dict[str, str | None]], keys: Keys, root: pl.DataFrame | None
    ) -> list[str | None]:
        only = root["_key"][0] if root is not None and root.height == 1 else None
        found = [_key(row, keys.parent.get(stream), "_parent") or only for row in rows]
        linked = any(plan.stream == stream and not plan.on and plan.parent for plan in self.mapping.plans.values())
        for i, parent in enumerate(found):
            if parent is None and linked:
                self._tell(("rows", stream, i), "does not say whose row it is", "add `_parent: <key of the row>`")
        return found

    def _customers(self, mapped: Mapped) -> None:
        got = {document["key"]: document for document in _documents(mapped.customers)}
        free = [key for key in got if key not in {one.get("key") for one in self.example.customers}]
        for i, expected in enumerate(self.example.customers):
            key = expected.get("key") or (free.pop(0) if free else None)
            if key not in got:
                why = mapped.rejected.filter(pl.col("key") == str(key))["rule_id"].to_list()
                more = f"it was rejected: {', '.join(why)}" if why else f"there are: {', '.join(got) or 'none'}"
                self._tell(("customers", i), f"no customer {key or ''}".rstrip(), more)
                continue
            for path, want, have in _differences(expected, got[key]):
                shown = json.dumps(want, ensure_ascii=False), json.dumps(have, ensure_ascii=False)
                self._tell(("customers", i, *path), f"expected {shown[0]}, got {shown[1]}")
        for key in free:
            self._tell(("customers",), f"customer {key} was not expected", "list it, or correct the mapping")

    def _taken_out(self, part: str, want: list[tuple[str | None, str]], got: list[tuple[str, str]]) -> None:
        """What was rejected or excluded, as key and rule; without a key any will do."""
        for i, (key, rule) in enumerate(want):
            fits = [one for one in got if one[1] == rule and key in (None, one[0])]
            if fits:
                got.remove(fits[0])
            else:
                self._tell((part, i), f"{key} was not {part} by {rule}" if key else f"nothing was {part} by {rule}")
        for key, rule in got:
            self._tell((part,), f"{key} was {part} by {rule}", "list it, or correct the mapping")

    def _same(self, part: str, want: object, have: object) -> None:
        if want is not None and want != have:
            self._tell((part,), f"expected {part.replace('_', ' ')} {want}, got {have}")


def _columns(mapping: Mapping) -> dict[str, set[str]]:
    """All columns that the mapping may ask for: an example needs to give only those that matter to it."""
    found: dict[str, set[str]] = {}

    def add(cell: Cell) -> None:
        if cell.form is not Form.HAS:
            found.setdefault(mapping.plans[cell.table].stream, set()).add(cell.column)

    for cell in cells(mapping.expressions()):
        add(cell)
    for plan in mapping.plans.values():
        for theirs, own in plan.on:
            add(Cell(Form.TEXT, plan.parent or mapping.root, theirs))
            add(Cell(Form.TEXT, plan.name, own))
        for column, _, _ in plan.order:
            add(Cell(Form.TEXT, plan.name, column))
    return found


def _key(row: dict[str, str | None], columns: Sequence[str] | None, special: str) -> str | None:
    if row.get(special) is not None or not columns:
        return row.get(special)
    return "|".join(row.get(column) or "" for column in columns)


def _documents(customers: pl.DataFrame) -> list[dict[str, Any]]:
    texts = customers.select("key", pl.struct("key", *CUSTOMER.names()).struct.json_encode().alias("doc"))
    documents = [json.loads(text) for text in texts["doc"]]
    for document in documents:
        document["extra"] = json.loads(document["extra"])
    return documents


def _differences(want: Any, have: Any, path: Path_ = ()) -> list[tuple[Path_, Any, Any]]:
    if isinstance(want, dict) and isinstance(have, dict):
        found: list[tuple[Path_, Any, Any]] = []
        for name, value in want.items():
            found += _differences(value, _at(have, name, bool(path)), (*path, name))
        return found
    if isinstance(want, list) and isinstance(have, list) and len(want) == len(have):
        return [d for i, pair in enumerate(zip(want, have, strict=True)) for d in _differences(*pair, (*path, i))]
    return [] if want == have else [(path, want, have)]


def _at(document: dict[str, Any], name: str, nested: bool) -> Any:
    """The value at a dotted path; names with dots exist only in `extra`."""
    if nested or name in document:
        return document.get(name, None if nested or name in Customer.model_fields else _NO_FIELD)
    head, _, tail = name.partition(".")
    inner = document.get(head)
    return _at(inner, tail, True) if isinstance(inner, dict) else _NO_FIELD


_NO_FIELD = "(no such field)"
