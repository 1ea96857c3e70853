"""Extraction: the rows of one source, landed as they came."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, assert_never

from custhub.extract.drift import Drift
from custhub.extract.files import Job, extract_files
from custhub.extract.landing import Landed, LandedStream, Landing
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
from custhub.extract.sql import SqlJob, extract_sql
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
    deleted: Path | None = None
    keys_in_doubt: bool = False


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
                return _from_database(SqlJob(connector, base, landing, state, full, secrets, progress))
            case CsvConnector() | FixedWidthConnector() | ExcelConnector() | ColumnarConnector():
                return _from_files(Job(connector, base, landing, state, full, progress))
            case _:
                assert_never(connector)
    except BaseException:
        landing.discard()
        raise


def _from_files(job: Job) -> Extraction:
    outcome = extract_files(job)
    snapshot = job.connector.mode is Mode.SNAPSHOT
    landed = job.landing.finish(keys_of_root=snapshot, deleted=outcome.deleted)
    full = snapshot or job.full or not job.state
    return _extraction(job.connector, landed, outcome.state, outcome.drift, full=full)


def _from_database(job: SqlJob) -> Extraction:
    outcome = extract_sql(job)
    keys_of_root = outcome.full and job.connector.deletes is not Deletes.NEVER
    landed = job.landing.finish(keys_of_root=keys_of_root)
    return _extraction(job.connector, landed, outcome.state, outcome.drift, full=outcome.full)


def _extraction(
    connector: Connector, landed: Landed, state: dict[str, Any], drift: list[Drift], *, full: bool
) -> Extraction:
    return Extraction(
        source=connector.source,
        full=full,
        streams=landed.streams,
        root=connector.root,
        keys=landed.keys,
        unreadable=landed.unreadable,
        unreadable_rows=landed.unreadable_rows,
        state={"version": 1, **state},
        drift=tuple(drift),
        deleted=landed.deleted,
        keys_in_doubt=landed.keys_in_doubt,
    )
