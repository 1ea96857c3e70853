"""The app's own words in English and Chinese. A language is one column; a missing word is a failing test."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml
from fastapi import Request

from custhub.serve.web.terms import in_language

LANGUAGES = {"en": "English", "zh-Hans": "简体中文", "zh-Hant": "繁體中文"}
_WORDS: dict[str, list[str]] = yaml.load(
    Path(__file__).with_name("words.yml").read_text(encoding="utf-8"), Loader=yaml.CBaseLoader
)


@dataclass(frozen=True, slots=True)
class Words:
    """The words of one language; `words["inbox"]`."""

    language: str
    words: Mapping[str, str]

    def __getitem__(self, word: str) -> str:
        return self.words[word]

    def term(self, text: str) -> str:
        """What the engine calls something, in this language."""
        return in_language(text, self.language)


_BY_LANGUAGE = {
    language: Words(language, {word: texts[i] for word, texts in _WORDS.items()})
    for i, language in enumerate(LANGUAGES)
}


def language_of(tag: str) -> str | None:
    """The app's language for a browser's tag: zh-TW, zh-HK, zh-MO and zh-Hant read traditional characters."""
    tag = tag.strip().lower()
    if tag.startswith("zh"):
        return "zh-Hant" if any(part in tag for part in ("tw", "hk", "mo", "hant")) else "zh-Hans"
    return "en" if tag.startswith("en") else None


def words_for(request: Request) -> Words:
    """The words in the language that the reader chose (cookie), else that the browser asks for, else English."""
    chosen = request.cookies.get("custhub_language")
    if chosen in _BY_LANGUAGE:
        return _BY_LANGUAGE[chosen]
    for tag in request.headers.get("accept-language", "").split(","):
        language = language_of(tag.partition(";")[0])
        if language:
            return _BY_LANGUAGE[language]
    return _BY_LANGUAGE["en"]
