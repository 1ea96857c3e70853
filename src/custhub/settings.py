"""One frozen settings object, read from the environment once and passed in."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from pydantic import BaseModel, ConfigDict


class Settings(BaseModel):
    """Where the project, its store and its files are. Built by `Settings.load`; nothing else reads CUSTHUB_*."""

    model_config = ConfigDict(frozen=True)

    project: Path
    database_url: str
    data: Path

    @classmethod
    def load(cls, project: Path | None = None, env: Mapping[str, str] | None = None) -> Settings:
        """Settings of the project in `project` (default: CUSTHUB_PROJECT, else the current folder).

        CUSTHUB_DATABASE_URL: the golden store, any SQLAlchemy URL of SQLite or PostgreSQL (default: a SQLite file in
        the data folder). CUSTHUB_DATA: batches, runs and models (default: `.custhub` in the project).
        """
        env = os.environ if env is None else env
        root = (project or Path(env.get("CUSTHUB_PROJECT") or ".")).resolve()
        data = Path(env.get("CUSTHUB_DATA") or root / ".custhub").resolve()
        url = env.get("CUSTHUB_DATABASE_URL") or f"sqlite:///{data / 'golden.db'}"
        return cls(project=root, database_url=url, data=data)
