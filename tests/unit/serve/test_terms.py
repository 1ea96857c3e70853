"""What pages show of the engine's own words has a translation."""

from __future__ import annotations

import polars as pl
import pytest

from custhub.golden import LETTERS
from custhub.matching import FieldKind, FieldRule, MatchRules, hub_rules
from custhub.matching.outcome import level_words
from custhub.matching.prepare import prepare
from custhub.model.frames import CUSTOMER
from custhub.serve.web.terms import in_language
from custhub.serve.web.words import LANGUAGES


def levels() -> set[str]:
    """Every level of every kind of field."""
    columns = {str(kind): pl.Series(["1", "2", "2"], dtype=pl.String) for kind in FieldKind}
    rules = MatchRules(fields=[FieldRule(name=str(kind), kind=kind, columns=[str(kind)]) for kind in FieldKind])
    ladders = prepare(pl.DataFrame(columns), rules, None).ladders
    assert len(ladders) >= len(FieldKind)  # a person has a ladder for each name
    return {word for ladder in ladders for word in level_words(ladder)} | {"missing on one side or both"}


def attributes() -> set[str]:
    names = set(CUSTOMER.names()) | {rule.name for rule in hub_rules().fields}
    return names | {f"name.{part.name}" for part in CUSTOMER["name"].fields}  # type: ignore[attr-defined]


@pytest.mark.parametrize("language", [language for language in LANGUAGES if language != "en"])
def test_every_level_attribute_and_rule_is_translated(language: str) -> None:
    said = levels() | attributes() | set(LETTERS.values())
    assert {text for text in said if in_language(text, language) == text} == set()


def test_paths_levels_and_unknown_words() -> None:
    assert in_language("name.full", "zh-Hans") == "名称 · 全称"
    assert in_language("exact, rare value", "zh-Hant") == "完全相同，少見的值"
    assert in_language("extra.loyalty_tier", "zh-Hans") == "extra.loyalty_tier"
    assert in_language("exact, rare value", "en") == "exact, rare value"
