"""Between Airflow's way to call a task and the engine's: who calls, and what an error means for retries."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from airflow.sdk.exceptions import AirflowFailException, AirflowNotFoundException

from custhub.dagkit.steps import Call
from custhub.errors import CusthubError, LeaseHeldError


def call_of(project: str | Path, context: Any) -> Call:
    """The call that a task's context stands for. A retry of the task, and each task of a run, get the same one."""
    run = context["dag_run"]
    return Call(Path(project), run.run_after, f"airflow {run.dag_id} {run.run_id}")


@contextmanager
def translated() -> Iterator[None]:
    """Errors that time may heal reach Airflow as they are, to be retried; all others fail the task at once."""
    try:
        yield
    except CusthubError as e:
        if isinstance(e, LeaseHeldError) or getattr(e, "retryable", False):
            raise
        raise AirflowFailException(str(e)) from e


def lend_connection(name: str | None) -> None:
    """Makes an Airflow connection readable for the engine, which knows the environment only."""
    if name is None or "://" in name:
        return
    if os.environ.get(f"CUSTHUB_CONN_{name.upper()}") or os.environ.get(f"AIRFLOW_CONN_{name.upper()}"):
        return
    from airflow.sdk import Connection

    try:
        found = Connection.get(name)
    except AirflowNotFoundException:
        return  # the engine says which name is missing and where to set it
    os.environ[f"AIRFLOW_CONN_{name.upper()}"] = found.as_json()
