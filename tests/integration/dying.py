"""A process that has imported the product, and forks one child per job in which a run or an undo is killed.

Reads jobs from standard input, one JSON object a line, and answers each with the child's exit code. It must not work
with polars itself: a fork takes no thread pool along.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas  # noqa: F401 -- these are imported here once instead of in every child
import psycopg  # noqa: F401

from custhub import pipeline, stewardship
from custhub.clean import KINDS, clean_value
from custhub.project import load_project
from custhub.settings import Settings
from custhub.store import Store

AT = datetime(2026, 1, 7, 8, 0, tzinfo=UTC)
SECONDS = 240
"""A child that hangs ends by SIGALRM."""


def die(*_: Any, **__: Any) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def dying_at(place: str) -> Callable[..., None]:
    """Lets the store die before or after a method of it, or gives a progress that dies at a step."""
    kind, _, what = place.partition(" ")
    if kind == "before":
        setattr(Store, what, die)
    elif kind == "after":
        real = getattr(Store, what)
        setattr(Store, what, lambda *args, **kwargs: (real(*args, **kwargs), die()))
    return lambda name, done, total=None: die() if place == f"step {name}" else None


def work(folder: str, url: str, place: str, undo: str | None) -> None:
    progress = dying_at(place)
    project = load_project(Settings(project=Path(folder), database_url=url, data=Path(folder) / ".custhub"))
    with Store.open(url) as store:
        store.migrate()
        hub = pipeline.Hub(project, store, progress)
        if undo:
            stewardship.undo(hub, undo, by="bert", at=AT)
        else:
            pipeline.run_all(hub, sources=None, at=AT, options=pipeline.Options())


def child(job: dict[str, Any]) -> None:
    """Never returns: what is raised is told in the job's file, and ends with code 1."""
    signal.alarm(SECONDS)
    errors = os.open(job.pop("errors"), os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(errors, 1)
    os.dup2(errors, 2)
    os.environ.update(job.pop("env"))
    code = 1
    try:
        work(**job)
        code = 0
    except Exception:
        sys.excepthook(*sys.exc_info())
    finally:
        sys.stderr.flush()
        os._exit(code)


def main() -> None:
    for kind in KINDS:
        clean_value(kind, "Anna")  # loads the words and readings
    for line in sys.stdin:
        pid = os.fork()
        if not pid:
            child(json.loads(line))
        print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), flush=True)


if __name__ == "__main__":
    main()
