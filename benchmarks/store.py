"""How fast the golden store takes and gives: `python -m benchmarks.store [URL [goldens records]]`, an empty database.
URL `postgres` starts a throw-away server, which here waits for the disk.

Synthetic customers (documents of about 900 bytes). Prints seconds per step, the longest wait of a steward's clicks
while a big change is applied, and latencies of single reads. Other work on the machine shows: read ratios first.
"""

from __future__ import annotations

import multiprocessing
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import numpy as np
import polars as pl

from custhub.errors import PlanMovedError
from custhub.model.events import EVENT
from custhub.model.frames import GOLDEN, LINK, RECORD, conform, empty
from custhub.model.ledger import RowLedger
from custhub.store import Batch, Changes, Store, View

AT = datetime(2026, 3, 1, tzinfo=UTC)
SERVER = {
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "shared_buffers": "512MB",
    "max_wal_size": "4GB",
    "wal_compression": "lz4",
}


def number(column: str, width: int = 8) -> pl.Expr:
    return pl.col(column).cast(pl.String).str.zfill(width)


def golden_id(column: str) -> pl.Expr:
    return pl.concat_str(pl.lit("01890000-0000-7000-8000-"), number(column, 12))


def document(column: str, word: str) -> pl.Expr:
    """JSON text by format, so that making it costs little."""
    n = number(column)
    filler = "".join(f'"attribute_{i}":"value {i} {word}",' for i in range(19))
    parts = [
        pl.lit('{"kind":"person","name":{"full":"Name ' + word + " "),
        n,
        pl.lit('","given":"Given","family":"Family"},"phones":[{"value":"+49170'),
        n,
        pl.lit('","type":"mobile","rank":1}],"emails":[{"value":"mail'),
        n,
        pl.lit('@example.org","rank":1}],"identifiers":[{"type":"vat","value":"DE'),
        n,
        pl.lit('"}],"addresses":[{"street":"Lindenweg","house_number":"'),
        n,
        pl.lit('","city":"Berlin","postal_code":"10115"}],' + filler + '"gender":null}'),
    ]
    return pl.concat_str(parts)


def changes(goldens: np.ndarray, records: np.ndarray, total: int, word: str) -> Changes:
    """Golden customers and records by number; record r belongs to golden customer r modulo `total`."""
    gold = pl.DataFrame({"n": goldens}).with_columns(
        golden_id=golden_id("n"),
        status=pl.lit("active"),
        kind=pl.lit("person"),
        display_name=pl.concat_str(pl.lit("Name "), number("n")),
        members=pl.concat_list(pl.concat_str(pl.lit("erp:"), number("n"))),
        doc=document("n", word),
        prov=pl.lit('{"members":["erp:1"],"rules":"ttttttttttttttttttttttttt"}'),
        hash=pl.concat_str(pl.lit("0" * 24), number("n")),
    )
    record = pl.DataFrame({"n": records}).with_columns(
        (pl.col("n") % total).alias("g"),
        system=pl.lit("erp"),
        key=number("n"),
        row_key=number("n"),
        batch_id=pl.lit("b1"),
        position=pl.col("n"),
        hash=pl.concat_str(pl.lit("0" * 24), number("n")),
        status=pl.lit("attached"),
        doc=document("n", word),
    )
    event = gold.select("golden_id", pl.lit("updated").alias("type"), pl.lit('{"why":"bench"}').alias("cause"))
    return Changes(
        records=conform(record, RECORD) if records.size else empty(RECORD),
        links=conform(record.with_columns(golden_id("g").alias("golden_id")), LINK),
        goldens=conform(gold, GOLDEN),
        events=conform(event, EVENT),
    )


@contextmanager
def timed(step: str) -> Iterator[None]:
    began, busy = time.perf_counter(), time.process_time()
    yield
    seconds, cpu = time.perf_counter() - began, time.process_time() - busy
    print(f"{step:44s} {seconds:8.2f} s, {cpu:6.2f} s of it busy in this process", flush=True)


def apply(store: Store, run_id: str, change: Changes) -> None:
    run = store.open_run(run_id, AT)
    store.stage(run.run_no, change)
    began = time.perf_counter()
    store.publish_run(run.run_no, store.head())
    print(f"    of it the switch {1000 * (time.perf_counter() - began):6.1f} ms")


def click_on(url: str, total: int, stop: multiprocessing.synchronize.Event, waits: multiprocessing.Queue) -> None:  # type: ignore[type-arg]
    """A steward: every 50 ms reads a golden customer and writes it again with an event."""
    chosen, found = random.Random(1), []
    with Store.open(url) as store:
        while not stop.is_set():
            one = np.array([chosen.randrange(total)])
            part = changes(one, np.array([], dtype=np.int64), total, "click")
            began = time.perf_counter()
            store.write(f"click-{began}", AT, Changes(goldens=part.goldens, events=part.events))
            found.append(time.perf_counter() - began)
            time.sleep(0.05)
    waits.put(found)


def latencies(name: str, calls: list[float]) -> None:
    ordered = sorted(calls)
    p99 = ordered[int(len(ordered) * 0.99)]
    print(
        f"{name:44s} p50 {1000 * statistics.median(ordered):6.2f} ms, p99 {1000 * p99:6.2f}, longest {1000 * ordered[-1]:6.1f}"
    )


def reads(store: Store, total: int) -> None:
    chosen = random.Random(2)
    ids = pl.DataFrame({"n": [chosen.randrange(total) for _ in range(2_000)]})
    for name, call in (
        ("read by id", lambda g, n: store.golden(g)),
        ("read by source key", lambda g, n: store.golden_by_source("erp", n)),
        ("read by id as of", lambda g, n: store.golden(g, view=View(as_of=datetime.now(UTC)))),
        ("look up by phone", lambda g, n: store.lookup("phone", f"+49170{n}")),
    ):
        waits = []
        for golden, key in ids.select(golden_id("n"), number("n")).iter_rows():
            began = time.perf_counter()
            assert call(golden, key)
            waits.append(time.perf_counter() - began)
        latencies(name, waits)


def versions(store: Store, total: int) -> None:
    """One customer of 100 versions, read as of each of them."""
    one, none = np.array([total - 1]), np.array([], dtype=np.int64)
    for i in range(100):
        store.write(f"v{i}", AT, Changes(goldens=changes(one, none, total, f"v{i}").goldens))
    golden, head, waits = f"01890000-0000-7000-8000-{total - 1:012d}", store.head(), []
    times = [store.golden(golden, view=View(upto=head - i)).at for i in range(100)]  # type: ignore[union-attr]
    for i in range(2_000):
        began = time.perf_counter()
        store.golden(golden, view=View(as_of=datetime.fromisoformat(times[i % 100])))
        waits.append(time.perf_counter() - began)
    latencies("read as of, 100 versions", waits)


def sizes(store: Store) -> None:
    """On disk, by table and index; what SQLite has yet to write back counts too."""
    store.settle()
    if store.database.is_sqlite:
        parts = "SELECT name, sum(pgsize) FROM dbstat GROUP BY name ORDER BY 2 DESC"
        total = store.database.sqlite_path().stat().st_size
    else:
        parts = (
            "SELECT relname, pg_relation_size(oid) + coalesce(pg_total_relation_size(nullif(reltoastrelid, 0)), 0)"
            " FROM pg_class WHERE relkind IN ('r', 'i') AND relnamespace = 'public'::regnamespace ORDER BY 2 DESC"
        )
    with store.database.read() as connection:
        if not store.database.is_sqlite:
            total = connection.exec_driver_sql("SELECT pg_database_size(current_database())").scalar_one()
        found = connection.exec_driver_sql(parts).all()
    print(
        f"{total / 1e6:,.0f} MB on disk: "
        + ", ".join(f"{name} {size / 1e6:,.0f}" for name, size in found if size > 5e6)
    )


def main(url: str, total: int, n_records: int) -> None:
    store = Store.open(url)
    store.migrate()
    first = changes(np.arange(total), np.arange(n_records), total, "first")
    rows = first.records.select("row_key", pl.col("hash").alias("row_hash"), "position")  # type: ignore[union-attr]
    with timed(f"land {n_records} rows"):
        store.land(Batch("b1", "erp", AT, "b1", True, RowLedger(n_records, new=n_records)), rows, state={"c": 1})
    with timed("first load"):
        apply(store, "first", first)
    sizes(store)
    small = np.arange(0, total, max(1, total // 6_000))
    with timed(f"change of {small.size} golden customers"):
        apply(store, "small", changes(small, np.arange(0, n_records, max(1, n_records // 10_000)), total, "small"))
    for name, read in (("records", store.records), ("links", store.links), ("goldens", store.goldens)):
        with timed(f"read all {name}"):
            read()
    with timed("landed rows"):
        store.rows("erp")
    with timed("records of 10,000 references"):
        store.records(refs=first.records.select("system", "key").sample(10_000, seed=1))  # type: ignore[union-attr]
    with timed("key ledger"):
        print("   ", store.key_ledger("erp"))
    reads(store, total)
    versions(store, total)
    with timed("first 1,000 events"):
        store.events(0, 1_000)
    context = multiprocessing.get_context("spawn")
    stop, waits = context.Event(), context.Queue()
    steward = context.Process(target=click_on, args=(url, total, stop, waits))
    steward.start()
    half = np.arange(0, total, 2)
    big = changes(half, np.arange(0, n_records, 2), total, "big")
    time.sleep(3)
    run = store.open_run("big", AT)
    with timed(f"stage {half.size} golden customers beside clicks"):
        store.stage(run.run_no, big)
    with timed("publish it beside clicks"):
        while True:
            try:
                store.publish_run(run.run_no, store.head())
                break
            except PlanMovedError:
                print("    a click came between")
    time.sleep(1)
    stop.set()
    latencies("clicks meanwhile", waits.get())
    steward.join()
    sizes(store)
    print(f"expected {total} golden customers, found {store.goldens().height}")
    store.close()


if __name__ == "__main__":
    words = sys.argv[1:]
    how_many = [int(word) for word in words[1:]] or [100_000, 170_000]
    if words[:1] == ["postgres"]:
        from tests.conftest import throwaway_postgres  # the tests' own server

        with throwaway_postgres(**SERVER) as server:
            main(server.url("postgres"), *how_many)
    elif words:
        main(words[0], *how_many)
    else:
        with tempfile.TemporaryDirectory() as folder:
            main(f"sqlite:///{folder}/golden.db", *how_many)
