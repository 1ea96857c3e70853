"""What every step gets: the project, its open store, whom to tell how far it is, and the folders of batches and runs."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from custhub.errors import StoreError
from custhub.progress import Progress, silent
from custhub.project import Project, load_project
from custhub.settings import Settings
from custhub.store import Store
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


@dataclass(frozen=True, slots=True)
class Hub:
    """A project at work."""

    project: Project
    store: Store
    progress: Progress = silent

    @classmethod
    def open(cls, settings: Settings, progress: Progress = silent) -> Hub:
        """The project with its store, made or migrated where needed. Who opens it closes the store."""
        project = load_project(settings)
        settings.data.mkdir(parents=True, exist_ok=True)
        with ExitStack() as stack:
            store = stack.enter_context(Store.open(settings.database_url))
            store.migrate()
            stack.pop_all()
        return cls(project, store, progress)

    @property
    def data(self) -> Path:
        return self.project.settings.data

    def batch_folder(self, batch_id: str) -> Folder:
        return Folder(self.data / "batches" / batch_id)

    def run_folder(self, run_id: str) -> Folder:
        return Folder(self.data / "runs" / run_id)
