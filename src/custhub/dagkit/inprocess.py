"""Runs the project's real DAGs in this process: no server, no scheduler; for the demo and for tests."""

from __future__ import annotations

import functools
import io
import logging
import os
import re
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from custhub.dagkit.home import environment
from custhub.dagkit.timetable import GOLDEN_DAG
from custhub.errors import ConfigError, CusthubError, Mistake, StoppedForPersonError

Say = Callable[[str], None]
APPROVAL = "approval"


@dataclass(frozen=True, slots=True)
class TaskRun:
    """How one task ended, and what it reported."""

    dag_id: str
    task_id: str
    state: str
    seconds: float
    report: dict[str, Any]

    def __str__(self) -> str:
        figures = ", ".join(f"{name} {_short(value)}" for name, value in self.report.items() if _tells(name, value))
        return f"{self.dag_id:28} {self.task_id:15} {self.state:8} {self.seconds:6.1f} s  {figures}".rstrip()


class DagFailedError(CusthubError):
    """A task of a DAG failed."""

    def __init__(self, dag_id: str, task_id: str, why: str) -> None:
        self.dag_id, self.task_id, self.why = dag_id, task_id, why
        super().__init__(f"task {task_id} of DAG {dag_id} failed: {why}")


def run_dags(project: Path, *, at: datetime, say: Say, sources: Sequence[str] | None = None) -> list[TaskRun]:
    """Runs the extract DAGs (default: all), then custhub_golden if one of them brought news; one line per task to `say`.

    `at` is the runs' logical time. Tasks are not retried and nobody is asked: a plan over its budget raises
    StoppedForPersonError, a failed task DagFailedError, DAG files that cannot be imported ConfigError.
    """
    _settle(project.resolve())
    dags = _dags(project)
    known = sorted(dag_id for dag_id in dags if dag_id.startswith("custhub_extract_"))
    wanted = known if sources is None else [f"custhub_extract_{source}" for source in sources]
    runs: list[TaskRun] = []
    for dag_id in wanted:
        runs += _run(dags[dag_id], at, say)
    if any(run.task_id == "announce" and run.state == "success" for run in runs):
        # One second on: a run's time tells its batches and itself from others.
        runs += _run(dags[GOLDEN_DAG], at + timedelta(seconds=1), say)
    return runs


@functools.cache
def _settle(project: Path) -> None:
    """Gives this process the project's Airflow home, which must be known before Airflow is imported, and its database."""
    os.environ.update(environment(project), AIRFLOW__LOGGING__LOGGING_LEVEL="WARNING")
    Path(os.environ["AIRFLOW_HOME"]).mkdir(parents=True, exist_ok=True)
    with _quiet():
        from airflow.utils.db import initdb

        initdb()


def _dags(project: Path) -> dict[str, Any]:
    with _quiet():
        from airflow.dag_processing.dagbag import DagBag

        bag = DagBag(str(project / "dags"))
    if bag.import_errors:
        told = sorted((Path(file).name, str(text).strip().splitlines()[-1]) for file, text in bag.import_errors.items())
        raise ConfigError([Mistake(file, None, "", last_line) for file, last_line in told])
    if GOLDEN_DAG not in bag.dags:
        hint = "copy the three files of dags/ from custhub's repository"
        raise ConfigError([Mistake(str(project / "dags"), None, "", f"gives no DAG {GOLDEN_DAG}", hint)])
    return dict(bag.dags)


def _run(dag: Any, at: datetime, say: Say) -> list[TaskRun]:
    for task in dag.tasks:
        task.retries = 0
    with _quiet() as talk:
        run = dag.test(run_after=at, logical_date=at, mark_success_pattern=APPROVAL)
    order = {task.task_id: place for place, task in enumerate(dag.topological_sort())}
    found = sorted(run.get_task_instances(), key=lambda ti: order[ti.task_id])
    told = [_task_run(ti) for ti in found if ti.task_id != APPROVAL]
    for task_run in told:
        say(str(task_run))
    for task_run in told:
        if task_run.state == "failed":
            raise _failure(task_run, talk.getvalue())
    return told


def _task_run(ti: Any) -> TaskRun:
    seconds = (ti.end_date - ti.start_date).total_seconds() if ti.start_date and ti.end_date else 0.0
    report = ti.xcom_pull(task_ids=ti.task_id) if ti.state == "success" else None
    return TaskRun(ti.dag_id, ti.task_id, str(ti.state or "none"), seconds, report if isinstance(report, dict) else {})


def _failure(task_run: TaskRun, talk: str) -> CusthubError:
    """The error of the engine that the failed task's log tells of; its sentence may go on over indented lines."""
    told = re.findall(r"custhub\.errors\.(\w+): (.+(?:\n  \S.*)*)", talk)
    kind, why = told[-1] if told else ("", "see its log")
    if kind == StoppedForPersonError.__name__:
        reason, _, hint = why.partition(" -> ")
        return StoppedForPersonError(reason, hint)
    return DagFailedError(task_run.dag_id, task_run.task_id, why)


@contextmanager
def _quiet() -> Iterator[io.StringIO]:
    """Keeps Airflow's talk away from the terminal; it is read when a task fails."""
    talk = io.StringIO()
    handler = logging.StreamHandler(talk)
    with warnings.catch_warnings(), redirect_stdout(talk), redirect_stderr(talk):
        warnings.simplefilter("ignore")
        logging.getLogger().addHandler(handler)
        try:
            yield talk
        except BaseException:
            sys.__stderr__.write(talk.getvalue()[-4000:]) if sys.__stderr__ else None
            raise
        finally:
            logging.getLogger().removeHandler(handler)


def _tells(name: str, value: Any) -> bool:
    return name not in ("news", "batch_id", "run_id", "batches", "model") and bool(value)


def _short(value: Any) -> str:
    if isinstance(value, dict):
        return "(" + ", ".join(f"{k} {_short(v)}" for k, v in value.items() if v) + ")"
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)
