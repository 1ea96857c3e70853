"""What the engine calls things, for readers of Chinese: attributes, comparisons, levels, titles of tasks.

Pages show the name by which YAML and reports know an attribute beside its Chinese word, so that a steward and an engineer
can talk about it. Traditional characters are made from the simplified ones.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import yaml
from opencc import OpenCC

_NAMED: dict[str, dict[str, str]] = yaml.load(
    Path(__file__).with_name("terms.yml").read_text(encoding="utf-8"), Loader=yaml.CBaseLoader
)
TERMS = {term: chinese for group in _NAMED.values() for term, chinese in group.items()}


def in_language(text: str, language: str) -> str:
    """A term of the engine as a reader of `language` knows it; what has no translation stays as it is.

    Levels are put together from parts (`exact, rare value`), attributes are paths (`name.full`).
    """
    if language == "en" or not text:
        return text
    return _chinese(text, language)


@cache
def _chinese(text: str, language: str) -> str:
    if text in TERMS:
        found = TERMS[text]
    elif all(part in _NAMED["levels"] for part in text.split(", ")):
        found = "，".join(_NAMED["levels"][part] for part in text.split(", "))
    elif all(part in _NAMED["attributes"] for part in text.split(".")):
        found = " · ".join(_NAMED["attributes"][part] for part in text.split("."))
    else:
        return text
    return _traditional().convert(found) if language == "zh-Hant" else found


@cache
def _traditional() -> OpenCC:
    return OpenCC("s2twp")
