"""The real DAGs, run by Airflow in a process of their own: what they find, what they do, and how they fail."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.airflow, pytest.mark.slow, pytest.mark.timeout(600)]
on_sqlite = pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)

ROOT = Path(__file__).resolve().parents[2]

RUN_DAYS = """
import json, shutil, sys
from datetime import UTC, datetime
from pathlib import Path
from custhub.dagkit.inprocess import run_dags
from custhub.errors import CusthubError

project = Path(sys.argv[1])
for day, name in enumerate(sys.argv[2:], 1):
    shutil.copytree(project / name, project, dirs_exist_ok=True)
    lines, error = [], None
    sources = None if day < 3 else ["shop"]
    try:
        run_dags(project, at=datetime(2026, 3, day, tzinfo=UTC), say=lines.append, sources=sources)
    except CusthubError as e:
        error = [type(e).__name__, str(e)]
    print("DAY", json.dumps([lines, error]))
"""

PARSE = """
import json, shutil, sys, time
from pathlib import Path
project = Path(sys.argv[1])
import os
from custhub.dagkit.home import environment
os.environ.update(environment(project))
import airflow.sdk
began = time.process_time()
from airflow.sdk import DAG, task
from airflow.dag_processing.dagbag import DagBag
bag_imported = time.process_time()
bag = DagBag(str(project / "dags"))
seconds = time.process_time() - bag_imported
heavy = [name for name in ("polars", "pandas", "great_expectations", "numpy", "custhub.pipeline") if name in sys.modules]
dags = {
    dag_id: {
        "tasks": [task.task_id for task in dag.topological_sort()],
        "tags": sorted(dag.tags),
        "owner": dag.default_args["owner"],
        "retries": dag.default_args["retries"],
        "schedule": str(dag.schedule),
        "outlets": [asset.uri for task in dag.tasks for asset in task.outlets],
    }
    for dag_id, dag in bag.dags.items()
}
print("BAG", json.dumps([dags, {Path(file).name: text for file, text in bag.import_errors.items()}, heavy, seconds]))
shutil.copytree(project / "bad", project, dirs_exist_ok=True)
bag = DagBag(str(project / "dags"))
print("BAG", json.dumps([list(bag.dags), {Path(file).name: text for file, text in bag.import_errors.items()}]))
"""

TRANSLATE = """
import json
from custhub.dagkit.calls import translated
from custhub.errors import ConfigError, LeaseHeldError, Mistake, SourceError, StoreError

errors = [
    SourceError("erp", "KNA1", "gone", retryable=True),
    SourceError("erp", "KNA1", "no such column"),
    StoreError("sqlite", "busy", retryable=True),
    ConfigError([Mistake("a.yml", 1, "b", "is wrong")]),
    LeaseHeldError("custhub run 1", "soon"),
]
raised = []
for error in errors:
    try:
        with translated():
            raise error
    except Exception as e:
        raised.append([type(e).__name__, str(e) == str(error)])
print("BAG", json.dumps(raised))
"""

APPROVAL = """
import json
from datetime import UTC, datetime
from types import SimpleNamespace
from airflow.providers.standard.operators import hitl
from airflow.sdk.exceptions import TaskAwaitingInput
from custhub.dagkit import steps
from custhub.dagkit.approval import BODY, PlanApproval
from jinja2 import Template

given, approved = [], False
steps.is_approved = lambda call, run_id: approved
steps.approve = lambda call, run_id, *, by, at: given.append([run_id, by])
hitl.upsert_hitl_detail = lambda **_: None
plan = {"run_id": "run-1", "over": ["merges: 9 allowed 1"], "summary": {"merge": 9, "split": 0}}
ti = SimpleNamespace(id="1", xcom_pull=lambda task_ids: plan)
run = SimpleNamespace(run_after=datetime(2026, 1, 1, tzinfo=UTC), dag_id="d", run_id="r")
context = {"ti": ti, "task_instance": ti, "dag_run": run}
gate = PlanApproval(task_id="approval", project="/p")

def outcome(step, *given_event):
    try:
        return step(context, *given_event)
    except BaseException as e:
        return [type(e).__name__, str(e) if not isinstance(e, TaskAwaitingInput) else e.timeout.total_seconds()]

def answer(option, user="ann"):
    who = {"id": user, "name": user} if user else None
    at = datetime(2026, 1, 1, tzinfo=UTC)
    return {"chosen_options": [option], "params_input": {}, "responded_at": at, "responded_by_user": who}

told = {"asks": outcome(gate.execute), "looks again": outcome(gate.execute_complete, answer("Look again", None))}
told["timeout"] = outcome(gate.execute_complete, {"error": "late", "error_type": "timeout"})
told["rejected"] = outcome(gate.execute_complete, answer("Reject"))
told["approved"] = outcome(gate.execute_complete, answer("Approve"))
approved = True
told["approved elsewhere"] = outcome(gate.execute_complete, answer("Look again", None))
approved, plan["over"] = False, []
told["within budget"] = outcome(gate.execute)
plan["over"] = ["merges: 9 allowed 1"]
print("BAG", json.dumps([told, given, Template(BODY).render(ti=ti)]))
"""


def python(script: str, *arguments: str | Path) -> list[Any]:
    """Runs a script in a fresh process (Airflow reads its home once) and gives the lines it marked."""
    env = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE" and not k.startswith("AIRFLOW")}
    env["AIRFLOW_HOME"] = (
        str(Path(arguments[0]) / ".airflow") if arguments else tempfile.gettempdir() + "/custhub-airflow"
    )
    words = [sys.executable, "-c", script, *map(str, arguments)]
    done = subprocess.run(words, env=env, capture_output=True, text=True, check=False, timeout=500)
    marked = [line.partition(" ")[2] for line in done.stdout.splitlines() if line.startswith(("DAY ", "BAG "))]
    assert done.returncode == 0 and marked, done.stderr[-3000:]
    return [json.loads(line) for line in marked]


def test_a_project_without_dags_is_told(tmp_path: Path) -> None:
    (tmp_path / "day").mkdir()
    [[_, error]] = python(RUN_DAYS, tmp_path, "day")
    assert error[0] == "ConfigError"
    assert "gives no DAG custhub_golden" in error[1]


@pytest.fixture
def project(small: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """The small project with the real DAG files."""
    shutil.copytree(ROOT / "dags", small.folder / "dags", ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setenv("CUSTHUB_DATABASE_URL", small.url)
    yield small


def day(project: Any, name: str, rows: list[dict[str, str]] | str) -> str:
    """What changes on a day, put aside in a folder that the run lays over the project."""
    folder = project.folder / name
    folder.mkdir()
    if isinstance(rows, str):
        (folder / "shop.csv").write_text(rows, encoding="utf-8")
    else:
        project.shop(rows)
        shutil.move(project.folder / "shop.csv", folder / "shop.csv")
    return name


PEOPLE = ["Anna Schulze", "Bernd Krause", "Carla Vogt", "Dieter Lang", "Eva Brandt", "Frank Seidel", "Gerda Pohl"]


@on_sqlite
def test_days_of_a_project(project: Any, person: Any) -> None:
    rows = [person(f"S{i}", name) for i, name in enumerate(PEOPLE)]
    project.erp([person(f"000{i}", name, phone="") for i, name in enumerate(PEOPLE[:3])])
    days = [
        day(project, "first", rows),
        day(project, "same", rows),
        day(project, "moved", [*rows[:-1], {**rows[-1], "city": "Hamburg", "zip": "20095"}]),
        day(project, "broken", "no,such,columns\n1,2,3\n"),
        day(project, "too_much", [{**rows[0], "city": "Bremen"}, *rows[1:]]),
    ]
    project.declare("too_much/mappings/golden.customer.yml", project.GOLDEN + "limits: {changed: 0}\n")

    first, same, moved, broken, too_much = python(RUN_DAYS, project.folder, *days)

    assert first[1] is None
    assert [line.split()[:3] for line in first[0]] == [
        ["custhub_extract_erp", "extract", "success"],
        ["custhub_extract_erp", "announce", "success"],
        ["custhub_extract_shop", "extract", "success"],
        ["custhub_extract_shop", "announce", "success"],
        *([["custhub_golden", task, "success"] for task in ("map", "check", "match", "plan", "apply", "publish")]),
        ["custhub_golden", "announce", "success"],
        ["custhub_golden", "refuse_stopped", "success"],
    ]
    assert "landed 7, new 7" in first[0][2]
    assert not any("Schulze" in line for line in first[0])

    assert same[1] is None
    assert [line.split()[:3] for line in same[0] if "announce" in line] == [
        ["custhub_extract_erp", "announce", "skipped"],
        ["custhub_extract_shop", "announce", "skipped"],
    ]
    assert not any("custhub_golden" in line for line in same[0])

    assert moved[1] is None
    assert any("update 1" in line for line in moved[0])
    assert ["erp:0000", "shop:S0"] in project.members()
    assert len(project.members()) == 7

    assert broken[1][0] == "DagFailedError"
    assert "task extract of DAG custhub_extract_shop failed: source shop" in broken[1][1]

    assert too_much[1][0] == "StoppedForPersonError"
    assert "over its budget" in too_much[1][1]
    assert "custhub approve run-" in too_much[1][1]
    assert not any("Bremen" in doc for doc in project.golden()["doc"])


@on_sqlite
def test_each_connector_gets_its_dag_from_its_yaml_and_a_bad_one_hides_no_other(project: Any) -> None:
    head = "owner: ann\ntags: [files]\nretries: 7\nschedule: '15 4 * * *'\n"
    project.declare("connectors/shop.yml", project.SHOP + head)
    project.declare("bad/connectors/erp.yml", project.ERP + "schedule: 'every now and then'\n")
    project.declare("bad/connectors/bad.yml", "source: [\n")

    (dags, errors, heavy, seconds), (good, mistakes) = python(PARSE, project.folder)

    assert sorted(dags) == ["custhub_extract_erp", "custhub_extract_shop", "custhub_golden"]
    shop = dags["custhub_extract_shop"]
    assert (shop["owner"], shop["retries"], shop["schedule"]) == ("ann", 7, "15 4 * * *")
    assert shop["tags"] == ["custhub", "extract", "files"]
    assert (shop["tasks"], shop["outlets"]) == (["extract", "announce"], ["custhub://shop/"])
    golden = dags["custhub_golden"]
    assert golden["tasks"][:7] == ["map", "check", "match", "plan", "approval", "apply", "publish"]
    assert golden["outlets"] == ["custhub://golden/"]
    assert errors == {}
    assert heavy == []
    assert seconds < 1.0

    assert sorted(good) == ["custhub_extract_shop", "custhub_golden"]
    assert list(mistakes) == ["custhub_mistakes.py"]
    assert "connectors/bad.yml:2: is not YAML" in mistakes["custhub_mistakes.py"]
    assert "connectors/erp.yml:8:schedule" in mistakes["custhub_mistakes.py"]


@pytest.fixture(scope="module")
def without_project() -> list[Any]:
    """What the scripts say that need no project, in one start of Airflow."""
    return python(TRANSLATE + APPROVAL)


def test_only_what_time_may_heal_is_retried(without_project: list[Any]) -> None:
    raised, _ = without_project
    assert raised == [
        ["SourceError", True],
        ["AirflowFailException", True],
        ["StoreError", True],
        ["AirflowFailException", True],
        ["LeaseHeldError", True],
    ]


def test_the_approval_asks_only_when_the_store_has_none(without_project: list[Any]) -> None:
    _, (told, given, body) = without_project
    parked = ["TaskAwaitingInput", 300.0]
    assert told["asks"] == told["looks again"] == told["timeout"] == parked
    assert told["rejected"] == ["AirflowFailException", "the plan of run-1 was rejected by ann -> nothing was applied"]
    assert told["approved"] == {"run_id": "run-1", "asked": True, "by": "ann"}
    assert told["approved elsewhere"] == told["within budget"] == {"run_id": "run-1", "asked": False}
    assert given == [["run-1", "ann"]]
    assert "- merges: 9 allowed 1\n" in body
    assert "Figures: merge 9  \n" in body
