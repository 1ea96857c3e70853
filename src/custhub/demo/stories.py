"""A few hand-written customers that stand in every demo, for the README, the docs and the tests to point at."""

from __future__ import annotations

from typing import Any

import polars as pl
import yaml

from custhub.demo.facts import data_file


def stories(schema: pl.Schema, day: int) -> pl.DataFrame:
    """The records of `data/stories.yml` as a frame of `schema`."""
    written = yaml.safe_load(data_file("stories.yml"))
    news = written["day_2"] if day == 2 else {}
    rows = [
        {"record_key": row["key"], "script": "latin"} | row | news.get(row["key"], {}) for row in written["records"]
    ]
    blank: dict[str, Any] = {
        name: "" if dtype == pl.String else False if dtype == pl.Boolean else -1 for name, dtype in schema.items()
    }
    unknown = {name for row in rows for name in row} - set(schema)
    assert not unknown, f"columns that records do not have: {sorted(unknown)}"
    return pl.DataFrame([blank | row for row in rows], schema=schema, orient="row")
