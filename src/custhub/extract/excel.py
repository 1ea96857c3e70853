"""Sheets of workbooks, read by calamine."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook, PasswordError, WorksheetNotFound, ZipError

from custhub.extract.chunks import Chunk, ChunkBuilder, text_of
from custhub.extract.job import Place
from custhub.extract.spec import ExcelStream

_CELL_BYTES = 16


@dataclass(frozen=True, slots=True)
class ExcelReader:
    """Reads the workbooks of a stream. A row's position is its number in the sheet."""

    spec: ExcelStream
    place: Place

    def columns(self, path: Path) -> dict[str, str]:
        return dict.fromkeys((name for name in self._names(self._rows(path)) if name), "")

    def chunks(self, path: Path) -> Iterator[Chunk]:
        rows = self._rows(path)
        names = self._names(rows)
        kept = [i for i, name in enumerate(names) if name]
        builder = ChunkBuilder([names[i] for i in kept])
        for number, row in enumerate(rows[self.spec.header_row :], self.spec.header_row + 1):
            cells = [_cell(row[i]) if i < len(row) else None for i in kept]
            if any(cell is not None for cell in cells):
                builder.add(number, cells, _CELL_BYTES * len(cells))
            if builder.full:
                yield builder.take()
        yield builder.take()

    def _rows(self, path: Path) -> list[list[Any]]:
        try:
            with CalamineWorkbook.from_path(path) as book:
                sheet = self.spec.sheet
                found = book.get_sheet_by_index(sheet) if isinstance(sheet, int) else book.get_sheet_by_name(sheet)
                rows: list[list[Any]] = found.to_python(skip_empty_area=False)
                return rows
        except WorksheetNotFound:
            raise self.place.error(f"there is no sheet {self.spec.sheet}", "correct `sheet`") from None
        except PasswordError:
            raise self.place.error("the workbook has a password", "have it sent without") from None
        except (CalamineError, ZipError):
            hint = "the file is damaged, cut off or no workbook: have it sent again"
            raise self.place.error("the workbook cannot be read", hint, retryable=True) from None

    def _names(self, rows: list[list[Any]]) -> list[str]:
        """The columns' names by place; empty where a column has neither name nor values."""
        header, width = self.spec.header_row, max(map(len, rows), default=0)
        if not header:
            declared = list(self.spec.columns or ())
            return declared + [f"column_{i + 1}" if _filled(rows, i) else "" for i in range(len(declared), width)]
        if len(rows) < header:
            raise self.place.error(f"has no row {header} with column names", "correct `header_row` or `sheet`")
        names = [(text_of(cell) or "").strip() for cell in rows[header - 1]]
        names = [name or (f"column_{i + 1}" if _filled(rows[header:], i) else "") for i, name in enumerate(names)]
        twice = sorted({name for name in names if name and names.count(name) > 1})
        if twice:
            raise self.place.error(f"the header names {', '.join(twice[:5])} twice", "rename one of them")
        return names


def _cell(value: object) -> str | None:
    return None if value == "" else text_of(value)


def _filled(rows: list[list[Any]], column: int) -> bool:
    return any(column < len(row) and row[column] != "" for row in rows)
