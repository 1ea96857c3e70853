"""docs/mapping.md is true: its example loads, its rows map, every key of the language stands in it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from custhub.declaration import parse
from custhub.mapping import load_mapping, run_examples, spec
from custhub.mapping.canonical import LISTS, SCALARS

DOC = (Path(__file__).parents[3] / "docs" / "mapping.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```yaml\n(.*?)```", DOC, re.DOTALL)
SPECS = (
    spec.MappingSpec, spec.ConditionSpec, spec.SplitSpec, spec.ReplaceSpec, spec.ValueSpec, spec.FieldSpec,
    spec.EntrySpec, spec.CustomerSpec, spec.ContactsSpec, spec.OrderSpec, spec.TableSpec, spec.CodeListSpec,
    spec.ExcludeSpec, spec.DefaultsSpec,
)  # fmt: skip


def test_the_full_example_and_its_tests():
    mapping = load_mapping(parse(BLOCKS[0], "docs/mapping.md"), time_zone="Europe/Berlin")
    found = run_examples(mapping, parse(BLOCKS[-1], "docs/mapping.md"), keys={"kna1": ("KUNNR",)})
    assert [str(mistake) for mistake in found] == []


@pytest.mark.parametrize("model", SPECS, ids=lambda model: model.__name__)
def test_every_key_is_documented(model):
    keys = [field.alias or name for name, field in model.model_fields.items()]
    assert [key for key in keys if not re.search(rf"\b{key}\b", DOC)] == []


@pytest.mark.parametrize("words", [spec.Change, spec.OnInvalid, spec.UnknownCode, spec.NumberFormat])
def test_every_word_is_documented(words):
    assert [word.value for word in words if word.value not in DOC] == []


def test_every_canonical_field_is_documented():
    assert [path for path in (*SCALARS, *LISTS) if f"`{path}`" not in DOC] == []
