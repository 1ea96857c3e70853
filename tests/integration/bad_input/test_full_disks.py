"""Disks and stores that cannot be written: told, and the run can be repeated."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from custhub import pipeline
from custhub.errors import SourcesFailedError, StoreError
from custhub.pipeline import Options
from custhub.project import load_project
from custhub.settings import Settings
from custhub.store import Store


@pytest.fixture
def tiny_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 1 MB."""
    folder = tmp_path / "tiny"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        pytest.skip("a tiny disk can only be mounted by root")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_full_disk_is_told_and_the_run_can_be_repeated(three: Any, tiny_disk: Path) -> None:
    before = three.small.hash()
    three.good(three.NAMES)
    filler = tiny_disk / "filler"
    filler.write_bytes(b"x" * (1024 * 1024 - 8192))

    ran = three.custhub("run", CUSTHUB_DATA=str(tiny_disk))

    assert ran.returncode == 2, ran.stderr
    assert "Traceback" not in ran.stderr
    assert "the disk is full" in ran.stderr or "No space left" in ran.stderr
    assert "free" in ran.stderr
    assert three.small.hash() == before

    report = three.run()
    assert report.published.golden_customers == 7


@pytest.mark.parametrize("free", [8, 24, 40, 64, 96])
def test_a_disk_may_be_full_at_any_step(three: Any, tiny_disk: Path, free: int) -> None:
    before = three.small.hash()
    three.good(three.NAMES)
    (tiny_disk / "filler").write_bytes(b"x" * (1024 - free) * 1024)
    project = load_project(Settings(project=three.folder, database_url=three.small.url, data=tiny_disk))

    with Store.open(three.small.url) as store, pytest.raises((StoreError, SourcesFailedError)) as caught:
        pipeline.run_all(pipeline.Hub(project, store), sources=None, at=three.next_day(), options=Options())

    assert "free some space" in str(caught.value)
    assert three.small.hash() == before


LIMITED = """
import resource, signal, sys
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv.pop(1)), resource.RLIM_INFINITY))
from custhub.cli import main
main()
"""


def test_a_store_that_cannot_grow_is_told_and_stays_readable(three: Any) -> None:
    before = three.small.hash()
    three.good(three.NAMES)
    size = (three.folder / "golden.db").stat().st_size

    command = [sys.executable, "-W", "ignore", "-c", LIMITED, str(size // 4), "run", "--project", str(three.folder)]
    env = {**os.environ, "CUSTHUB_DATABASE_URL": three.small.url, "CUSTHUB_NOW": "2026-01-09T08:00:00+00:00"}
    ran = subprocess.run(command, env=env, capture_output=True, text=True, timeout=300, check=False)

    assert ran.returncode == 2, ran.stderr
    assert "Traceback" not in ran.stderr
    assert "store sqlite:///" in ran.stderr
    assert "->" in ran.stderr
    assert three.small.hash() == before

    assert three.run().published.golden_customers == 7


@pytest.mark.parametrize(
    ("store", "told"),
    [
        ("file:{folder}/golden.db?mode=ro&uri=true", "the file is read-only -> check its permissions"),
        ("{folder}/shop.csv", "the file is not a SQLite database -> check CUSTHUB_DATABASE_URL"),
        ("{folder}/shop.csv/golden.db", "the folder cannot be made"),
    ],
)
def test_a_store_that_cannot_be_written_is_told(three: Any, store: str, told: str) -> None:
    before = three.small.hash()
    plain, three.small.url = three.small.url, f"sqlite:///{store.format(folder=three.folder)}"

    with pytest.raises(StoreError, match=told):
        three.run()

    three.small.url = plain
    assert three.small.hash() == before
