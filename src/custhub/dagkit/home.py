"""A private Airflow for one project: its home in `<project>/.airflow`, its DAGs, a SQLite database, four workers."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

PORT = 8080


def home_of(project: Path) -> Path:
    return project / ".airflow"


def _sqlite(path: Path) -> str:
    """Its writers wait for each other; the driver's five seconds are too few for Airflow's parts on a busy machine."""
    return f"sqlite:///{path}?timeout=60"


def environment(project: Path, env: Mapping[str, str] | None = None) -> dict[str, str]:
    """The variables that make every `airflow` process the project's own; what `env` already says of Airflow stays."""
    given = os.environ if env is None else env
    home = Path(given.get("AIRFLOW_HOME") or home_of(project))
    database = given.get("AIRFLOW__DATABASE__SQL_ALCHEMY_CONN") or _sqlite(home / "airflow.db")
    wanted = {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(project / "dags"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__PARALLELISM": "4",  # its default forks 32 workers
        "AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": "admin:admin",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(home / "passwords.json"),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": database,
        "AIRFLOW__API__HOST": "127.0.0.1",  # its default listens to everybody
        "AIRFLOW__API__PORT": str(PORT),
        "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "30",
        "AIRFLOW__WORKERS__EXECUTION_API_TIMEOUT": "30",  # its default of 5 s fails tasks on a busy machine
        "GX_ANALYTICS_ENABLED": "False",
        "CUSTHUB_PROJECT": str(project),
    }
    if not database.startswith("sqlite"):
        # Without this Airflow asks for a second, asynchronous driver; psycopg is both.
        wanted["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN_ASYNC"] = database
    merged = {**wanted, **{name: given[name] for name in wanted if given.get(name)}, "CUSTHUB_PROJECT": str(project)}
    rest = {name: value for name, value in given.items() if name not in merged}
    rest.pop("PYTHONDONTWRITEBYTECODE", None)  # would double every start
    # `airflow standalone` calls `airflow` by name.
    path = os.pathsep.join(filter(None, [str(Path(sys.executable).parent), rest.get("PATH", "")]))
    return {**rest, **merged, "PATH": path}
