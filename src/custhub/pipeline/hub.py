"""What every step gets: the project, its open store, and whom to tell how far it is."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from custhub.pipeline.folders import Folder
from custhub.progress import Progress, silent
from custhub.project import Project, load_project
from custhub.settings import Settings
from custhub.store import Store


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
