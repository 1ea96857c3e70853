"""Reading expectation suites: what is understood, and every mistake at its line."""

from __future__ import annotations

import inspect

import jsonschema
import pytest
import yaml

from custhub import declaration
from custhub.errors import ConfigError
from custhub.quality import Layer, Scope, Suite, json_schema, load_suite, verify_suite
from custhub.quality.catalogue import KINDS, TABLE_SHAPE, Takes

GOOD = """
layer: canonical
rules:
  - id: canonical.name.missing
    description: A customer has a name.
    expectation: expect_column_values_to_not_be_null
    column: name.full
    severity: quarantine
  - id: canonical.email.form
    description: An e-mail address has the form of one.
    expectation: expect_column_values_to_match_regex
    column: emails.value
    with: {regex: '^[^@ ]+@[^@ ]+$'}
    when: {kind: [person, organisation]}
    mostly: 0.9
    severity: warn
  - id: canonical.tax.unique
    description: No two customers share a tax number.
    expectation: expect_column_values_to_be_unique
    column: identifiers.value
    when: {identifiers.type: vat}
    severity: warn
"""


def read(text: str, name: str = "expectations/canonical.customer.yml") -> Suite:
    return load_suite(declaration.parse(text, name))


def rule(**keys: object) -> str:
    base = {
        "id": "r1",
        "description": "It holds.",
        "expectation": "expect_column_values_to_not_be_null",
        "column": "name.full",
        "severity": "warn",
    }
    merged = {key: value for key, value in {**base, **keys}.items() if value is not None}
    return yaml.safe_dump({"layer": "canonical", "rules": [merged]}, sort_keys=False)


def mistakes(text: str, name: str = "expectations/canonical.customer.yml") -> list[str]:
    with pytest.raises(ConfigError) as caught:
        read(text, name)
    return [str(m) for m in caught.value.mistakes]


def test_a_suite_is_read() -> None:
    suite = read(GOOD)
    assert suite.layer is Layer.CANONICAL
    assert [r.id for r in suite.rules] == ["canonical.name.missing", "canonical.email.form", "canonical.tax.unique"]
    assert [r.scope for r in suite.rules] == [Scope.ROW, Scope.ROW, Scope.SET]


def test_a_landed_suite_takes_its_source_from_the_file() -> None:
    suite = read("layer: landed\nrules: []\n", "expectations/landed.erp.yml")
    assert (suite.layer, suite.source) == (Layer.LANDED, "erp")


def test_all_mistakes_come_at_once_with_file_line_and_key() -> None:
    text = GOOD.replace("match_regex", "match_regexp").replace("name.full", "name.ful").replace("be_unique", "be_uniq")
    first, second, third = mistakes(text)
    assert first.startswith("expectations/canonical.customer.yml:7:rules.0.column: name.ful is not a value")
    assert "did you mean name.full?" in first
    assert second.startswith("expectations/canonical.customer.yml:11:rules.1.expectation: is not a known expectation")
    assert "expect_column_values_to_match_regex?" in second
    assert ":19:rules.2.expectation" in third


@pytest.mark.parametrize(
    ("keys", "told"),
    [
        ({"expectation": "expect_column_values_to_match_regex", "with": {"regexp": "a"}}, "did you mean regex?"),
        ({"expectation": "expect_column_values_to_match_regex"}, "needs `regex`"),
        ({"expectation": "expect_column_values_to_match_regex", "with": {"regex": "("}}, "not a regular expression"),
        (
            {"expectation": "expect_column_values_to_match_regex", "with": {"regex": "[[:alpha:]]"}},
            "not a regular expression",
        ),
        ({"column": None}, "needs `column`"),
        ({"columns": ["name.given", "name.family"]}, "does not take `columns`"),
        ({"expectation": "expect_column_values_to_be_unique", "scope": "row"}, "needs all rows at once"),
        (
            {"expectation": "expect_table_row_count_to_be_between", "column": None, "severity": "quarantine"},
            "cannot quarantine",
        ),
        ({"when": {"emails.typ": "work"}}, "emails.typ is not a value"),
        ({"column": "emails"}, "emails is not a value"),
        ({"column": "emails.value", "when": {"phones.type": "mobile"}}, "different lists"),
        ({"severity": "loud"}, "severity"),
        ({"mostly": 1.5}, "less than or equal to 1"),
        (
            {
                "expectation": "expect_column_pair_values_to_be_equal",
                "column": None,
                "columns": ["name.given", "name.family", "name.full"],
            },
            "compares two columns",
        ),
    ],
)
def test_each_mistake_is_told(keys: dict[str, object], told: str) -> None:
    assert any(told in m for m in mistakes(rule(**keys)))


def test_an_id_stands_once() -> None:
    assert any("earlier rule" in m for m in mistakes(GOOD.replace("canonical.tax.unique", "canonical.email.form")))


def test_layer_and_file_name_agree() -> None:
    assert any("name the file" in m for m in mistakes(GOOD, "expectations/golden.customer.yml"))
    assert any("name the file" in m for m in mistakes("layer: landed\nrules: []\n", "expectations/landed.yml"))


def test_the_schema_accepts_what_is_accepted_and_refuses_what_is_refused() -> None:
    schema = json_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(yaml.safe_load(GOOD), schema)
    for bad in (GOOD.replace("regex:", "regexp:"), GOOD.replace("severity: warn", "severity: loud")):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(yaml.safe_load(bad), schema)


def test_the_catalogue_is_what_great_expectations_has() -> None:
    verify_suite(read(GOOD))  # loads Great Expectations quietly
    import great_expectations.expectations as classes
    from great_expectations.expectations.expectation import ColumnMapExpectation

    of_gx = {"column", "column_A", "column_B", "column_list"}
    for name, kind in KINDS.items():
        known = getattr(classes, "".join(part.title() for part in name.split("_")))
        taken = set(inspect.signature(known).parameters)
        assert set(kind.options) <= taken, name
        needed = {k for k, f in known.__fields__.items() if f.required} - of_gx
        assert needed <= set(kind.required), name
        assert ("column" in taken) == (kind.takes is Takes.COLUMN), name
        # Checks that give row numbers are those that Great Expectations derives from map metrics.
        assert kind.names_rows == ("mostly" in taken), name
        # Distinct values stand for all only where each is judged alone and null is passed over.
        is_map = issubclass(known, ColumnMapExpectation) and not kind.whole
        assert kind.by_value == (is_map and not name.endswith("_be_null")), name
    assert "expect_column_to_exist" in TABLE_SHAPE


def test_wrong_types_in_with_are_found_by_great_expectations() -> None:
    suite = read(rule(expectation="expect_column_values_to_be_in_set", **{"with": {"value_set": 5}}))
    (mistake,) = verify_suite(suite)
    assert mistake.key == "rules.0.with.value_set"
    assert mistake.line is not None
    assert verify_suite(read(GOOD)) == []


def test_a_range_needs_a_bound() -> None:
    (mistake,) = verify_suite(read(rule(expectation="expect_column_values_to_be_between", column="emails.count")))
    assert "None" in mistake.problem


@pytest.mark.parametrize("severity", ["quarantine", "stop"])
def test_golden_rules_only_warn(severity: str) -> None:
    text = f"""layer: golden
rules:
  - id: name
    description: It has a name.
    expectation: expect_column_values_to_not_be_null
    column: name.full
    severity: {severity}
"""
    with pytest.raises(ConfigError) as refused:
        load_suite(declaration.parse(text, "expectations/golden.customer.yml"))
    (mistake,) = refused.value.mistakes
    assert (mistake.line, mistake.key) == (7, "rules.0.severity")
    assert "opens tasks" in mistake.problem
    assert "severity: warn" in mistake.hint
