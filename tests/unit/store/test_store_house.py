"""The store's frame: migrations, refusals that say what to do, and the run lease."""

from __future__ import annotations

import os
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from custhub.errors import LeaseHeldError, StoreError, UsageError
from custhub.store import Store, tables

TTL = timedelta(seconds=30)


def test_migrations_from_empty_give_the_tables_that_the_code_knows(store: Store) -> None:
    store.migrate()
    store.check_schema()
    with store.database.read() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, tables.metadata) == []


def test_two_processes_may_migrate_at_once(store_url: str) -> None:
    stores = [Store.open(store_url) for _ in range(4)]
    threads = [threading.Thread(target=store.migrate) for store in stores]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({store.epoch() for store in stores}) == 1
    for store in stores:
        store.close()


def test_a_newer_schema_is_refused(store: Store) -> None:
    with store.database.write() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    for call in (store.migrate, store.check_schema):
        with pytest.raises(StoreError, match="9999 is newer than this custhub"):
            call()


def test_an_empty_database_is_refused_by_readers(store_url: str) -> None:
    with Store.open(store_url) as store:
        with pytest.raises(StoreError, match="empty"):
            store.check_schema()
        with pytest.raises(StoreError, match="migrated"):
            store.head()


def test_wrong_urls_are_refused() -> None:
    for url in ("mysql://x/y", "sqlite://", "nonsense"):
        with pytest.raises(UsageError):
            Store.open(url)


@pytest.mark.postgres
def test_a_server_that_is_not_there_is_named_without_the_password() -> None:
    pytest.importorskip("psycopg")
    with Store.open("postgresql://ann:secret@127.0.0.1:1/golden") as store, pytest.raises(StoreError) as refused:
        store.migrate()
    assert refused.value.retryable
    assert "127.0.0.1" in str(refused.value)
    assert "secret" not in str(refused.value)


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    path = tmp_path / "golden.db"
    path.write_text("this is not a database, but it is long enough to look at" * 20)
    with Store.open(f"sqlite:///{path}") as store, pytest.raises(StoreError, match="not a SQLite database"):
        store.migrate()


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev")  # noqa: PTH110
def test_a_full_disk_is_named(store_url: str) -> None:
    if not store_url.startswith("sqlite"):
        pytest.skip("the server's disk cannot be filled here")
    with Store.open(store_url) as store:
        store.migrate()
        with pytest.raises(StoreError, match="disk is full") as refused, store.database.write() as connection:
            connection.execute(sa.text("PRAGMA max_page_count = 1"))
            for number in range(500):
                connection.execute(tables.model.insert().values(version=str(number), text="x" * 4000, at=""))
    assert refused.value.retryable


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


def test_one_holder_at_a_time(store_url: str) -> None:
    clock = Clock()
    with Store.open(store_url, clock=clock) as store:
        store.migrate()
        store.acquire_lease("run-1", TTL)
        store.acquire_lease("run-1", TTL)
        with pytest.raises(LeaseHeldError) as refused:
            store.acquire_lease("run-2", TTL)
        assert refused.value.holder == "run-1"
        store.release_lease("run-2")
        clock.now += TTL
        store.acquire_lease("run-2", TTL)
        with pytest.raises(LeaseHeldError):
            store.acquire_lease("run-1", TTL)
        store.release_lease("run-2")
        store.acquire_lease("run-3", TTL)


def test_a_held_lease_renews_itself_and_is_given_back(store: Store) -> None:
    with store.lease("run-1", timedelta(seconds=0.6)) as held:
        threading.Event().wait(1.0)
        held.check()
        with pytest.raises(LeaseHeldError):
            store.acquire_lease("run-2", TTL)
    store.acquire_lease("run-2", TTL)


def test_a_lost_lease_is_noticed(store: Store) -> None:
    with store.lease("run-1", timedelta(seconds=30)) as held:
        store.release_lease("run-1")
        store.acquire_lease("run-2", TTL)
        with pytest.raises(LeaseHeldError):
            held.check()
