"""Extraction: the rows of one source, landed as they came."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, assert_never

from custhub.extract.files import extract_files
from custhub.extract.job import Drift, Job
from custhub.extract.landing import LandedStream, Landing
from custhub.extract.secrets import Secrets
from custhub.extract.spec import (
    ColumnarConnector,
    Connector,
    CsvConnector,
    Deletes,
    ExcelConnector,
    FixedWidthConnector,
    Mode,
    SqlConnector,
)
from custhub.extract.sql import extract_sql
from custhub.progress import Progress, silent


@dataclass(frozen=True, slots=True)
class Extraction:
    """What one extraction brought.

    `full`: the landed rows are all rows of the source. `keys`: Parquet with column `_key`, all root keys that are
    present at the source as far as they can be read; None when that is not known, `keys_in_doubt`: because a list of
    keys holds one that cannot be read. `deleted`: Parquet with column `_key`, keys that a delta file
    says are gone; None when the source tells no such thing. `state` is to be stored once the rows are safe.
    """

    source: str
    full: bool
    streams: Mapping[str, LandedStream]
    root: str
    keys: Path | None
    unreadable: Path
    unreadable_rows: int
    state: dict[str, Any]
    drift: tuple[Drift, ...]
    deleted: Path | None
    keys_in_doubt: bool


def extract(
    connector: Connector,
    folder: Path,
    *,
    base: Path,
    state: Mapping[str, Any],
    full: bool = False,
    secrets: Secrets,
    progress: Progress = silent,
) -> Extraction:
    """Lands what the source has (`full`) or what changed since `state`, in `folder`.

    `base` is where relative paths of the declaration begin. Raises SourceError, and StoreError for a full disk;
    nothing is left in `folder` then.
    """
    landing = Landing(folder, connector.source, connector.root)
    try:
        match connector:
            case SqlConnector():
                outcome = extract_sql(Job(connector, base, landing, state, full, secrets, progress))
                keys_of_root = outcome.full and connector.deletes is not Deletes.NEVER
            case CsvConnector() | FixedWidthConnector() | ExcelConnector() | ColumnarConnector():
                outcome = extract_files(Job(connector, base, landing, state, full, secrets, progress))
                keys_of_root = connector.mode is Mode.SNAPSHOT
            case _:
                assert_never(connector)
        landed = landing.finish(keys_of_root=keys_of_root, deleted=outcome.deleted)
    except BaseException:
        landing.discard()
        raise
    return Extraction(
        source=connector.source,
        full=outcome.full,
        root=connector.root,
        state={"version": 1, "streams": outcome.state},
        drift=tuple(outcome.drift),
        **landed,
    )
