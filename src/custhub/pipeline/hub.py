"""What every step gets: the project, its open store, and whom to tell how far it is."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from custhub.pipeline.folders import Folder
from custhub.progress import Progress, silent
from custhub.project import Project
from custhub.store import Store


@dataclass(frozen=True, slots=True)
class Hub:
    """A project at work."""

    project: Project
    store: Store
    progress: Progress = silent

    @property
    def data(self) -> Path:
        return self.project.settings.data

    def batch_folder(self, batch_id: str) -> Folder:
        return Folder(self.data / "batches" / batch_id)

    def run_folder(self, run_id: str) -> Folder:
        return Folder(self.data / "runs" / run_id)
