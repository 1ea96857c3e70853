"""One run of matching: order, decisions, limits, models."""

import json
import threading

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from custhub.errors import UsageError
from custhub.matching import (
    Decided,
    FieldKind,
    FieldRule,
    MatchRules,
    Model,
    NeverRule,
    cores,
    evaluate,
    match,
)
from custhub.matching.ladders.dates import DateLadder
from custhub.matching.model import FORMAT

FIRST = ["anna", "bernd", "clara", "david", "emil", "frieda", "georg", "hanna", "ivan", "julia"]
LAST = ["meier", "schulz", "fischer", "weber", "wagner", "becker", "hoffmann", "koch", "richter", "klein"]
RULES = MatchRules(
    id_column="id",
    source_column="source",
    fields=[
        FieldRule(name="first", kind=FieldKind.GIVEN, columns=["first"]),
        FieldRule(name="last", kind=FieldKind.FAMILY, columns=["last"]),
        FieldRule(name="born", kind=FieldKind.DATE, columns=["born"]),
        FieldRule(name="phone", kind=FieldKind.PHONE, columns=["phone"]),
        FieldRule(name="street", kind=FieldKind.ADDRESS, columns=["street"]),
        FieldRule(name="tax", kind=FieldKind.IDENTIFIER, columns=["tax"]),
    ],
)


def people(count: int, seed: int = 1) -> tuple[pl.DataFrame, np.ndarray]:
    """Customers with one to three records each, some of them with a typo, a lost or a new value."""
    rng = np.random.default_rng(seed)
    rows, truth = [], []
    for person in range(count):
        base = {
            "first": FIRST[rng.integers(10)],
            "last": LAST[rng.integers(10)],
            "born": f"{rng.integers(1940, 2000)}-{rng.integers(1, 13):02d}-{rng.integers(1, 29):02d}",
            "phone": f"0{rng.integers(10**8, 10**9)}",
            "street": f"{LAST[rng.integers(10)]}weg {rng.integers(1, 300)}",
            "tax": f"{rng.integers(10**9, 10**10)}",
        }
        for _ in range(rng.integers(1, 4)):
            row = dict(base)
            if rng.random() < 0.3:
                row["first"] = row["first"][:-1] + "x"
            for name in ("born", "phone", "street", "tax"):
                if rng.random() < 0.25:
                    row[name] = None
            rows.append({"source": ["erp", "crm"][rng.integers(2)], "id": str(len(rows)), **row})
            truth.append(person)
    return pl.DataFrame(rows, infer_schema_length=None), np.array(truth)


def partition(labels: np.ndarray) -> set[frozenset[int]]:
    return {frozenset(np.flatnonzero(labels == label).tolist()) for label in np.unique(labels)}


def test_finds_the_same_people_and_labels_clusters_by_their_lowest_row() -> None:
    frame, truth = people(300)
    result = match(frame, RULES)
    assert evaluate(result.clusters, truth).pairs.f1 > 0.97
    assert all(min(cluster) == result.clusters[min(cluster)] for cluster in partition(result.clusters))
    assert set(result.pairs["decision"].unique()) <= {"merge", "review"}
    assert (result.pairs["left"] < result.pairs["right"]).all()
    assert result.report.candidates >= result.pairs.height


@given(seed=st.integers(0, 10_000))
@settings(max_examples=6, deadline=None)
def test_the_order_of_rows_does_not_matter(seed: int) -> None:
    frame, _ = people(60, seed=5)
    order = np.random.default_rng(seed).permutation(frame.height)
    straight, shuffled = match(frame, RULES), match(frame[order], RULES)
    assert straight.model.version == shuffled.model.version
    back = np.empty_like(order)
    back[order] = np.arange(len(order))
    assert partition(straight.clusters) == {frozenset(order[list(c)].tolist()) for c in partition(shuffled.clusters)}
    assert sorted(straight.pairs["weight"]) == sorted(shuffled.pairs["weight"])


def test_work_side_by_side_gives_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    frame, _ = people(300)
    alone = match(frame, RULES)
    monkeypatch.setattr(cores, "CORES", 3)
    monkeypatch.setattr(cores, "_WORTH", 0)
    seen: set[int] = set()
    compare = DateLadder.compare
    monkeypatch.setattr(DateLadder, "compare", lambda *a: seen.add(threading.get_ident()) or compare(*a))
    together = match(frame, RULES)
    assert seen
    assert threading.get_ident() not in seen
    assert together.model.version == alone.model.version
    assert together.pairs.equals(alone.pairs)
    assert (together.clusters == alone.clusters).all()


def test_a_model_survives_its_file_and_scores_the_same() -> None:
    frame, _ = people(80)
    first = match(frame, RULES)
    model = Model.from_json(first.model.to_json())
    assert model.version == first.model.version
    again = match(frame, RULES, model=model)
    assert again.pairs.equals(first.pairs)
    assert (again.clusters == first.clusters).all()


def test_a_model_file_holds_no_values() -> None:
    frame, _ = people(80)
    text = match(frame, RULES).model.to_json()
    assert not any(name in text for name in ("anna", "meier", *frame["tax"].drop_nulls().to_list()))


def test_what_is_not_a_model_is_told() -> None:
    with pytest.raises(UsageError, match="not a matching model"):
        Model.from_json(json.dumps({"format": FORMAT}))


def test_a_model_says_which_fields_it_was_not_trained_with() -> None:
    model = match(people(80)[0], RULES).model
    fields = [*RULES.fields[:-1], FieldRule(name="plan_b", kind=FieldKind.TEXT, columns=["tax"])]
    other = RULES.model_copy(update={"fields": fields})
    with pytest.raises(UsageError, match=r"other match rules \(.*plan_b\) -> train a new one"):
        model.check_fits(other)
    model.check_fits(RULES.model_copy(update={"merge_probability": 0.99}))


@given(data=st.data())
@settings(max_examples=12, deadline=None)
def test_decisions_are_never_overridden(data: st.DataObject) -> None:
    frame, _ = people(25, seed=3)
    row = st.integers(0, frame.height - 1)
    pairs = st.lists(st.tuples(row, row).filter(lambda p: p[0] != p[1]), max_size=6)
    same, different = np.array(data.draw(pairs)).reshape(-1, 2), np.array(data.draw(pairs)).reshape(-1, 2)
    result = match(frame, RULES, model=_model(), decided=Decided(same.astype(int), different.astype(int)))
    for left, right in different:
        assert result.clusters[left] != result.clusters[right]
    if result.conflicts.is_empty():
        for left, right in same:
            assert result.clusters[left] == result.clusters[right]


def _model(cache: dict[str, Model] = {}) -> Model:  # noqa: B006 - one model for all examples
    if "model" not in cache:
        cache["model"] = match(people(200)[0], RULES).model
    return cache["model"]


def twins() -> pl.DataFrame:
    row = {"source": "erp", "first": "anna", "last": "meier", "born": "1980-02-03", "phone": "0171234567"}
    return pl.DataFrame([{**row, "id": str(i), "street": "weg 5", "tax": "1234567890"} for i in range(3)])


def test_contradicting_decisions_become_a_conflict() -> None:
    same, different = np.array([[0, 1], [1, 2]]), np.array([[0, 2]])
    result = match(twins(), RULES, model=_model(), decided=Decided(same, different))
    assert result.clusters[0] != result.clusters[2]
    assert result.conflicts.rows() == [(0, 2, "decided different and same")]


@pytest.mark.parametrize(
    ("change", "columns", "apart"),
    [
        ({"never": [NeverRule(field="tax")]}, {"tax": ["1234567890", "5550001112", "1234567890"]}, (0, 1)),
        ({"single_sources": ["erp"]}, {}, (0, 1)),
        ({"max_cluster": 2}, {}, (0, 1)),
    ],
)
def test_rules_above_weights(change: dict, columns: dict, apart: tuple[int, int]) -> None:
    frame = twins().with_columns(pl.Series(name, values) for name, values in columns.items())
    assert len(set(match(frame, RULES, model=_model()).clusters.tolist())) == 1
    result = match(frame, RULES.model_copy(update=change), model=_model())
    assert result.clusters[apart[0]] != result.clusters[apart[1]]
    assert result.too_large == ([[0, 1, 2]] if "max_cluster" in change else [])


@pytest.mark.parametrize("rows", [0, 1, 3])
def test_small_and_empty_frames(rows: int) -> None:
    frame = twins().head(rows).with_columns(pl.lit(None, dtype=pl.String).alias("phone"))
    result = match(frame, RULES)
    assert len(result.clusters) == rows
    assert "priors" in result.model.weights.note


def test_the_hub_is_more_careful_than_dedupe() -> None:
    frame, _ = people(200)
    careful = match(frame, RULES.model_copy(update={"merge_probability": 0.999}))
    usual = match(frame, RULES)
    assert len(partition(careful.clusters)) >= len(partition(usual.clusters))


def test_rules_name_only_fields_that_exist() -> None:
    with pytest.raises(ValueError, match="there is no field nothing"):
        MatchRules(fields=RULES.fields, never=[NeverRule(field="nothing")])
    with pytest.raises(ValueError, match="two fields have the name tax"):
        MatchRules(fields=[*RULES.fields, RULES.fields[-1]])
