"""The JSON Schemas that editors use are those of the code: they accept what loading accepts, in every short form."""

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from custhub import declaration
from custhub.cli.setup import schemas
from custhub.errors import ConfigError
from custhub.extract import load_connector
from custhub.mapping import load_mapping
from custhub.mapping.examples import ExamplesSpec
from custhub.project import GoldenRules
from custhub.quality import load_suite

ROOT = Path(__file__).parents[2]
STARTER = ROOT / "src" / "custhub" / "starter"
FILES = [
    path
    for project in (ROOT, STARTER, ROOT / "examples" / "senzing")
    for folder in ("connectors", "mappings", "expectations", "tests/declarations")
    for path in sorted((project / folder).glob("*.yml"))
]
LOAD: dict[str, tuple[str, Callable[[declaration.Source], Any]]] = {
    "connector": ("connectors/shop.yml", load_connector),
    "mapping": ("mappings/shop.customer.yml", load_mapping),
    "examples": ("tests/declarations/shop.customer.yml", lambda source: declaration.check(source, ExamplesSpec)),
    "expectations": ("expectations/canonical.customer.yml", load_suite),
    "golden": ("mappings/golden.customer.yml", lambda source: declaration.check(source, GoldenRules)),
}
CSV = "{source: shop, kind: csv, streams: {customer: {path: shop.csv, key: id%s}}%s}"
SQL = "{source: shop, kind: sql, connection: SHOP, streams: {customer: {table: t, key: [id]%s}}}"
MAPPING = "{source: shop, stream: customer, customer: {kind: =person, name.full: name%s}%s}"
RULE = "{layer: canonical, rules: [{id: r, description: d, column: kind, severity: warn, %s}]}"
NOT_NULL = "expectation: expect_column_values_to_not_be_null"
GOOD = {
    "connector": [
        CSV % ("", ""),
        CSV % (", columns: id", ", retries: 0, delete_limit: 1, time_zone: Asia/Shanghai"),
        CSV % (", quote: null, header: false, columns: [id, name]", ", schedule: '@daily'"),
        CSV.replace("csv", "excel") % (", sheet: 1", ""),
        CSV.replace("csv", "excel") % (", sheet: Kunden", ""),
        SQL % ", cursor: changed",
        SQL % ", cursor: [day, time]",
        SQL % ", cursor: {columns: changed, lag: PT1H}",
        SQL % ", cursor: {columns: [n], type: number, lag_numbers: 5}, parent: []",
    ],
    "mapping": [
        MAPPING % ("", ""),
        MAPPING % (", birth_date: {column: born, format: '%d.%m.%Y'}", ", defaults: {region: CN, order: dmy}"),
        MAPPING % (", emails: mail, phones: [tel, {value: fax, type: =fax}]", ""),
        MAPPING % (", phones: {value: tel, several: auto, limit: 2}", ", defaults: {region: {column: land}}"),
        MAPPING % (", addresses: {street: s, lines: [a, b]}, extra.tier: tier", ""),
        MAPPING % (", gender: {column: sex, codes: sex, change: [lower]}", ", codes: {sex: {values: {'1': male}}}"),
        MAPPING % (", name.given: {first_of: [a, b], clean: none}", ""),
        MAPPING % (", name.given: {template: '{a} {b}', clean: {name: text}}", ""),
        MAPPING % ("", ", tables: {c: {order_by: name desc}}, contacts: {from: c, fields: {name.full: name}}"),
        MAPPING % ("", ", tables: {c: {order_by: [a, {column: b, number: true}], on: {id: cid}}}"),
        MAPPING % ("", ", exclude: [{name: old, when: {not: {column: a, at_least: 3}}}]"),
        "{source: shop, stream: customer, customers: [{fields: {kind: =person, name.full: name}}]}",
    ],
    "examples": [
        "{examples: [{name: a, rows: {customer: [{id: '1', name: null}]}, customers: [{key: '1', birth_date: null}]}]}",
        "{source: shop, examples: [{name: a, rows: {}, rejected: [{rule: r}], excluded: [{key: '1', filter: f}]}]}",
    ],
    "expectations": [
        RULE % NOT_NULL,
        RULE % f"{NOT_NULL}, mostly: 1, scope: set, when: {{kind: [person, null], identifiers.valid: true}}",
        RULE % "expectation: expect_column_values_to_be_in_set, with: {value_set: [a, 1, true]}",
        RULE % "as: number, expectation: expect_column_values_to_be_between, with: {min_value: 1, strict_min: true}",
    ],
    "golden": [
        "{}",
        "{survivorship: {sources: {erp: 80, crm: {trust: 70, min: 40, days: 365}}, fields: {name: most_recent}}}",
        "{survivorship: {fields: {emails: {rule: aggregate, keep: 5}, extra.tier: trust, name.full: {sources: [erp]}}}}",
        "{limits: {merges: 5, splits: {share: 0.1}, merge_existing: 1}, publish: [{name: crm, folder: out}]}",
        "{match: {fields: [{name: n, kind: text, columns: [a]}], never: [{field: n}], keys: [{parts: [n.x]}]}}",
    ],
}
BAD = {
    "connector": [
        CSV % ("", ", retries: '3'"),
        CSV % (", header: no", ""),
        CSV % ("", ", delete_limit: 2"),
        CSV % ("", ", colour: red"),
        SQL % ", cursor: {columns: [a, b, c]}",
        SQL % ", cursor: {columns: a, lag: 600}",
    ],
    "mapping": [
        MAPPING % (", birth_date: 5", ""),
        MAPPING % (", phones: {value: tel, limit: '2'}", ""),
        MAPPING % (", gender: {column: sex, change: [lowest]}", ""),
        MAPPING % ("", ", defaults: {number: '1.234'}"),
    ],
    "examples": ["{examples: [{name: a, rows: {customer: [{id: 1}]}}]}"],
    "expectations": [
        RULE % f"{NOT_NULL}, mostly: '1'",
        RULE % f"{NOT_NULL}, with: {{regex: x}}",
        RULE % "expectation: expect_nothing",
        (RULE % NOT_NULL).replace("canonical", "golden").replace("warn", "stop"),
    ],
    "golden": [
        "{survivorship: {sources: {erp: 101}}}",
        "{survivorship: {sources: {erp: '80'}}}",
        "{survivorship: {sources: {erp: {min: 4}}}}",
        "{survivorship: {fields: {nickname: trust}}}",
        "{survivorship: {fields: {name: newest}}}",
        "{limits: {merges: -1}}",
    ],
}


SCHEMAS = schemas()


@cache
def validator(schema: str) -> Any:
    """Of the schema with this text, which is checked once."""
    made = jsonschema.validators.validator_for(json.loads(schema))
    made.check_schema(json.loads(schema))
    return made(json.loads(schema))


@pytest.mark.parametrize("name", sorted(SCHEMAS))
def test_the_written_schema_is_current(name: str) -> None:
    written = json.loads((ROOT / "docs" / "schemas" / f"{name}.json").read_text(encoding="utf-8"))

    assert written == json.loads(json.dumps(SCHEMAS[name])), "run `custhub schema`"


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_every_declaration_names_its_schema_and_fulfils_it(path: Path) -> None:
    head = path.read_text(encoding="utf-8").splitlines()[0]
    assert head.startswith("# yaml-language-server: $schema=")
    named = (path.parent / head.partition("=")[2]).resolve()
    if named.is_relative_to(STARTER):  # `custhub init` writes the schemas beside it
        named = ROOT / named.relative_to(STARTER)

    validator(named.read_text(encoding="utf-8")).validate(declaration.read(path).data)


@pytest.mark.parametrize(("kind", "text"), [(kind, text) for kind, texts in GOOD.items() for text in texts])
def test_every_short_form_loads_and_fulfils_the_schema(kind: str, text: str) -> None:
    file, load = LOAD[kind]
    source = declaration.parse(text, file)

    load(source)
    validator(json.dumps(SCHEMAS[kind])).validate(source.data)


@pytest.mark.parametrize(("kind", "text"), [(kind, text) for kind, texts in BAD.items() for text in texts])
def test_what_the_schema_refuses_does_not_load(kind: str, text: str) -> None:
    file, load = LOAD[kind]
    file = file.replace("canonical", "golden") if "golden" in text else file
    source = declaration.parse(text, file)

    with pytest.raises(ConfigError):
        load(source)
    with pytest.raises(jsonschema.ValidationError):
        validator(json.dumps(SCHEMAS[kind])).validate(source.data)
