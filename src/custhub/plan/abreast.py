"""Several frames in one Parquet file, side by side: one write that is there whole or not at all, and no frame as text."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import polars as pl

_HEIGHTS = "custhub.heights"
_OF = "."
_GROUP = 50_000  # rows; larger groups take longer to write


def write_abreast(path: Path, frames: Mapping[str, pl.DataFrame], metadata: Mapping[str, str]) -> None:
    """Writes the frames' columns as `<frame>.<column>`; the shorter ones end in nulls, which take no room."""
    named = [
        frame.rename({column: f"{name}{_OF}{column}" for column in frame.columns}) for name, frame in frames.items()
    ]
    heights = json.dumps({name: frame.height for name, frame in frames.items()})
    table = pl.concat(named, how="horizontal_extend")
    table.write_parquet(
        path,
        compression="lz4",
        statistics=False,
        row_group_size=_GROUP,
        metadata={**metadata, _HEIGHTS: heights},
    )


def read_abreast(path: Path) -> dict[str, pl.DataFrame] | None:
    """The frames that `write_abreast` wrote; None when the file is another Parquet file."""
    heights = pl.read_parquet_metadata(path).get(_HEIGHTS)
    if heights is None:
        return None
    table = pl.read_parquet(path)
    frames = {}
    for name, height in json.loads(heights).items():
        columns = {column: column.removeprefix(name + _OF) for column in table.columns if column.startswith(name + _OF)}
        frames[name] = table.select(list(columns)).head(height).rename(columns)
    return frames
