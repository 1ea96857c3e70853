"""Which files are read, deltas, empty and missing files, drift, and a full disk."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow.parquet as pq
import pytest

from custhub.errors import SourceError, StoreError

SNAPSHOT = """
source: crm
kind: csv
streams:
  company: {path: in/company*.csv, key: id}
  contact: {path: in/contact.csv, parent: company}
"""


def test_children_of_a_snapshot(project) -> None:
    project.write("in/company.csv", "id,name\n1,a\n2,b\n")
    project.write("in/contact.csv", "company,name\n1,x\n1,y\n,z\n")
    extraction = project.run(SNAPSHOT)
    contacts = project.rows(extraction, "contact")
    assert contacts.select("_key", "_parent").rows() == [("1", "1"), ("1", "1")]
    assert project.rules(extraction) == [(4, "key_missing")] and project.keys(extraction) == ["1", "2"]


def test_missing_and_empty_files(project) -> None:
    with pytest.raises(SourceError, match=r"file in/company\*.csv: there is no such file") as caught:
        project.run(SNAPSHOT)
    assert caught.value.retryable
    project.write("in/company.csv", "")
    project.write("in/contact.csv", "company,name\n")
    with pytest.raises(SourceError, match=r"in/company.csv: the file is empty \(0 bytes\)"):
        project.run(SNAPSHOT)
    extraction = project.run(SNAPSHOT.replace("key: id", "key: id, allow_empty: true"))
    assert extraction.streams["company"].rows == 0 and project.keys(extraction) == []


def test_new_columns_of_files(project) -> None:
    project.write("in/company1.csv", "id,name\n1,a\n")
    project.write("in/company2.csv", "name,id,vip\nb,2,x\n")
    project.write("in/contact.csv", "company,name\n")
    declared = SNAPSHOT.replace("key: id", "key: id, columns: [id, name]")
    first = project.run(declared)
    assert [(d.column, d.change) for d in first.drift] == [("vip", "added")]
    assert project.rows(first).select("id", "name", "vip").rows() == [("1", "a", None), ("2", "b", "x")]
    assert project.run(declared, first.state).drift == ()
    with pytest.raises(SourceError, match="vip is new and the contract is frozen"):
        project.run(declared + "contract: freeze\n")
    with pytest.raises(SourceError, match=r"company1.csv: column vip is missing"):
        project.run(declared.replace("[id, name]", "[id, name, vip]"))


def test_the_limit_of_unreadable_rows(project) -> None:
    project.write("in/contact.csv", "company,name\n")
    good, bad = "".join(f"{i},a\n" for i in range(80)), "broken\n" * 20
    project.write("in/company.csv", "id,name\n" + good + bad)
    assert project.run(SNAPSHOT).unreadable_rows == 20
    project.write("in/company.csv", "id,name\n" + good + bad + "broken\n")
    with pytest.raises(SourceError, match="21 of 101 rows are unreadable, more than the limit of 20%"):
        project.run(SNAPSHOT)
    assert project.run(SNAPSHOT + "unreadable_limit: 0.3\n").unreadable_rows == 21


DELTA = """
source: feed
kind: csv
mode: incremental
streams:
  customer: {path: drop/*.csv, key: id, delete_marker: {column: op, values: [D]}}
"""


def gone(extraction: Any) -> list[str]:
    assert extraction.deleted is not None
    return pl.read_parquet(extraction.deleted)["_key"].to_list()


def test_deltas_are_read_once(project) -> None:
    project.write("drop/1.csv", "id,op,name\n1,U,a\n2,U,b\n3,D,\n")
    first = project.run(DELTA)
    assert first.full and first.keys is None and gone(first) == ["3"]
    assert project.rows(first)["_key"].to_list() == ["1", "2"]
    nothing = project.run(DELTA, first.state)
    assert not nothing.full and project.rows(nothing).height == 0 and nothing.state == first.state
    project.write("drop/2.csv", "id,op,name\n1,D,\n1,U,again\n2,U,b\n2,D,\n")
    second = project.run(DELTA, nothing.state)
    assert project.rows(second)["name"].to_list() == ["again", "b"] and gone(second) == ["2"]
    project.write("drop/1.csv", "id,op,name\n9,U,sent again\n")
    third = project.run(DELTA, second.state)
    assert project.rows(third)["_key"].to_list() == ["9"]
    (project.base / "drop/1.csv").touch()
    assert project.rows(project.run(DELTA, third.state)).height == 0
    assert project.rows(project.run(DELTA, third.state, full=True)).height == 3


def test_no_delta_yet_is_no_mistake_but_a_missing_folder_is(project) -> None:
    with pytest.raises(SourceError, match="there is no such file"):
        project.run(DELTA)
    (project.base / "drop").mkdir()
    assert project.rows(project.run(DELTA)).height == 0


def test_a_full_disk_is_told_and_leaves_nothing(project, monkeypatch: pytest.MonkeyPatch) -> None:
    project.write("in/company.csv", "id,name\n1,a\n")
    project.write("in/contact.csv", "company,name\n")

    def full(*args: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(pq.ParquetWriter, "write_table", full)
    with pytest.raises(StoreError, match="the disk is full -> free some space") as caught:
        project.run(SNAPSHOT)
    assert caught.value.retryable and list((project.base / "run1").iterdir()) == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_really_full_device(project, monkeypatch: pytest.MonkeyPatch) -> None:
    project.write("in/company.csv", "id,name\n1,a\n")
    project.write("in/contact.csv", "company,name\n")
    folder = project.base / "run1"
    folder.mkdir()
    (folder / "company.parquet.part").symlink_to("/dev/full")
    with pytest.raises(StoreError, match="the disk is full"):
        project.run(SNAPSHOT)


def test_an_interrupted_run_leaves_nothing_and_can_be_repeated(project, monkeypatch: pytest.MonkeyPatch) -> None:
    project.write("in/company.csv", "id,name\n1,a\n")
    project.write("in/contact.csv", "company,name\n1,x\n")
    clean = project.run(SNAPSHOT)
    real = pq.ParquetWriter.write_table
    calls = []

    def interrupted(*args: object) -> None:
        calls.append(args)
        if len(calls) == 2:
            raise KeyboardInterrupt
        real(*args)

    monkeypatch.setattr(pq.ParquetWriter, "write_table", interrupted)
    with pytest.raises(KeyboardInterrupt):
        project.run(SNAPSHOT)
    assert list((project.base / "run2").iterdir()) == []
    monkeypatch.undo()
    again = project.run(SNAPSHOT)
    assert {n: s.sha256 for n, s in again.streams.items()} == {n: s.sha256 for n, s in clean.streams.items()}


def test_what_a_killed_run_left_is_no_obstacle(project) -> None:
    project.write("in/company.csv", "id,name\n1,a\n")
    project.write("in/contact.csv", "company,name\n")
    for name in ("company.parquet.part", "company.parquet", "_keys.parquet.part", "_unreadable.parquet"):
        project.write(f"run1/{name}", "half a file")
    extraction = project.run(SNAPSHOT)
    assert project.rows(extraction).height == 1 and project.keys(extraction) == ["1"] and project.bad(extraction) == []
    assert not list((project.base / "run1").glob("*.part"))
