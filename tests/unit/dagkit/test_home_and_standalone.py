"""The private Airflow: its environment, its login, and that stopping it stops all of it."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest
import sqlalchemy as sa

from custhub.dagkit import standalone
from custhub.dagkit.__main__ import main
from custhub.dagkit.home import environment
from custhub.dagkit.inprocess import TaskRun
from custhub.errors import UsageError

NESTED = "import subprocess, sys, time; subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']); time.sleep(60)"


def test_every_process_gets_the_projects_own_airflow(tmp_path: Path) -> None:
    env = environment(tmp_path, {"PATH": "/bin", "PYTHONDONTWRITEBYTECODE": "1", "AIRFLOW__API__PORT": "9090"})
    assert env["AIRFLOW_HOME"] == str(tmp_path / ".airflow")
    assert env["AIRFLOW__CORE__DAGS_FOLDER"] == str(tmp_path / "dags")
    assert (env["AIRFLOW__API__HOST"], env["AIRFLOW__API__PORT"]) == ("127.0.0.1", "9090")
    assert env["AIRFLOW__CORE__PARALLELISM"] == "4"
    assert "PYTHONDONTWRITEBYTECODE" not in env
    assert env["PATH"].endswith(":/bin")
    assert "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN_ASYNC" not in env


def test_airflows_parts_wait_for_each_others_writes(tmp_path: Path) -> None:
    engine = sa.create_engine(environment(tmp_path / "x", {})["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"])
    (tmp_path / "x" / ".airflow").mkdir(parents=True)
    with engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA busy_timeout").scalar_one() == 60_000
    engine.dispose()


def test_on_postgresql_no_second_driver_is_asked_for(tmp_path: Path) -> None:
    url = "postgresql+psycopg://a@b/airflow"
    env = environment(tmp_path, {"AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": url})
    assert env["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN_ASYNC"] == url


def test_the_login_is_written_once_and_for_the_owner_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "home" / "passwords.json"
    monkeypatch.setenv("CUSTHUB_AIRFLOW_PASSWORD", "first")
    assert standalone._write_login(file) == "first"
    monkeypatch.setenv("CUSTHUB_AIRFLOW_PASSWORD", "second")
    assert standalone._write_login(file) == "first"
    assert json.loads(file.read_text(encoding="utf-8")) == {"admin": "first"}
    assert file.stat().st_mode & 0o077 == 0


def test_stopping_ends_the_whole_group(tmp_path: Path) -> None:
    home = tmp_path / ".airflow"
    home.mkdir()
    process = subprocess.Popen([sys.executable, "-c", NESTED], start_new_session=True)
    (home / "standalone.pid").write_text(str(process.pid), encoding="utf-8")
    time.sleep(0.5)
    said: list[str] = []

    with pytest.raises(UsageError, match="running already"):
        standalone.start(tmp_path, said.append)
    standalone.stop(tmp_path, said.append)
    process.wait(timeout=30)

    assert said == ["Airflow has stopped"]
    assert not standalone._lives(process.pid)
    standalone.stop(tmp_path, said.append)
    assert said[-1] == "Airflow is not running"


def test_health_of_nothing_is_empty() -> None:
    assert standalone.health("http://127.0.0.1:9") == {}


def test_an_unknown_word_is_explained(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fly"]) == 2
    assert "one of standalone, stop, migrate" in capsys.readouterr().err


def test_a_task_is_told_in_one_line_without_empty_figures() -> None:
    run = TaskRun(
        "custhub_golden", "plan", "success", 1.25, {"run_id": "run-1", "summary": {"create": 1200, "merge": 0}}
    )
    assert str(run).split() == ["custhub_golden", "plan", "success", "1.2", "s", "summary", "(create", "1,200)"]


def test_dag_files_are_timetables_only() -> None:
    dags = Path(__file__).resolve().parents[3] / "dags"
    files = sorted(dags.glob("*.py"))
    assert [f.name for f in files] == ["custhub_extract.py", "custhub_golden.py", "custhub_mistakes.py"]
    for file in files:
        text = file.read_text(encoding="utf-8")
        assert len(text.splitlines()) <= 15
        # Airflow looks only into files that hold these two words.
        assert "airflow" in text.lower() and "dag" in text.lower()
