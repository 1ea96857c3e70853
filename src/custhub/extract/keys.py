"""Keys of rows: one or more columns as text, joined."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from custhub.extract.spec import KeyCase, Stream

SEPARATOR = "|"


@dataclass(frozen=True, slots=True)
class KeyRule:
    """How a key is made of a row; a key only changes its look when the connector says so."""

    columns: tuple[str, ...]
    case: KeyCase | None = None
    strip: bool = False

    @property
    def text(self) -> pl.Expr:
        """The key; null when a part is null."""
        return pl.concat_str([self._part(column) for column in self.columns], separator=SEPARATOR)

    @property
    def missing(self) -> pl.Expr:
        """Whether a part of the key is null or blank."""
        return pl.any_horizontal(pl.col(c).is_null() | (pl.col(c).str.strip_chars() == "") for c in self.columns)

    @property
    def ambiguous(self) -> pl.Expr:
        """Whether two keys of several columns could become the same text."""
        if len(self.columns) == 1:
            return pl.lit(value=False)
        return pl.any_horizontal(pl.col(c).str.contains(SEPARATOR, literal=True) for c in self.columns)

    def of_rows(self, rows: Sequence[Mapping[str, str]]) -> list[str | None]:
        """The keys of rows of which some columns are known; None where a part is not, is blank or holds the separator."""
        known = {column: [row.get(column) for row in rows] for column in self.columns}
        frame = pl.DataFrame(known, schema=dict.fromkeys(self.columns, pl.String()))
        return frame.select(pl.when(~self.missing & ~self.ambiguous).then(self.text)).to_series().to_list()

    def _part(self, column: str) -> pl.Expr:
        part = pl.col(column).str.strip_chars(" ") if self.strip else pl.col(column)
        match self.case:
            case KeyCase.UPPER:
                return part.str.to_uppercase()
            case KeyCase.LOWER:
                return part.str.to_lowercase()
            case None:
                return part


def key_rule(stream: Stream) -> KeyRule:
    """How a stream's keys are made; child streams without an own key are named by their parent's."""
    return KeyRule(stream.key or stream.parent, stream.key_case, stream.strip)


def parent_rule(stream: Stream, root: Stream) -> KeyRule | None:
    """How the root's key is made of a child's row: as in the root."""
    return KeyRule(stream.parent, root.key_case, root.strip) if stream.parent else None
