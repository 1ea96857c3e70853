"""The DAGs: one per connector that lands its rows, and one that brings what is landed to the golden customers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from airflow.sdk import DAG, Asset, AssetAny, Param, get_current_context, task
from airflow.sdk.exceptions import AirflowSkipException, AirflowTimetableInvalid

from custhub.dagkit import steps
from custhub.dagkit.approval import PlanApproval
from custhub.dagkit.calls import call_of, lend_connection, translated
from custhub.dagkit.steps import Report
from custhub.dagkit.timetable import GOLDEN_DAG, Timetable, Timetables, read_timetables
from custhub.errors import ConfigError, Mistake, StoppedForPersonError

START = datetime(2025, 1, 1, tzinfo=UTC)
"""Schedules count from here; nothing before today is caught up."""
GOLDEN = "golden"
STEPS: dict[str, Callable[[steps.Call], Report]] = {
    "map": steps.map_rows,
    "check": steps.check,
    "match": steps.match,
    "plan": steps.plan,
    "apply": steps.apply,
    "publish": steps.publish,
}


def asset_of(source: str) -> Asset:
    """The asset that stands for news of a source, or of the golden customers."""
    return Asset(f"custhub://{source}")


def extract_dags(project: Path) -> dict[str, DAG]:
    """One DAG for each connector whose YAML gives one, by DAG id."""
    return _extract_dags(read_timetables(project), project)[0]


def refuse_mistakes(project: Path) -> None:
    """Raises ConfigError when a connector's YAML gives no DAG: called in a DAG file of its own, it becomes an import
    error that hides no other DAG."""
    timetables = read_timetables(project)
    mistakes = [*timetables.mistakes, *_extract_dags(timetables, project)[1]]
    if mistakes:
        raise ConfigError(mistakes)


def _extract_dags(timetables: Timetables, project: Path) -> tuple[dict[str, DAG], list[Mistake]]:
    dags: dict[str, DAG] = {}
    mistakes: list[Mistake] = []
    for timetable in timetables.readable:
        dag = _extract_dag(project, timetable)
        try:
            dag.timetable.validate()
        except AirflowTimetableInvalid as e:
            declared = timetables.declared[timetable.source]
            mistakes.append(declared.mistake(("schedule",), str(e), "five cron fields, or @hourly, @daily, @weekly"))
        else:
            dags[dag.dag_id] = dag
    return dags, mistakes


def golden_dag(project: Path) -> DAG:
    """map -> check -> match -> plan -> approval -> apply -> publish, whenever a source has news."""
    sources = read_timetables(project).sources
    with DAG(
        dag_id=GOLDEN_DAG,
        description="Brings what is landed to the golden customers",
        schedule=AssetAny(*(asset_of(source) for source in sources)) if sources else None,
        start_date=START,
        catchup=False,
        max_active_runs=1,
        default_args={"owner": "custhub", "retries": 2, "retry_delay": timedelta(minutes=1)},
        tags=["custhub", "golden"],
        doc_md=golden_dag.__doc__,
    ) as dag:
        mapped, checked, matched = _task(project, "map"), _task(project, "check"), _task(project, "match")
        planned, applied, published = _task(project, "plan"), _task(project, "apply"), _task(project, "publish")
        approval = PlanApproval(task_id="approval", project=str(project))
        mapped >> checked >> matched >> planned >> approval >> applied >> published
        _announce(GOLDEN)(published)
        published >> _refuse_stopped(checked)
    return dag


def _extract_dag(project: Path, timetable: Timetable) -> DAG:
    with DAG(
        dag_id=f"custhub_extract_{timetable.source}",
        auto_register=False,  # one with a bad schedule must not be found beside its mistake
        description=timetable.description or f"Lands the rows of {timetable.source}",
        schedule=timetable.schedule,
        start_date=START,
        catchup=False,
        max_active_runs=1,
        default_args={
            "owner": timetable.owner or "custhub",
            "retries": timetable.retries,
            "retry_delay": timedelta(minutes=1),
            "retry_exponential_backoff": True,
            "max_retry_delay": timedelta(minutes=30),
        },
        tags=["custhub", "extract", *timetable.tags],
        params={
            "full": Param(False, type="boolean", description="read the source whole"),
            "allow_deletes": Param(False, type="boolean", description="accept more deleted rows than delete_limit"),
        },
    ) as dag:

        @task(task_id="extract")
        def extract() -> Report:
            context = get_current_context()
            lend_connection(timetable.connection)
            params = context["params"]
            with translated():
                return steps.extract(
                    call_of(project, context),
                    timetable.source,
                    full=params["full"],
                    allow_deletes=params["allow_deletes"],
                )

        _announce(timetable.source)(extract())
    return dag


def _task(project: Path, name: str) -> Any:
    """A task that does one step and hands on its figures."""
    step = STEPS[name]

    @task(task_id=name, doc_md=step.__doc__)
    def run() -> Report:
        with translated():
            return step(call_of(project, get_current_context()))

    return run()


def _announce(name: str) -> Any:
    """A task that tells Airflow of news; without news it is skipped, and nothing downstream starts."""
    asset = asset_of(name)

    @task(task_id="announce", outlets=[asset])
    def announce(report: Report) -> None:
        if not report["news"]:
            raise AirflowSkipException("no news")
        extra = get_current_context()["outlet_events"][asset].extra
        extra.update({key: value for key, value in report.items() if isinstance(value, int | str)})

    return announce


@task(task_id="refuse_stopped")
def _refuse_stopped(checked: Report) -> None:
    """Fails when a check held batches back: the others are applied, these wait for a person."""
    if checked["stopped"]:
        names = "; ".join(f"{batch}: {', '.join(rules)}" for batch, rules in checked["stopped"].items())
        with translated():
            raise StoppedForPersonError(
                f"checks stop {names}", "correct the source or the rule, or custhub run --approve"
            )
