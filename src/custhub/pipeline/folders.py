"""Where a batch and a run keep their files: Parquet in one folder each, so that every step can be repeated."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from custhub.errors import StoreError
from custhub.whole import whole


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
        try:
            return pl.read_parquet(self.file(name))
        except FileNotFoundError:
            hint = "see that CUSTHUB_DATA names the folder of the runs before, and bring back what was in it"
            raise StoreError(f"folder {self.path.name}", f"{name}.parquet is not there any more", hint) from None

    @contextmanager
    def whole(self, name: str) -> Iterator[Path]:
        """A path to write to; it becomes the frame when the block ends well."""
        try:
            with whole(self.file(name)) as part:
                yield part
        except (OSError, pl.exceptions.ComputeError) as e:  # Polars does not tell a full disk by an OSError
            said = e.strerror if isinstance(e, OSError) else None
            problem = f"cannot be written: {said or 'the disk is probably full'}"
            hint = "free some space, or look at the folder's rights, and run again"
            raise StoreError(f"folder {self.path.name}", problem, hint, retryable=True) from e
