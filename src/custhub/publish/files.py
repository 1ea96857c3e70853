"""The target that every CRM can read: files of changes in a folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import polars as pl
from pydantic import Field

from custhub.declaration import Spec
from custhub.errors import StoreError
from custhub.whole import whole


class FileTarget(Spec):
    """A folder that gets one JSON Lines file per run with changes, named by the first and last number in it."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$", description="names the target's cursor: keep it")
    folder: str = Field(description="relative to the project")


@dataclass(frozen=True, slots=True)
class Published:
    """What a target got; `upto` is its new cursor."""

    target: str
    file: str | None
    events: int
    upto: int


def write_changes(target: FileTarget, base: Path, feed: pl.DataFrame, since: int) -> Published:
    """Writes `feed` (events after `since`, in order; documents as JSON text) whole or not at all.

    The name follows from the numbers, so that a repeated push writes the same file again.
    """
    if feed.is_empty():
        return Published(target.name, None, 0, since)
    first, last = int(feed["seq"][0]), int(feed["seq"][-1])
    path = base / target.folder / f"changes-{first:012d}-{last:012d}.jsonl"
    try:
        with whole(path) as part:
            feed.write_ndjson(part)
    except OSError as e:
        raise StoreError(f"publish {target.name}", e.strerror or "cannot be written", "free disk space") from e
    return Published(target.name, path.name, feed.height, last)
