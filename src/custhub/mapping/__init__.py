"""Mapping files -> columnar mappings: landed rows of a source in, canonical customers out."""

from custhub.mapping.compiled import NOTHING_MAPPED, Mapped, Mapping
from custhub.mapping.examples import ExamplesSpec, run_examples
from custhub.mapping.load import load_mapping
from custhub.mapping.spec import MappingSpec
