"""Connections from the environment."""

from __future__ import annotations

import pytest

from custhub.errors import UsageError
from custhub.extract import environment_secrets


@pytest.mark.parametrize(
    ("env", "expected"),
    [
        ({"CUSTHUB_CONN_ERP": "sqlite:///a.db", "AIRFLOW_CONN_ERP": "mysql://x"}, "sqlite:///a.db"),
        (
            {"AIRFLOW_CONN_ERP": "postgres://u%40x:p%2Fw@h:5433/db?sslmode=require&__extra__=%7B%7D"},
            "postgresql+psycopg://u%40x:p%2Fw@h:5433/db?sslmode=require",
        ),
        ({"AIRFLOW_CONN_ERP": "sqlite:///a%20b.db"}, "sqlite:///a b.db"),
        (
            {"AIRFLOW_CONN_ERP": '{"conn_type": "mysql", "login": "u", "password": "p", "host": "h", "schema": "d"}'},
            "mysql+pymysql://u:p@h/d",
        ),
    ],
)
def test_a_connection_by_name(env: dict[str, str], expected: str) -> None:
    assert environment_secrets(env)("erp") == expected


@pytest.mark.parametrize("text", ['{"login": "u", "password": "geheim"}', "{broken geheim", "u:geheim"])
def test_what_cannot_be_read_is_told_without_its_text(text: str) -> None:
    with pytest.raises(UsageError, match="AIRFLOW_CONN_ERP cannot be read") as caught:
        environment_secrets({"AIRFLOW_CONN_ERP": text})("erp")
    assert "geheim" not in str(caught.value)


def test_a_missing_connection_says_what_to_set() -> None:
    with pytest.raises(UsageError, match="set CUSTHUB_CONN_ERP"):
        environment_secrets({})("erp")
