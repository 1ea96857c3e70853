"""Mapping files -> columnar mappings: landed rows of a source in, canonical customers out."""

from custhub.mapping.compiled import ISSUE, Mapped, Mapping
from custhub.mapping.examples import examples_json_schema, run_examples
from custhub.mapping.load import load_mapping
from custhub.mapping.schema import json_schema
