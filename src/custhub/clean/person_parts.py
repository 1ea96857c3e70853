"""A cleaned person's name as comparisons need it."""

from __future__ import annotations

from dataclasses import dataclass

from custhub.clean import characters, person_latin
from custhub.clean.cleaned import Result

_GENERATIONS = frozenset(["jr", "sr", "ii", "iii", "iv"])


@dataclass(frozen=True, slots=True)
class PersonName:
    """Parts in key form, empty where absent. `script` is han, kana, hangul or latin."""

    display: str
    key: str
    family: str
    given: str
    middle: str
    nick: str
    western: str
    native: str
    generation: str
    reasons: frozenset[str]
    script: str

    @property
    def han(self) -> bool:
        return self.script == "han"

    @property
    def letters(self) -> str:
        """The given name's plain letters."""
        return person_latin.letters(self.given)


def parts_of(result: Result) -> PersonName:
    """Reads a Result of kind person."""
    family, given, middle, _, suffix, nick, western, native, _ = (part or "" for part in result.parts)
    reasons = frozenset(result.reasons)
    display = result.display or ""
    if "korean_name" in reasons and characters.has_hangul(display):
        script = "hangul"
    elif native and characters.has_kana(display):
        script = "kana"
    else:
        script = "han" if characters.has_han(display) else "latin"
    generation = next((word for word in suffix.casefold().replace(".", "").split() if word in _GENERATIONS), "")
    return PersonName(
        display, result.key or "", family, given, middle, nick, western, native, generation, reasons, script
    )
