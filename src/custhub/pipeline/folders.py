"""Where a batch and a run keep their files: Parquet in one folder each, so that every step can be repeated."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from custhub.errors import StoreError


@dataclass(frozen=True, slots=True)
class Folder:
    """A folder of Parquet frames. A frame is either there whole or not at all."""

    path: Path

    def file(self, name: str) -> Path:
        return self.path / f"{name}.parquet"

    def has(self, name: str) -> bool:
        return self.file(name).exists()

    def write(self, name: str, frame: pl.DataFrame) -> None:
        with self.whole(name) as part:
            frame.write_parquet(part, compression="zstd", compression_level=1)

    def read(self, name: str) -> pl.DataFrame:
        return pl.read_parquet(self.file(name))

    @contextmanager
    def whole(self, name: str) -> Iterator[Path]:
        """A path to write to; it becomes the frame when the block ends well, by one rename."""
        self.path.mkdir(parents=True, exist_ok=True)
        part = self.path / f".{name}.part"
        try:
            yield part
            part.replace(self.file(name))
        except OSError as e:
            part.unlink(missing_ok=True)
            raise StoreError(f"folder {self.path.name}", e.strerror or "cannot be written", "free disk space") from e
