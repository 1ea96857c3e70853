"""Where a value comes from and what is done with it."""

from __future__ import annotations

import pytest


def _extra(customers_of, spec, rows, head=""):
    return [c["extra"].get("v") for c in customers_of(f"extra.v: {spec}", rows, head)]


@pytest.mark.parametrize(
    ("spec", "row", "expected"),
    [
        ("A", {"A": " x "}, "x"),
        ("A", {"A": ""}, None),
        ("A", {"A": "n/a"}, None),
        ("{column: A, keep_placeholders: true}", {"A": "0"}, "0"),
        ("=fixed", {}, "fixed"),
        ("{constant: fixed}", {}, "fixed"),
        ("{join: [A, B, C]}", {"A": "a", "B": "", "C": "c"}, "a c"),
        ("{join: [A, B], separator: '-'}", {"A": "a", "B": "无"}, "a"),
        ("{join: [A, =GmbH]}", {"A": "a"}, "a GmbH"),
        ("{template: '{A} ({B})'}", {"A": "a", "B": "b"}, "a (b)"),
        ("{template: '{A} {B}'}", {"A": "a"}, "a"),
        ("{template: '{A} {B}'}", {"A": None}, None),
        ("{template: '{A} {B}'}", {"A": "Hauptstr.", "B": "1"}, "Hauptstr. 1"),
        ("{first_of: [A, B, =c]}", {"A": "", "B": "b"}, "b"),
        ("{first_of: [A, B, =c]}", {"A": "", "B": None}, "c"),
        ("{column: A, split: {by: '/', part: 2}}", {"A": "x / y"}, "y"),
        ("{column: A, split: {by: '/', part: -1}}", {"A": "x/y/z"}, "z"),
        ("{column: A, split: {by: '/', part: 3}}", {"A": "x/y"}, None),
        ("{column: A, split: {pattern: '^(\\d{5}) (.*)$', group: 2}}", {"A": "80331 München"}, "München"),
        ("{column: A, replace: {pattern: '^0+'}}", {"A": "0042"}, "42"),
        ("{column: A, replace: {pattern: '(a)(b)', with: '$2$1'}}", {"A": "ab"}, "ba"),
        ("{column: A, change: [strip_leading_zeros, upper]}", {"A": "00ab0"}, "AB0"),
        ("{column: A, change: [digits]}", {"A": "DE 12-3"}, "123"),
        ("{column: A, change: [strip_leading_zeros], keep_placeholders: true}", {"A": "000"}, "0"),
        ("{column: A, when: {column: B, equals: '1'}}", {"A": "a", "B": "1"}, "a"),
        ("{column: A, when: {column: B, equals: '1'}}", {"A": "a", "B": "2"}, None),
        ("{column: A, default: none given}", {"A": None}, "none given"),
        ("{condition: {column: A, blank: false}}", {"A": "x"}, "true"),
        ("{condition: {column: A, blank: false}}", {"A": None}, "false"),
        ("a.b", {"a.b": "dot"}, "dot"),
    ],
)
def test_value(customers_of, spec, row, expected):
    assert _extra(customers_of, spec, [row]) == [expected]


@pytest.mark.parametrize(
    ("condition", "passing", "failing"),
    [
        ("{column: A, equals: X}", ["X", " X"], ["x", None, "XX"]),
        ("{column: A, equals: x, ignore_case: true}", ["X"], ["y"]),
        ("{column: A, in: ['01', '02']}", ["01"], ["1", None]),
        ("{column: A, blank: true}", [None, " ", "n/a"], ["x"]),
        ("{column: A, matches: '^Z\\d'}", ["Z1"], ["AZ1", None]),
        ("{column: A, starts_with: Te, ignore_case: true}", ["TEST"], ["a test"]),
        ("{column: A, contains: '.'}", ["a.b"], ["ab"]),
        ("{column: A, at_least: 10}", ["10", "9999"], ["9", "x", None]),
        ("{column: A, at_most: '20231231'}", ["20230101"], ["20240101", None]),
        ("{not: {column: A, equals: X}}", [None, "y"], ["X"]),
        ("{all: [{column: A, starts_with: a}, {column: A, contains: b}]}", ["ab"], ["a", "b"]),
        ("{any: [{column: A, equals: a}, {column: A, equals: b}]}", ["a", "b"], ["c"]),
        ("{column: A, starts_with: a, contains: b}", ["ab"], ["a"]),
    ],
)
def test_condition(customers_of, condition, passing, failing):
    rows = [{"A": text} for text in (*passing, *failing)]
    found = _extra(customers_of, f"{{condition: {condition}}}", rows)
    assert found == ["true"] * len(passing) + ["false"] * len(failing)


CODES = """
codes:
  groups: {values: {"01": first, "02": second}, default: other, blank: none}
  silent: {values: {"01": first}, default: other, unknown: default}
  bare: {values: {"01": first}}
"""


def test_code_list_with_default_and_blank(customers_of):
    rows = [{"A": "01"}, {"A": "07"}, {"A": " "}]
    assert _extra(customers_of, "{column: A, codes: groups}", rows, CODES) == ["first", "other", "none"]
    assert _extra(customers_of, "{column: A, codes: bare}", rows, CODES) == ["first", None, None]


def test_unknown_codes_are_counted_only_where_they_matter(load, land):
    mapping = load(
        "source: erp\nstream: c\n"
        + CODES
        + """
customer:
  kind: =person
  name.full: N
  extra.a: {column: A, codes: groups}
  extra.b: {column: A, codes: silent}
  extra.c: {column: A, codes: bare, when: {column: N, equals: Ann}}
  extra.d: {first_of: [=settled, {column: A, codes: bare}]}
"""
    )
    rows = [{"N": "Ann", "A": "09"}, {"N": "Bea", "A": "09"}, {"N": "Cleo", "A": "01"}]
    mapped = mapping.apply({"c": land(rows)}, batch_id="b1")
    assert mapped.unknown_codes.rows() == [("bare", "09", 1), ("groups", "09", 2)]


def test_an_unknown_code_can_reject(load, land):
    mapping = load(
        """
        source: erp
        stream: c
        codes: {kinds: {values: {P: person}, unknown: reject}}
        customer: {kind: {column: K, codes: kinds}, name.full: N}
        """
    )
    mapped = mapping.apply({"c": land([{"K": "P", "N": "Ann"}, {"K": "Q", "N": "Bea"}])}, batch_id="b1")
    assert mapped.customers["key"].to_list() == ["1"]
    assert mapped.rejected["rule_id"].to_list() == ["mapping.kind.missing", "mapping.kind.unknown_code"][1:]
