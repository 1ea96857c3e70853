"""A project folder in which connectors are extracted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from textwrap import dedent
from typing import Any

import polars as pl
import pytest

from custhub import declaration
from custhub.extract import Connector, Extraction, environment_secrets, extract, load_connector


@dataclass
class Project:
    base: Path
    env: dict[str, str] = field(default_factory=dict)
    runs: int = 0

    def connector(self, text: str) -> Connector:
        text = dedent(text)
        name = text.split("source:")[1].split()[0]
        return load_connector(declaration.parse(text, f"connectors/{name}.yml"))

    def run(self, text: str, state: Mapping[str, Any] | None = None, *, full: bool = False) -> Extraction:
        self.runs += 1
        secrets = environment_secrets(self.env)
        folder = self.base / f"run{self.runs}"
        return extract(self.connector(text), folder, base=self.base, state=state or {}, full=full, secrets=secrets)

    def write(self, name: str, data: bytes | str) -> Path:
        path = self.base / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data.encode() if isinstance(data, str) else data)
        return path

    def rows(self, extraction: Extraction, stream: str | None = None) -> pl.DataFrame:
        return pl.read_parquet(extraction.streams[stream or extraction.root].path)

    def bad(self, extraction: Extraction) -> list[dict[str, Any]]:
        return pl.read_parquet(extraction.unreadable).to_dicts()

    def rules(self, extraction: Extraction) -> list[tuple[int, str]]:
        """Position and last word of the rule of each unreadable row."""
        return sorted((row["position"], row["rule_id"].rsplit(".", 1)[1]) for row in self.bad(extraction))

    def keys(self, extraction: Extraction) -> list[str]:
        assert extraction.keys is not None
        return sorted(pl.read_parquet(extraction.keys)["_key"])


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)
