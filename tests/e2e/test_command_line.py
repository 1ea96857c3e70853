"""The `custhub` command as people and scripts meet it: exit codes, JSON, errors without traceback and without values."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import BytesIO, StringIO, TextIOWrapper
from pathlib import Path
from unittest.mock import patch

import pytest

from custhub.cli import main
from custhub.store import Store

COMMAND = str(Path(sys.executable).with_name("custhub"))
PLANTED = "Quixote Plantagenet"
NOW = "2026-03-02T08:00:00+00:00"


@dataclass(frozen=True)
class Ran:
    returncode: int
    stdout: str
    stderr: str


def custhub(*words: str, stdin: str = "", **env: str) -> Ran:
    """The command in this process, which spares its start; what it lets through fails the test as it is."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith("CUSTHUB_")}
    out, err, given = StringIO(), StringIO(), TextIOWrapper(BytesIO(stdin.encode()), encoding="utf-8")
    with (
        patch.dict(os.environ, {**plain, "CUSTHUB_NOW": NOW, "CUSTHUB_USER": "anna", **env}, clear=True),
        patch.object(sys, "argv", ["custhub", *words]),
        patch.object(sys, "stdin", given),
        redirect_stdout(out),
        redirect_stderr(err),
    ):
        code = 0
        try:
            main()
        except SystemExit as e:
            code = int(e.code or 0)
    return Ran(code, out.getvalue(), err.getvalue())


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new project from `custhub init`, with one run applied."""
    folder = tmp_path_factory.mktemp("command") / "hub"
    made = custhub("init", str(folder), "--json")
    assert made.returncode == 0, made.stderr
    assert json.loads(made.stdout)["files"]
    ran = custhub("run", "--project", str(folder), "--json")
    assert ran.returncode == 0, ran.stderr
    report = json.loads(ran.stdout)
    assert report["published"]["golden_customers"] > 0
    return folder


def assert_tidy(ran: Ran, code: int) -> None:
    assert ran.returncode == code, ran.stdout + ran.stderr
    assert "Traceback" not in ran.stderr + ran.stdout
    assert PLANTED.split()[0] not in ran.stderr


def test_the_installed_command_ends_with_a_sentence_and_no_traceback(project: Path) -> None:
    told = subprocess.run(
        [COMMAND, "apply", "run-20200101T000000000000", "--project", str(project)],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )

    assert_tidy(Ran(told.returncode, told.stdout, told.stderr), 2)
    assert told.stderr == "custhub: no run run-20200101T000000000000\n"


def test_a_run_without_news_says_so_and_a_plan_is_empty(project: Path) -> None:
    again = custhub("run", "--project", str(project), CUSTHUB_NOW="2026-03-03T08:00:00+00:00")
    assert_tidy(again, 0)
    assert "Plan: nothing to change" in again.stdout

    planned = custhub("plan", "--project", str(project), "--json", CUSTHUB_NOW="2026-03-04T08:00:00+00:00")
    assert_tidy(planned, 0)
    assert not any(json.loads(planned.stdout)["summary"].values())


def test_every_mistake_is_told_at_once_with_file_line_and_key(project: Path, tmp_path: Path) -> None:
    folder = tmp_path / "broken"
    assert custhub("init", str(folder)).returncode == 0
    for path in sorted((folder / "connectors").glob("*.yml")):
        path.write_text(path.read_text(encoding="utf-8") + "colour: red\n", encoding="utf-8")
    for path in sorted((folder / "mappings").glob("*.yml")):
        path.write_text(path.read_text(encoding="utf-8") + "flavour: sweet\n", encoding="utf-8")

    told = custhub("check", "--quick", "--project", str(folder), "--json")

    assert_tidy(told, 2)
    assert told.stdout == ""
    problem = json.loads(told.stderr)
    assert problem["error"] == "ConfigError"
    assert {m["key"] for m in problem["mistakes"]} >= {"colour", "flavour"}
    assert all(m["file"] and m["line"] and m["hint"] for m in problem["mistakes"] if m["key"] in ("colour", "flavour"))


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("run", "--source", "nowhere"), 2),
        (("apply", "no-such-file.parquet"), 2),
        (("quarantine", "show", "ffff"), 2),
        (("run", "--no-such-option"), 2),
    ],
)
def test_wrong_use_ends_with_a_sentence_and_code_2(project: Path, words: tuple[str, ...], code: int) -> None:
    told = custhub(*words, "--project", str(project))

    assert_tidy(told, code)
    assert told.stderr.strip()
    assert told.stdout == ""


def test_a_folder_without_a_project_and_a_folder_that_is_not_empty(project: Path, tmp_path: Path) -> None:
    told = custhub("run", "--project", str(tmp_path), "--json")
    assert_tidy(told, 2)
    assert "holds no connectors/ folder" in json.loads(told.stderr)["message"]

    told = custhub("init", str(project))
    assert_tidy(told, 2)
    assert "is not empty" in told.stderr


def test_while_another_run_holds_the_lease_a_run_is_refused_with_code_1(project: Path) -> None:
    with Store.open(f"sqlite:///{project / '.custhub' / 'golden.db'}") as store:
        with store.lease("nightly run 7", timedelta(minutes=5)):
            told = custhub("run", "--project", str(project), "--json")
        assert_tidy(told, 1)
        assert json.loads(told.stderr)["error"] == "LeaseHeldError"
        assert "nightly run 7" in told.stderr

    long_ago = datetime.now(UTC) - timedelta(hours=1)
    with Store.open(f"sqlite:///{project / '.custhub' / 'golden.db'}", clock=lambda: long_ago) as store:
        store.acquire_lease("a run that was killed", timedelta(minutes=5))
    assert_tidy(custhub("run", "--project", str(project), CUSTHUB_NOW="2026-03-05T08:00:00+00:00"), 0)


def test_a_run_that_a_person_must_look_at_ends_with_code_1_and_an_approval_lets_it_go_on(tmp_path: Path) -> None:
    folder = small_database_project(tmp_path, rows=12)
    source = {"CUSTHUB_CONN_ERP": f"sqlite:///{folder / 'erp.db'}"}
    assert_tidy(custhub("run", "--project", str(folder), **source), 0)
    with sqlite3.connect(folder / "erp.db") as erp:
        erp.execute("DELETE FROM customer WHERE id > 'K04'")
    erp.close()

    stopped = custhub("run", "--project", str(folder), "--json", CUSTHUB_NOW="2026-03-03T08:00:00+00:00", **source)
    assert_tidy(stopped, 1)
    told = json.loads(stopped.stderr.splitlines()[-1])
    assert told["error"] == "StoppedForPersonError"
    assert "--approve" in told["message"]

    env = {"CUSTHUB_NOW": "2026-03-04T08:00:00+00:00", **source}
    later = custhub("run", "--project", str(folder), "--approve", "--json", **env)
    assert_tidy(later, 0)
    assert json.loads(later.stdout)["applied"]["keys"]["erp"]["deleted"] == 7


def small_database_project(folder: Path, rows: int) -> Path:
    """One table of customers; the first one's values must never be told."""
    columns = "id, name, born"
    with sqlite3.connect(folder / "erp.db") as erp:
        erp.execute(f"CREATE TABLE customer ({columns})")
        names = [PLANTED, *(f"Kim {chr(65 + i)}berg" for i in range(1, rows))]
        erp.executemany("INSERT INTO customer VALUES (?, ?, ?)", [(f"K{i:02}", n, "") for i, n in enumerate(names)])
    erp.close()
    for name in ("connectors", "mappings"):
        (folder / name).mkdir()
    connector = "source: erp\nkind: sql\nconnection: ERP\nstreams:\n  customer: {table: customer, key: id}\n"
    mapping = (
        "source: erp\nstream: customer\ncustomer:\n  kind: {constant: person}\n  name.full: name\n  birth_date: born\n"
    )
    (folder / "connectors" / "erp.yml").write_text(connector, encoding="utf-8")
    (folder / "mappings" / "erp.customer.yml").write_text(mapping, encoding="utf-8")
    return folder


def test_no_error_and_no_progress_holds_a_customers_values(tmp_path: Path) -> None:
    folder = small_database_project(tmp_path, rows=3)
    source = {"CUSTHUB_CONN_ERP": f"sqlite:///{folder / 'erp.db'}"}
    with sqlite3.connect(folder / "erp.db") as erp:
        erp.execute("UPDATE customer SET born = ? WHERE id = 'K00'", (f"{PLANTED} was born",))
    erp.close()

    ran = custhub("run", "--project", str(folder), **source)
    assert_tidy(ran, 0)
    assert "Quixote" not in ran.stdout
    assert "rows in quarantine: 1" in ran.stdout
    listed = custhub("quarantine", "list", "--project", str(folder), "--json")
    assert_tidy(listed, 0)
    assert "Quixote" not in listed.stdout
    (row,) = json.loads(listed.stdout)
    shown = custhub("quarantine", "show", row["id"][:12], "--project", str(folder))
    assert PLANTED in shown.stdout, "the raw row is kept, and shown to who asks for it"

    secret = custhub(
        "run",
        "--project",
        str(folder),
        CUSTHUB_CONN_ERP="postgresql://me:hunter2@127.0.0.1:1/erp",
        CUSTHUB_NOW="2026-03-03T08:00:00+00:00",
    )
    assert_tidy(secret, 2)
    assert "hunter2" not in secret.stderr
    assert "source erp" in secret.stderr
    nowhere = custhub("run", "--project", str(folder), CUSTHUB_NOW="2026-03-04T08:00:00+00:00")
    assert_tidy(nowhere, 2)
    assert "CUSTHUB_CONN_ERP" in nowhere.stderr


def test_single_values_are_cleaned_and_compared_line_by_line() -> None:
    cleaned = custhub("clean", "phone", "--region", "CN", stdin="138 0013 8000\n00000000\n")
    assert_tidy(cleaned, 0)
    first, second = map(json.loads, cleaned.stdout.splitlines())
    assert first["parts"]["e164"] == "+8613800138000"
    assert second["key"] is None

    told = custhub("compare", "email", stdin="a@example.org\n")
    assert_tidy(told, 2)
    assert "holds no tab" in told.stderr
    told = custhub("clean", "colour", "--json", stdin="red\n")
    assert_tidy(told, 2)
    assert json.loads(told.stderr)["error"] == "UsageError"


def test_dedupe_says_why_two_records_are_one_or_not(tmp_path: Path) -> None:
    table, output, picture = (tmp_path / name for name in ("people.csv", "clusters.csv", "why.svg"))
    lines = [f"{i},Kim {chr(65 + i % 20)}berg,1980-01-{i % 27 + 1:02}" for i in range(40)]
    table.write_text("\n".join(["id,name,born", *lines, "99,Kim Aberg,1980-01-01"]) + "\n", encoding="utf-8")
    words = ("dedupe", str(table), "--id", "id", "-o", str(output))

    same = custhub(*words, "--why", "people:0", "people:99", "--picture", str(picture))
    assert_tidy(same, 0)
    assert "one customer" in same.stdout
    assert "bits  any two records" in same.stdout
    assert picture.read_text(encoding="utf-8").startswith("<svg")
    others = custhub(*words, "--why", "0", "1", "--json")
    assert "not" in json.loads(others.stdout)["why"]["verdict"]
    unknown = custhub(*words, "--why", "people:0", "people:77")
    assert_tidy(unknown, 2)
    assert "write SOURCE:ID, as in people:0" in unknown.stderr
    assert "77" not in unknown.stderr


def test_dedupe_says_what_to_keep_in_mind_of_its_answer(tmp_path: Path) -> None:
    table, labels = tmp_path / "people.csv", tmp_path / "labels.csv"
    people = [f"{i},Kim {chr(65 + i % 20)}berg,1980-01-{i % 20 + 1:02}" for i in range(22)]
    table.write_text("\n".join(["id,name,born", *people, "40,Kim Aberg,1980-01-01"]) + "\n", encoding="utf-8")
    labels.write_text("id_l,id_r,same\n0,20,yes\n20,40,yes\n0,40,no\n", encoding="utf-8")
    words = ("dedupe", str(table), "--id", "id", "-o", str(tmp_path / "clusters.csv"), "--max-cluster", "2")

    told = custhub(*words)
    assert_tidy(told, 0)
    assert "too few to learn from: the weights are mostly the priors" in told.stdout
    assert "1 clusters are larger than --max-cluster" in told.stdout
    contradicted = json.loads(custhub(*words, "--labels", str(labels), "--json").stdout)
    assert (contradicted["conflicts"], contradicted["too_large"]) == (1, 0)


def test_dedupe_tells_what_is_wrong_with_its_inputs(tmp_path: Path) -> None:
    good, empty = tmp_path / "good.csv", tmp_path / "empty.csv"
    lines = [f"{i},Kim {chr(65 + i % 20)}berg,1980-01-{i % 27 + 1:02}" for i in range(40)]
    good.write_text("\n".join(["id,name,born", *lines, "99,Kim Aberg,1980-01-01"]) + "\n", encoding="utf-8")
    empty.write_bytes(b"")
    output = str(tmp_path / "clusters.csv")

    assert_tidy(custhub("dedupe", str(good), "-o", output, "--json"), 0)
    for words, said in {
        (str(empty),): "is empty",
        (str(tmp_path / "none.csv"),): "no such file",
        (str(good), "--id", "nr"): "has no column",
        (str(good), str(good)): "same file name",
    }.items():
        told = custhub("dedupe", *words, "-o", output)
        assert_tidy(told, 2)
        assert said in told.stderr or said.replace("has", "have") in told.stderr
