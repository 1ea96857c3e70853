"""What the commands share: options, the open hub, the clock."""

from __future__ import annotations

import getpass
import os
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime, timedelta
from pathlib import Path

from custhub.cli.output import TerminalProgress
from custhub.pipeline import Hub
from custhub.settings import Settings

LEASE = timedelta(minutes=5)


def now() -> datetime:
    """The command line's clock: logical time of what it starts. CUSTHUB_NOW (ISO 8601) sets it, to repeat a run."""
    fixed = os.environ.get("CUSTHUB_NOW")
    return datetime.fromisoformat(fixed) if fixed else datetime.now(UTC)


def user() -> str:
    """Who types: CUSTHUB_USER, else the login name."""
    return os.environ.get("CUSTHUB_USER") or getpass.getuser()


@contextmanager
def open_hub(project: Path | None, *, holder: str | None = None) -> Iterator[Hub]:
    """The project with its store, up to date. With `holder`, the run lease is held meanwhile, as `custhub <holder>`."""
    progress = TerminalProgress()
    try:
        hub = Hub.open(Settings.load(project), progress)
        with hub.store, hub.store.lease(f"custhub {holder} {os.getpid()}", LEASE) if holder else nullcontext():
            yield hub
    finally:
        progress.stop()
