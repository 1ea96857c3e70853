"""Extraction: the rows of one source, landed as they came."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, assert_never

from custhub.extract.files import extract_files
from custhub.extract.job import Job
from custhub.extract.landing import Extraction, Landing
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
        return landing.finish(outcome, keys_of_root=keys_of_root)
    except BaseException:
        landing.discard()
        raise
