"""Examples kept beside a mapping: which pass, and how those that do not are told."""

from __future__ import annotations

import pytest

from custhub.declaration import parse
from custhub.errors import ConfigError
from custhub.mapping import ExamplesSpec, run_examples

MAPPING = """
source: erp
stream: c
tables: {mail: {}}
codes: {kinds: {values: {P: person}, default: organisation}}
exclude: [{name: tests, when: {column: NAME, equals: Test}}]
customer:
  kind: {column: K, codes: kinds}
  name.full: NAME
  birth_date: BORN
  emails: {from: mail, value: M}
  extra.size: SIZE
"""
GOOD = """\
source: erp
examples:
  - name: a person with two addresses
    rows:
      c: [{NO: "007", K: P, NAME: Eva Meier, SIZE: XL}]
      mail: [{M: Eva@Meier.de}, {M: e.meier@gmx.de}]
    customers:
      - key: "007"
        kind: person
        name.full: Eva Meier
        name: {family: Meier}
        emails: [{value: eva@meier.de, rank: 1}, {value: e.meier@gmx.de}]
        extra.size: XL
        birth_date: null
    unknown_codes: {}
    issues: []
  - name: one is rejected and one left out
    rows:
      c:
        - {NO: "1", K: P, NAME: Hans, BORN: "19800231"}
        - {NO: "2", K: Q, NAME: Test}
    rejected: [{key: "1", rule: mapping.birth_date.not_a_date}]
    excluded: [{key: "2", filter: tests}]
"""


def _run(load, text, **options):
    found = run_examples(load(MAPPING), parse(text, "tests/declarations/erp.customer.yml"), **options)
    return [str(mistake) for mistake in found]


def test_examples_that_pass(load):
    assert _run(load, GOOD, keys={"c": ("NO",)}) == []


def test_rows_may_name_their_keys_themselves(load):
    text = GOOD.replace("NO:", "_key:").replace("{M: Eva", '{_parent: "007", M: Eva')
    assert _run(load, text) == []


@pytest.mark.parametrize(
    ("old", "new", "line", "told"),
    [
        ("kind: person", "kind: organisation", 9, 'expected "organisation", got "person"'),
        ("family: Meier", "family: Maier", 11, 'expected "Maier", got "Meier"'),
        ("rank: 1", "rank: 2", 12, "expected 2, got 1"),
        (", {value: e.meier@gmx.de}", "", 12, "got [{"),
        ("extra.size: XL", "extra.size: L", 13, 'expected "L", got "XL"'),
        ("birth_date: null", "birthdate: null", 14, "(no such field)"),
        ('key: "007"', 'key: "008"', 8, "no customer 008 -> there are: 007"),
        ("rule: mapping.birth_date.not_a_date", "rule: mapping.kind.missing", 22, "1 was not rejected by mapping.kind.missing"),
        ('    rejected: [{key: "1", rule: mapping.birth_date.not_a_date}]\n', "", 17, "1 was rejected by mapping.birth_date"),
        ("filter: tests", "filter: others", 23, "2 was not excluded by others"),
        ("unknown_codes: {}", "unknown_codes: {kinds: [Z]}", 15, "expected unknown codes"),
        ("issues: []", "issues: [mapping.x.y]", 16, "expected issues"),
        ("mail: [", "male: [", 6, "the mapping reads no stream male -> did you mean mail?"),
    ],
)  # fmt: skip
def test_a_mismatch_is_told_at_its_line(load, old, new, line, told):
    assert old in GOOD
    found = _run(load, GOOD.replace(old, new), keys={"c": ("NO",)})
    assert any(f"erp.customer.yml:{line}:" in one and told in one for one in found), found


def test_a_customer_that_was_not_listed(load):
    text = 'examples: [{name: x, rows: {c: [{_key: "1", K: P, NAME: Eva}]}}]'
    assert "customer 1 was not expected" in _run(load, text)[0]


def test_a_child_row_must_say_whose_it_is(load):
    text = "examples: [{name: x, rows: {c: [{K: P, NAME: A}, {K: P, NAME: B}], mail: [{M: a@b.de}]}}]"
    assert "does not say whose row it is" in _run(load, text)[0]


def test_malformed_examples(load):
    with pytest.raises(ConfigError, match="put it in quotes"):
        _run(load, "examples: [{name: x, rows: {c: [{K: 1}]}}]")


def test_schema_of_examples():
    assert set(ExamplesSpec.model_json_schema()["properties"]) == {"source", "examples"}
