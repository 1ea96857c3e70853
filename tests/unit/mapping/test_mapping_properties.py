"""What holds for any rows: none is lost, their order does not matter, twice is the same."""

from __future__ import annotations

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from custhub.declaration import parse
from custhub.mapping import load_mapping
from custhub.model.hashing import hash_rows

MAPPING = load_mapping(
    parse(
        """
source: erp
stream: c
tables: {t: {where: {not: {column: D, equals: X}}}}
codes: {kinds: {values: {P: person, C: organisation}, unknown: reject}}
exclude: [{name: tests, when: {column: N, equals: Test}}]
customer:
  kind: {column: K, codes: kinds}
  name.full: N
  birth_date: B
  emails: {from: t, value: M}
  organisation_views: {from: t, organisation: O, credit_limit: L}
contacts: {from: t, key: O, when: {column: P, blank: false}, fields: {name.full: P, phones: M}}
""",
        "erp",
    )
)
ROOT = {
    "K": st.sampled_from(["P", "C", "Q", None]),
    "N": st.sampled_from(["Hans Müller", "Müller GmbH", "Test", "n/a", "王小明"]),
    "B": st.sampled_from([None, "19800501", "31.02.1980", "00000000"]),
}
CHILD = {
    "D": st.sampled_from([None, "X"]),
    "M": st.sampled_from(["a@mueller.de", "b@mueller.de", "no mail", None]),
    "O": st.sampled_from(["1000", "2000", None]),
    "L": st.sampled_from(["5", "viel", None]),
    "P": st.sampled_from([None, "Eva Meier", "Max Lee"]),
}
roots = st.lists(st.tuples(st.sampled_from("12345678"), st.fixed_dictionaries(ROOT)), max_size=14)
children = st.lists(st.tuples(st.sampled_from("123456789"), st.fixed_dictionaries(CHILD)), max_size=14)


def _landed(rows, names, *, child):
    frame = pl.DataFrame({n: [row[n] for _, row in rows] for n in names}, schema=dict.fromkeys(names, pl.String()))
    owners = pl.Series([key for key, _ in rows], dtype=pl.String)
    nothing = pl.Series([None] * len(rows), dtype=pl.String)
    numbers = pl.Series([str(i) for i in range(len(rows))], dtype=pl.String)
    return frame.with_columns(
        pl.Series("_position", range(1, len(rows) + 1), dtype=pl.Int64),
        pl.lit("erp").alias("_file"),
        (numbers if child else owners).alias("_key"),
        (owners if child else nothing).alias("_parent"),
        hash_rows(frame).alias("_hash"),
    )


def _batch(some, more):
    return {"c": _landed(some, list(ROOT), child=False), "t": _landed(more, list(CHILD), child=True)}


def _contents(mapped):
    frames = (mapped.customers, mapped.rejected, mapped.excluded, mapped.issues)
    return [frame.select(pl.struct(pl.all()).struct.json_encode()).to_series().sort().to_list() for frame in frames]


@settings.get_profile("costly")
@given(roots, children)
def test_no_row_is_lost(some, more):
    mapped = MAPPING.apply(_batch(some, more), batch_id="b")
    customers, rejected = mapped.customers, mapped.rejected
    excluded = set(mapped.excluded["row_key"])
    somewhere = set(customers["row_key"]) | set(rejected["row_key"])
    assert somewhere | excluded == {key for key, _ in some}
    assert not excluded & somewhere
    assert customers["key"].is_unique().all()
    assert not set(customers["key"]) & set(rejected["key"])
    assert rejected.select(pl.struct("key", "rule_id", "position").is_unique().all()).item()
    assert rejected["raw"].null_count() == 0


@settings.get_profile("costly")
@given(roots, children, st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter_and_twice_is_the_same(some, more, random):
    batch = _batch(some, more)
    once = _contents(MAPPING.apply(batch, batch_id="b"))
    shuffled = {}
    for name, frame in batch.items():
        places = list(range(frame.height))
        random.shuffle(places)
        shuffled[name] = frame[places]
    assert _contents(MAPPING.apply(shuffled, batch_id="b")) == once
    assert _contents(MAPPING.apply(batch, batch_id="b")) == once
