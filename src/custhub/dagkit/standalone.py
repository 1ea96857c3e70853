"""A local Airflow for one project: all parts in one process group, on 127.0.0.1, with a login that is printed."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil

from custhub.dagkit.home import environment, home_of
from custhub.errors import CusthubError, UsageError

PARTS = ("metadatabase", "scheduler", "triggerer", "dag_processor")
USER = "admin"
START_SECONDS = 180.0
GRACE_SECONDS = 8.0
Say = Callable[[str], None]


class AirflowNotReadyError(CusthubError):
    """Airflow did not become healthy in time."""

    def __init__(self, log: Path) -> None:
        self.log = log
        super().__init__(f"Airflow is not healthy after {START_SECONDS:.0f} s -> see {log}")


def run_part(project: Path, *arguments: str) -> None:
    """Becomes `airflow <arguments>` with the project's environment; does not return."""
    env = environment(project)
    Path(env["AIRFLOW_HOME"]).mkdir(parents=True, exist_ok=True)
    _write_login(Path(env["AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE"]))
    os.execve(sys.executable, [sys.executable, "-m", "airflow", *arguments], env)


def start(project: Path, say: Say) -> None:
    """Starts `airflow standalone` and returns when all its parts are healthy. Raises AirflowNotReadyError."""
    home = home_of(project)
    home.mkdir(parents=True, exist_ok=True)
    if _running(home) is not None:
        raise UsageError("Airflow is running already", "make airflow-stop")
    env = environment(project)
    password = _write_login(Path(env["AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE"]))
    log = home / "standalone.log"
    with log.open("wb") as out:
        # A session of its own: a signal to the first process alone would orphan the others.
        process = subprocess.Popen(
            [sys.executable, "-m", "airflow", "standalone"],
            env=env,
            cwd=project,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    _pid_file(home).write_text(str(process.pid), encoding="utf-8")
    url = f"http://127.0.0.1:{env['AIRFLOW__API__PORT']}"
    say(f"Airflow is starting (20 to 60 s); its log: {log}")
    if not _wait_until_healthy(url, process):
        stop(project, say)
        raise AirflowNotReadyError(log)
    say(f"Airflow is ready: {url}   user {USER}, password {password}")
    say("start a DAG custhub_extract_... there; custhub_golden follows by itself. Stop with: make airflow-stop")


def stop(project: Path, say: Say) -> None:
    """Stops the whole group that `start` started; harmless when there is none."""
    home = home_of(project)
    group = _running(home)
    if group is None:
        say("Airflow is not running")
        return
    for sign, seconds in ((signal.SIGINT, GRACE_SECONDS), (signal.SIGKILL, GRACE_SECONDS)):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(group, sign)
        if _wait_until_gone(group, seconds):
            break
    _pid_file(home).unlink(missing_ok=True)
    say("Airflow has stopped")


def health(url: str) -> dict[str, Any]:
    """Airflow's own word on its parts; empty while it cannot be reached."""
    try:
        with urllib.request.urlopen(f"{url}/api/v2/monitor/health", timeout=5) as answer:
            told: dict[str, Any] = json.load(answer)
            return told
    except (urllib.error.URLError, ConnectionError, TimeoutError, ValueError):
        return {}


def _wait_until_healthy(url: str, process: subprocess.Popen[bytes]) -> bool:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        told = health(url)
        if all((told.get(part) or {}).get("status") == "healthy" for part in PARTS):
            return True
        time.sleep(1)
    return False


def _write_login(file: Path) -> str:
    """A fixed login, unless there is one: Airflow would make up a password and bury it in its log."""
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps({USER: os.environ.get("CUSTHUB_AIRFLOW_PASSWORD") or "admin"}), encoding="utf-8")
        file.chmod(0o600)
    return str(json.loads(file.read_text(encoding="utf-8")).get(USER, "(see its log)"))


def _pid_file(home: Path) -> Path:
    return home / "standalone.pid"


def _running(home: Path) -> int | None:
    """The process group that was started for this project and still lives."""
    try:
        group = int(_pid_file(home).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return group if _lives(group) else None


def _lives(group: int) -> bool:
    """Whether the group has a process that is not merely waiting to be buried."""
    return any(_is_of(group, process) for process in psutil.process_iter())


def _is_of(group: int, process: psutil.Process) -> bool:
    try:
        return os.getpgid(process.pid) == group and process.status() != psutil.STATUS_ZOMBIE
    except (OSError, psutil.Error):
        return False


def _wait_until_gone(group: int, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if not _lives(group):
            return True
        time.sleep(0.2)
    return False
