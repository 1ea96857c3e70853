"""Sets of unfamiliar shapes without rules: accuracy, what the columns are taken for, and no crash on anything.

The thresholds lie well below what is measured (see docs/benchmarks.md): they are to catch breakage, not progress.
"""

from __future__ import annotations

import datetime as dt
import importlib.util
import sys
from pathlib import Path

import polars as pl
import pytest

from custhub.errors import UsageError
from custhub.matching import evaluate, explain_pair, explain_result, infer_rules, match

_FILE = Path(__file__).resolve().parents[3] / "benchmarks" / "matching" / "unfamiliar.py"
_spec = importlib.util.spec_from_file_location("unfamiliar_sets", _FILE)
assert _spec is not None and _spec.loader is not None
unfamiliar = importlib.util.module_from_spec(_spec)
sys.modules[_spec.name] = unfamiliar
_spec.loader.exec_module(unfamiliar)


@pytest.mark.parametrize(
    ("name", "least"),
    [
        ("firms_german", 0.97),
        ("firms_spanish", 0.97),
        ("customers_chinese", 0.96),
        ("people_japanese", 0.90),
        ("people_one_name", 0.90),
        ("two_systems", 0.97),
        ("leaking_ids", 0.90),
        ("skewed", 0.90),
        ("papers", 0.95),
        ("goods", 0.72),
        ("restaurants", 0.97),
        ("voters", 0.95),
    ],
)
def test_f1_without_rules(name: str, least: float) -> None:
    frame = unfamiliar.made(name)
    customers = frame.drop("cluster", "_file", strict=False)
    result = match(customers, infer_rules(customers))
    assert evaluate(result.clusters, frame["cluster"].to_numpy()).pairs.f1 >= least


def kinds(name: str) -> dict[str, str]:
    rules = infer_rules(unfamiliar.made(name).drop("cluster", "_file", strict=False))
    return {column: field.kind.value for field in rules.fields for column in field.columns}


def test_columns_are_known_in_other_languages() -> None:
    assert kinds("people_japanese") == {"氏名": "person", "生年月日": "date", "電話番号": "phone", "住所": "address"}
    spanish = kinds("firms_spanish")
    assert spanish["Razón Social"] == "company"
    assert spanish["Población"] == "place"
    assert spanish["CIF"] == "identifier"


def test_what_two_sources_call_differently_is_one_field() -> None:
    rules = infer_rules(unfamiliar.made("two_systems").drop("cluster", "_file"))
    columns = {field.kind.value: sorted(field.columns) for field in rules.fields}
    assert columns["phone"] == ["handy", "phone"]
    assert columns["date"] == ["birth", "geburtstag"]
    assert columns["email"] == ["e_mail", "mail"]
    assert next(field for field in rules.fields if field.kind == "given").aliases == ["fullname"]


def test_what_leaks_or_says_nothing_is_no_evidence() -> None:
    used = kinds("leaking_ids")
    assert set(used) <= {"vorname", "nachname", "plz", "rufnummer", "fax"}


def test_an_id_need_only_be_unique_in_its_source() -> None:
    frame = pl.DataFrame({"file": ["a", "a", "b"], "id": ["1", "2", "1"], "name": ["Ann Lee", "Bo Li", "Ann Lee"]})
    assert infer_rules(frame, source_column="file").id_column == "id"
    assert infer_rules(frame.drop("file")).id_column is None


ANN, BO = "Ann Lee", "Bo Li"
ODD = {
    "one row": pl.DataFrame({"name": [ANN], "city": ["Bonn"]}),
    "one column": pl.DataFrame({"x": ["a", "b", "a"]}),
    "numbers": pl.DataFrame({"x": [1, 2, 1], "y": [1.5, 2.5, 1.5]}),
    "booleans": pl.DataFrame({"ok": [True, False, True] * 5, "name": [ANN, BO, ANN] * 5}),
    "a column of nulls": pl.DataFrame({"a": [None, None, None], "name": [ANN, ANN, BO]}),
    "lists": pl.DataFrame({"emails": [["a@x.de", "b@x.de"], ["a@x.de"], []], "name": [ANN, ANN, BO]}),
    "structs": pl.DataFrame({"name": [{"g": "Ann", "f": "Lee"}, {"g": "Ann", "f": "Lee"}, {"g": "Bo", "f": "Li"}]}),
    "lists of structs": pl.DataFrame(
        {"tel": [[{"n": "030 1234567"}], [{"n": "030 1234567"}], []], "name": [ANN, ANN, BO]}
    ),
    "dates": pl.DataFrame({"born": [dt.date(1980, 1, 2), dt.date(1980, 1, 2), None], "name": [ANN, ANN, BO]}),
    "bytes": pl.DataFrame({"b": [b"\xff\xfe", b"x", b"y"], "name": [ANN, ANN, BO]}),
    "categories": pl.DataFrame({"name": pl.Series([ANN, ANN, BO], dtype=pl.Categorical)}),
    "odd column names": pl.DataFrame({"na.me": [ANN, ANN, BO], "": ["1", "1", "2"], "a b": ["x", "x", "y"]}),
    "long texts": pl.DataFrame({"text": ["lorem ipsum " * 999] * 2 + ["dolor sit " * 999]}),
    "all the same": pl.DataFrame({"name": [ANN] * 99, "city": ["Bonn"] * 99}),
}


@pytest.mark.parametrize("frame", ODD.values(), ids=ODD.keys())
def test_nothing_crashes(frame: pl.DataFrame) -> None:
    result = match(frame, infer_rules(frame))
    assert len(result.clusters) == frame.height
    if frame.height > 1:
        assert explain_pair(frame[[0, 1]], result.model).as_text()


@pytest.mark.parametrize(
    "frame", [pl.DataFrame(), pl.DataFrame(schema={"name": pl.String}), pl.DataFrame({"name": ["", "N/A", "😀"]})]
)
def test_no_values_at_all_are_told(frame: pl.DataFrame) -> None:
    with pytest.raises(UsageError, match="no column has values"):
        infer_rules(frame)


def test_a_result_explains_pairs_that_were_and_were_not_joined() -> None:
    frame = unfamiliar.made("two_systems").drop("cluster", "_file")
    result = match(frame, infer_rules(frame))
    inside = result.pairs.filter(pl.col("decision") == "merge").row(0, named=True)
    assert "one customer" in explain_result(frame, result, inside["left"], inside["right"]).verdict
    apart = int((result.clusters != result.clusters[0]).argmax())
    verdict = explain_result(frame, result, 0, apart).verdict
    assert "not found" in verdict or "below the merge threshold" in verdict
