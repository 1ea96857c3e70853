"""What holds for any records: order does not matter, nothing is invented, documents are canonical."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from custhub.golden import LETTERS, Survivorship, explain_values, read_document, survive, write_document
from custhub.golden.explain import Basis
from custhub.model.customer import ConsentState, Customer
from custhub.model.hashing import canonical_json

AT = datetime(2026, 1, 1, tzinfo=UTC)
STATES = [state.value for state in ConsentState]
words = st.sampled_from(["Ann", "ANN", "Bo", "王", 'say "hi",', "a,b}", '{"x":null', "x\\y", "\u0001"])
fields = st.fixed_dictionaries(
    {"golden": st.sampled_from("ggghhij")},
    optional={
        "gender": words,
        "birth_date": st.sampled_from(["1980-01-01", "1980-01-02"]),
        "name": st.fixed_dictionaries(
            {}, optional={"full": words, "given": words, "aliases": st.lists(words, max_size=2)}
        ),
        "emails": st.lists(st.fixed_dictionaries({"value": words}, optional={"type": words}), max_size=3),
        "consents": st.lists(
            st.fixed_dictionaries(
                {"purpose": st.sampled_from("mn"), "channel": st.just("email"), "state": st.sampled_from(STATES)}
            ),
            max_size=2,
        ),
        "extra": st.dictionaries(
            st.sampled_from(["seg", 'odd "key"']), words | st.none() | st.integers(0, 3), max_size=2
        ),
        "source_updated_at": st.sampled_from(["2025-01-01T00:00:00Z", "2025-06-01T00:00:00Z"]),
    },
)
many = st.lists(fields, min_size=1, max_size=16)
rule_sets = st.sampled_from(
    [
        Survivorship(),
        Survivorship.model_validate({"sources": {"a": 90, "b": {"trust": 95, "min": 10, "days": 900}}}),
        Survivorship.model_validate(
            {"fields": {"name": {"group": False}, "gender": "longest", "extra.seg": "most_frequent"}}
        ),
    ]
)


def _rows(given: list[dict[str, object]]) -> dict[str, dict[str, object]]:
    return {f"{'ab'[n % 2]}:{n}": row for n, row in enumerate(given)}


@settings.get_profile("costly")
@given(many, rule_sets, st.integers(0, 99))
def test_order_of_rows_decides_nothing_and_documents_are_canonical(make_records, given_rows, rules, seed):
    frame = make_records(_rows(given_rows))
    goldens = survive(frame, rules, at=AT)
    assert goldens.equals(survive(frame.sample(fraction=1, shuffle=True, seed=seed), rules, at=AT))
    for doc in goldens["doc"]:
        assert canonical_json(json.loads(doc)) == doc
        assert write_document(read_document(doc)) == doc
        Customer.model_validate(read_document(doc))


@settings.get_profile("costly")
@given(many, rule_sets)
def test_values_come_from_members_and_no_value_is_lost_to_null(make_records, given_rows, rules):
    rows = _rows(given_rows)
    for row in survive(make_records(rows), rules, at=AT).iter_rows(named=True):
        members = [rows[ref] for ref in row["members"]]
        doc = read_document(row["doc"])
        for attribute in ("gender", "birth_date"):
            said = {m[attribute] for m in members if attribute in m}
            assert (doc.get(attribute) in said) if said else attribute not in doc
        keys = {key for m in members for key, value in m.get("extra", {}).items() if value is not None}
        assert set(doc.get("extra", {})) == keys
        emails = {e["value"].strip().casefold() for m in members for e in m.get("emails", [])}
        assert {e["value"].strip().casefold() for e in doc.get("emails", [])} == emails


@settings.get_profile("costly")
@given(many)
def test_consent_is_the_most_restrictive(make_records, given_rows):
    rows = _rows(given_rows)
    for row in survive(make_records(rows), Survivorship(), at=AT).iter_rows(named=True):
        strictest: dict[str, str] = {}
        for ref in row["members"]:
            for consent in rows[ref].get("consents", []):
                now = strictest.setdefault(consent["purpose"], consent["state"])
                strictest[consent["purpose"]] = max(now, consent["state"], key=STATES.index)
        told = {c["purpose"]: c["state"] for c in read_document(row["doc"]).get("consents", [])}
        assert told == strictest


@settings.get_profile("costly")
@given(many, rule_sets)
def test_every_chosen_value_can_be_explained(make_records, given_rows, rules):
    frame = make_records(_rows(given_rows))
    for row in survive(frame, rules, at=AT).iter_rows(named=True):
        cluster = frame.filter(pl.col("golden_id") == row["golden_id"])
        story = explain_values(cluster, ["gender"], Basis(rules, AT))[0]
        assert story.value == read_document(row["doc"]).get("gender") and story.rule in LETTERS
        if story.value is not None:
            (winner,) = [c for c in story.candidates if c.won]
            assert winner.ref == story.source and winner.value == story.value
