"""What people said as a table: pairs or customers, with sources or without."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from custhub.cli.tables import evaluation, read_labels
from custhub.errors import UsageError

IDS = pl.DataFrame({"source": ["erp", "erp", "crm", "crm"], "id": ["1", "2", "3", "4"]})
TWICE = IDS.with_columns(id=pl.Series(["1", "2", "1", "2"]))


def file(folder: Path, *lines: str) -> Path:
    path = folder / "labels.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_pairs_answered_yes_or_no(tmp_path: Path) -> None:
    path = file(tmp_path, "id_l,id_r,same", "1,2,Yes", "4,3,no", "1,3,perhaps", "2,4,")
    labels = read_labels(path, IDS)
    assert (labels.pairs.same.tolist(), labels.pairs.different.tolist()) == ([[0, 1]], [[3, 2]])
    figures = evaluation(pl.Series(["a", "a", "b", "b"]), labels, path)
    assert (figures.pairs.precision, figures.pairs.recall) == (0.5, 1.0)
    assert "cluster_f1" not in figures.as_dict()


def test_customers_with_sources(tmp_path: Path) -> None:
    labels = read_labels(file(tmp_path, "source,id,cluster", "crm,2,x", "erp,1,x", "erp,2,y", "web,9,y"), TWICE)
    assert labels.customers is not None
    known = labels.customers
    assert known[0] == known[3] != known[1]
    assert known[2] == -1
    assert not len(labels.pairs.same)


def test_columns_of_other_names(tmp_path: Path) -> None:
    labels = read_labels(file(tmp_path, "nr;who", "1;x", "2;x"), IDS, "nr", "who")
    assert labels.customers is not None
    assert np.array_equal(labels.customers == labels.customers[0], [True, True, False, False])


@pytest.mark.parametrize(
    ("lines", "ids", "said"),
    [
        (["id_l,id_r,same", "1,9,yes"], IDS, "1 pairs name records that are not there"),
        (["id_l,id_r,same", "1,2,yes"], TWICE, "one id is several records"),
        (["id,customer", "1,x"], IDS, "no column 'cluster'"),
    ],
)
def test_mistakes_are_told_without_values(tmp_path: Path, lines: list[str], ids: pl.DataFrame, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        read_labels(file(tmp_path, *lines), ids)


def test_a_truth_has_to_know_every_record(tmp_path: Path) -> None:
    path = file(tmp_path, "id,cluster", "1,x", "2,x")
    with pytest.raises(UsageError, match="2 of 4 records have no true cluster"):
        evaluation(IDS["id"], read_labels(path, IDS), path)
