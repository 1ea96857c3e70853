"""The JSON Schema agrees with what is loaded."""

from __future__ import annotations

import jsonschema
import pytest

from custhub.declaration import parse
from custhub.mapping import MappingSpec

GOOD = """
source: erp
stream: c
tables: {t: {order_by: A desc}, u: {stream: v, of: t, on: {A: B}, order_by: [A, {column: B, number: true}]}}
defaults: {region: CN}
codes: {k: {values: {P: person}, unknown: report}}
customer:
  kind: {column: K, codes: k}
  name.full: {join: [A, =GmbH], clean: company}
  emails: M
  phones: [P, {from: t, value: {column: P, clean: {name: phone, region: {column: L}}}, type: =work}]
  addresses: {lines: [A, B], when: {not: {column: A, in: [x, y]}}}
  extra.size: S
contacts: {from: t, fields: {name.full: N}}
"""


def test_what_loads_is_valid(load):
    jsonschema.Draft202012Validator.check_schema(MappingSpec.model_json_schema(by_alias=True))
    load(GOOD)
    jsonschema.validate(parse(GOOD, "erp").data, MappingSpec.model_json_schema(by_alias=True))


@pytest.mark.parametrize(
    ("old", "new"),
    [("extra.size", "size"), ("order_by: A desc", "order: A"), ("not: {column: A,", "not: {colum: A,"), ("clean: company", "clean: [company]")],
)  # fmt: skip
def test_what_does_not_load_is_not_valid(old, new):
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(parse(GOOD.replace(old, new), "erp").data, MappingSpec.model_json_schema(by_alias=True))


def test_the_schema_lists_the_canonical_fields():
    section = MappingSpec.model_json_schema(by_alias=True)["$defs"]["CustomerSection"]
    assert {"kind", "name.full", "birth_date", "organisation_views"} <= set(section["properties"])
    assert section["additionalProperties"] is False
