"""A database that goes away in the middle, source or store, loses nothing."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest

from custhub import pipeline
from custhub.errors import SourceError, StoreError
from custhub.pipeline import Options

NAMES = ["Anna Schulze", "Bernd Krause", "Carla Vogt", "Dieter Lang", "Eva Brandt", "Frank Seidel"]


@pytest.mark.postgres
def test_a_source_database_that_goes_away_in_the_middle(three: Any, postgres_url: str) -> None:
    plain = postgres_url.replace("+psycopg", "")
    with psycopg.connect(plain, autocommit=True) as erp:
        columns = ", ".join(f"{name} text" for name in three.person("", "x y"))
        erp.execute(f"CREATE TABLE customer ({columns})".encode())
        erp.execute(
            b"INSERT INTO customer SELECT 'E'||i, 'P', 'Kim Nr'||i, '', '', repeat('x', 200)||'@example.org', '', '', '',"
            b" '2026-01-02 09:00:00' FROM generate_series(1, 60000) i"
        )
    three.small.declare("connectors/erp.yml", three.small.ERP.replace("connection: ERP", f"connection: {postgres_url}"))
    before = three.state_of("erp")
    killed: list[bool] = []

    def kill(step: str, done: int, total: int | None = None) -> None:
        if step.startswith("extract") and not killed:
            with psycopg.connect(plain, autocommit=True) as other:
                end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = current_database()"
                killed.extend(bool(row[0]) for row in other.execute(end.encode()))

    with three.small.hub() as hub, pytest.raises(SourceError, match="went away") as caught:
        pipeline.extract_batch(
            pipeline.Hub(hub.project, hub.store, kill), "erp", at=three.next_day(), allow_deletes=True
        )

    assert killed
    assert caught.value.retryable
    assert "example.org" not in str(caught.value)
    assert three.state_of("erp") == before


@pytest.mark.postgres
def test_a_store_that_goes_away_in_the_middle_loses_nothing(
    new_project: Any, person: Any, postgres_url: str, postgres_server: Any
) -> None:
    small, database = new_project(), postgres_url.rsplit("/", 1)[1]
    small.url = postgres_url
    small.shop([person(f"S{i}", name) for i, name in enumerate(NAMES[:5])])
    small.run()
    before = small.hash()
    small.shop([person(f"S{i}", name) for i, name in enumerate(NAMES)])

    def stop(step: str, done: int, total: int | None = None) -> None:
        if step == "apply link":
            postgres_server.run(f"ALTER DATABASE {database} ALLOW_CONNECTIONS false")
            postgres_server.run(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{database}'")

    with small.hub() as hub, pytest.raises(StoreError) as caught:
        watched = pipeline.Hub(hub.project, hub.store, stop)
        pipeline.run_all(watched, sources=None, at=datetime(2026, 1, 7, 8, tzinfo=UTC), options=Options())
    postgres_server.run(f"ALTER DATABASE {database} ALLOW_CONNECTIONS true")

    assert caught.value.exit_code == 2
    assert "->" in str(caught.value)
    assert small.hash() == before
