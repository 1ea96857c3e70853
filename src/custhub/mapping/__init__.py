"""Mapping files -> columnar mappings: landed rows of a source in, canonical customers out."""

from custhub.mapping.compiled import ISSUE, Mapped, Mapping
from custhub.mapping.examples import examples_json_schema, run_examples
from custhub.mapping.load import load_mapping
from custhub.mapping.schema import json_schema

__all__ = [
    "ISSUE",
    "Mapped",
    "Mapping",
    "examples_json_schema",
    "json_schema",
    "load_mapping",
    "run_examples",
]
