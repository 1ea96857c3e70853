"""Where connections come from: a name in the YAML, a URL in the environment."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias
from urllib.parse import unquote

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from custhub.errors import UsageError

Secrets: TypeAlias = Callable[[str], str]
"""The URL of a named connection. Raises UsageError when there is none of that name."""

_DRIVERS = {
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
    "mysql": "mysql+pymysql",
    "mssql": "mssql+pymssql",
    "oracle": "oracle+oracledb",
}


def environment_secrets(env: Mapping[str, str] | None = None) -> Secrets:
    """Connections from CUSTHUB_CONN_<NAME> (a SQLAlchemy URL) or AIRFLOW_CONN_<NAME> (Airflow's URI or JSON)."""
    known = os.environ if env is None else env

    def secret(name: str) -> str:
        own, airflow = f"CUSTHUB_CONN_{name.upper()}", f"AIRFLOW_CONN_{name.upper()}"
        if known.get(own):
            return known[own]
        if known.get(airflow):
            return airflow_url(known[airflow], name)
        raise UsageError(f"there is no connection called {name}", f"set {own} to its database URL, or {airflow}")

    return secret


def airflow_url(text: str, name: str) -> str:
    """The SQLAlchemy URL of an Airflow connection as it stands in the environment."""
    try:
        url = _of_json(json.loads(text)) if text.lstrip().startswith("{") else _of_uri(text)
    except (ArgumentError, ValueError, TypeError, AttributeError):
        raise UsageError(f"AIRFLOW_CONN_{name.upper()} cannot be read", "give it as Airflow's URI or JSON") from None
    return url.render_as_string(hide_password=False)


def _of_uri(text: str) -> URL:
    scheme, mark, rest = text.partition("://")
    url = make_url(f"{_driver(scheme)}{mark}{rest}")
    return url.set(
        host=unquote(url.host or "") or None, database=unquote(url.database or "") or None
    ).difference_update_query(["__extra__"])


def _of_json(data: dict[str, Any]) -> URL:
    extra = data.get("extra") or {}
    extra = json.loads(extra) if isinstance(extra, str) else extra
    return URL.create(
        _driver(str(data.get("conn_type", ""))),
        username=data.get("login") or None,
        password=data.get("password") or None,
        host=data.get("host") or None,
        port=int(data["port"]) if data.get("port") else None,
        database=data.get("schema") or None,
        query={str(k): str(v) for k, v in extra.items() if isinstance(v, str | int)},
    )


def _driver(conn_type: str) -> str:
    if not conn_type:
        raise ValueError("no connection type")
    return _DRIVERS.get(conn_type, conn_type.replace("-", "+"))
