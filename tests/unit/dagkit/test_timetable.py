"""What a DAG needs to know of a connector, read without Airflow and without the engine."""

from __future__ import annotations

from pathlib import Path

from custhub.dagkit.timetable import read_timetables


def declare(project: Path, **files: str) -> Path:
    (project / "connectors").mkdir()
    for name, text in files.items():
        (project / "connectors" / f"{name}.yml").write_text(text, encoding="utf-8")
    return project


def test_the_keys_of_a_dag_are_read_and_the_rest_left_alone(tmp_path: Path) -> None:
    erp = "source: erp\nkind: sql\nconnection: ERP\nschedule: '@daily'\nowner: ann\nretries: 1\nstreams: {a: {table: a}}\n"
    timetables = read_timetables(declare(tmp_path, erp=erp, crm="source: crm\n"))
    crm, found = timetables.readable
    assert (found.source, found.connection, found.schedule, found.owner, found.retries) == (
        "erp",
        "ERP",
        "@daily",
        "ann",
        1,
    )
    assert (crm.schedule, crm.retries) == (None, 3)
    assert timetables.sources == ("crm", "erp")
    assert timetables.mistakes == ()


def test_bad_connectors_are_told_and_hide_no_other(tmp_path: Path) -> None:
    project = declare(
        tmp_path,
        good="source: good\n",
        bad="source: [\n",
        other="source: erp\n",
        often="source: often\nretries: many\n",
    )
    timetables = read_timetables(project)
    assert [t.source for t in timetables.readable] == ["good"]
    assert timetables.sources == ("bad", "good", "often", "other")
    told = [str(m) for m in timetables.mistakes]
    assert told[0].startswith("connectors/bad.yml:2: is not YAML")
    assert told[1].startswith("connectors/often.yml:2:retries")
    assert told[2].startswith("connectors/other.yml:1:source: is 'erp' in a file named other.yml")


def test_a_project_without_connectors_has_no_timetables(tmp_path: Path) -> None:
    assert read_timetables(tmp_path).sources == ()
