"""A project of a CSV file, a fixed-width file and a database, for sources that break."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

NAMES = ["Anna Schulze", "Bernd Krause", "Carla Vogt", "Dieter Lang", "Eva Brandt", "Frank Seidel", "Gerda Pohl"]
WIDTHS = {"id": 6, "kind": 1, "name": 30, "born": 10, "phone": 20, "email": 40, "street": 30, "city": 20, "zip": 6}
LEGACY = f"""
source: legacy
kind: fixed_width
delete_limit: 1
streams:
  customer:
    path: legacy.txt
    key: id
    strip: true
    encoding: gb18030
    columns: {WIDTHS}
    trailer: {{pattern: 'END (\\d+)'}}
"""


class ThreeSystems:
    """The project, with day 1 of five customers per system applied."""

    NAMES = NAMES

    def __init__(self, small: Any, person: Any) -> None:
        self.small, self.person, self.folder = small, person, small.folder

    def day1(self) -> None:
        small = self.small
        small.declare("connectors/legacy.yml", LEGACY)
        mapping = (small.MAPPING % "legacy").replace("  source_updated_at: changed\n", "")
        small.declare("mappings/legacy.customer.yml", mapping)
        small.declare("connectors/shop.yml", small.SHOP.replace(", allow_empty: true", ""))
        self.good(NAMES[:5])
        self.run()

    def good(self, names: list[str]) -> None:
        self.small.shop([self.person(f"S{i}", name) for i, name in enumerate(names)])
        (self.folder / "legacy.txt").write_bytes(self.fixed(names))
        self.small.erp([self.person(f"E{i}", name) for i, name in enumerate(names)])

    def fixed(self, names: list[str]) -> bytes:
        rows = [self.person(f"L{i}", name) for i, name in enumerate(names)]
        lines = ["".join(row[n].ljust(w) for n, w in WIDTHS.items()) for row in rows]
        return "\n".join([*lines, f"END {len(rows)}", ""]).encode("gb18030")

    def run(self) -> Any:
        return self.small.run()

    def csv_text(self) -> str:
        return (self.folder / "shop.csv").read_text(encoding="utf-8")

    def write_csv(self, text: str, encoding: str = "utf-8") -> None:
        (self.folder / "shop.csv").write_bytes(text.encode(encoding))

    def next_day(self) -> datetime:
        return datetime(2026, 1, 5, 8, tzinfo=UTC) + timedelta(days=self.small.day + 1)

    def state_of(self, source: str) -> Any:
        """All that an extraction could change."""
        with self.small.hub() as hub:
            rows, state = hub.store.rows(source).sort("row_key").rows(), hub.store.source_state(source)
            return hub.store.head(), state, rows, [b.batch_id for b in hub.store.batches(source=source)]

    def custhub(self, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
        """What the command line says, at the next day's time."""
        command = [str(Path(sys.executable).with_name("custhub")), *words, "--project", str(self.folder)]
        given = {"CUSTHUB_DATABASE_URL": self.small.url, "CUSTHUB_NOW": "2026-01-09T08:00:00+00:00", **env}
        return subprocess.run(
            command, env={**os.environ, **given}, capture_output=True, text=True, timeout=300, check=False
        )


@pytest.fixture
def three(new_project: Any, person: Any, kept: Any) -> ThreeSystems:
    made = ThreeSystems(new_project(), person)
    kept.bring(made.small, "three_systems", made.day1)
    return made
