"""The reference names every key, rule and criterion that can be written, and its example is valid."""

from __future__ import annotations

import re
from pathlib import Path

from custhub.declaration import parse
from custhub.golden import LETTERS, Criterion, FieldRule, Rule, SourceTrust, Survivorship
from custhub.golden.limits import Limits
from custhub.golden.rules import LISTS, SINGLES, Curve

PAGE = (Path(__file__).parents[3] / "docs" / "survivorship.md").read_text(encoding="utf-8")


def test_every_word_of_the_section_is_explained():
    keys = [*Survivorship.model_fields, *SourceTrust.model_fields, *FieldRule.model_fields, *Limits.model_fields]
    words = [*keys, *Rule, *Criterion, *Curve, *SINGLES, *LISTS]
    missing = [word for word in words if not re.search(rf"\b{word}\b", PAGE)]
    assert missing == []
    assert [letter for letter in LETTERS if letter not in "el" and f"`{letter}`" not in PAGE] == []


def test_the_example_is_valid():
    text = re.search(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    assert text is not None
    rules = Survivorship.model_validate(parse(text.group(1), "example").data["survivorship"])
    assert rules.decays and rules.fields["gender"].sources == ("crm", "erp")
