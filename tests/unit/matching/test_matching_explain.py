"""Explanations, evaluation and their pictures; the hub's features."""

import json
import xml.etree.ElementTree as ElementTree

import numpy as np
import polars as pl

from custhub.matching import (
    by_threshold,
    curve_svg,
    customer_features,
    evaluate,
    explain_pair,
    hub_rules,
    match,
    waterfall_svg,
)
from custhub.model.frames import CUSTOMER, REF, conform, decode_docs


def records(*documents: dict) -> pl.DataFrame:
    docs = decode_docs(pl.Series([json.dumps(d) for d in documents]))
    refs = pl.DataFrame({"system": ["erp"] * len(documents), "key": [str(i) for i in range(len(documents))]})
    return conform(pl.concat([refs, docs], how="horizontal"), pl.Schema({**REF, **CUSTOMER}))


ANNA = {"kind": "person", "name": {"given": "Anna", "family": "Müller"}, "birth_date": "1980-02-03"}
SHOP = {"kind": "organisation", "name": {"full": "上海汉得信息技术股份有限公司"}}
CUSTOMERS = customer_features(
    records(
        {**ANNA, "phones": [{"value": "+491711234567"}, {"value": "+4930123456"}], "emails": [{"value": "a@x.de"}]},
        {**ANNA, "name": {"given": "Anna", "family": "Mueller"}, "phones": [{"value": "+491711234567"}]},
        {**SHOP, "identifiers": [{"type": "uscc", "value": "91310000744929924C"}], "emails": [{"value": "a@x.de"}]},
        {**SHOP, "identifiers": [{"type": "uscc", "value": "91310000744920000X"}]},
    )
)


def test_the_hub_matches_canonical_customers() -> None:
    result = match(CUSTOMERS, hub_rules())
    assert result.clusters.tolist() == [0, 0, 2, 3], "two tax numbers are two customers, whatever their name"
    assert CUSTOMERS["phones"][0] == "+491711234567; +4930123456"
    assert CUSTOMERS["uscc"][2] == "uscc:91310000744929924C"


def test_an_explanation_adds_up_and_says_where_the_records_met() -> None:
    result = match(CUSTOMERS, hub_rules())
    pair = explain_pair(CUSTOMERS.head(2), result.model)
    assert pair.start + sum(r.weight for r in pair.reasons) + pair.once == pair.weight
    assert pair.weight == result.pairs["weight"][0]
    assert pair.met_on and "one customer" in pair.verdict
    assert "phones: exact" in pair.as_text()
    picture = ElementTree.fromstring(waterfall_svg(pair))
    assert picture.tag.endswith("svg")


def test_why_a_pair_was_not_found() -> None:
    model = match(CUSTOMERS, hub_rules()).model
    assert "never the same customer: they differ in uscc" in explain_pair(CUSTOMERS[2:4], model).verdict
    assert "no key in common" in explain_pair(CUSTOMERS[[1, 3]].with_columns(kind=pl.lit("person")), model).verdict


def test_evaluation_counts_pairs_and_whole_clusters() -> None:
    figures = evaluate(np.array([0, 0, 0, 3, 4, 4]), np.array(["a", "a", "b", "b", "c", "c"]))
    assert (figures.pairs.right, figures.pairs.found, figures.pairs.true) == (2, 4, 3)
    assert figures.clusters is not None
    assert (figures.clusters.right, figures.clusters.found, figures.clusters.true) == (1, 2, 3)
    assert figures.as_dict()["f1"] == round(2 * 0.5 * (2 / 3) / (0.5 + 2 / 3), 5)


def test_the_curve_by_threshold_and_its_picture() -> None:
    curve = by_threshold(np.array([5000, 3000, 3000, -1000]), np.array([True, True, False, False]), 4)
    assert curve.thresholds.tolist() == [5000, 3000, -1000]
    assert curve.precision.tolist() == [1.0, 2 / 3, 0.5]
    assert curve.recall.tolist() == [0.25, 0.5, 0.5]
    assert curve.blocking_recall == 0.5
    assert "50.0%" in ElementTree.fromstring(curve_svg(curve))[0].text
