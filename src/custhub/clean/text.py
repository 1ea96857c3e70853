"""Free text: the display form that may be loaded and the key that is for matching only."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from itertools import dropwhile

from custhub.clean import blanks, characters, readings
from custhub.clean.blanks import says_nothing
from custhub.clean.characters import CONTROL, HAN, INVISIBLE
from custhub.clean.cleaned import Options, Result, nothing

_FOLDS = characters.folds()
_beyond_letters = re.compile("[\u3400-\U0010ffff]").search
# What stays as it is: single spaces, no space between Han, no note on a reading. Letters only of which NFKC is the same.
_settled = re.compile(
    r"(?! )(?:[\u4e00-\u9fff]++(?! [\u4e00-\u9fff]|\([a-z\u00c0-\u024f\u1e3f])|[!-_a-~\u00c0-\u0131]++| (?=[!-~\u00c0-\u9fff]))+"
).fullmatch
_wide = re.compile("[ -_a-~\u00c0-\u0131\u3000\u4e00-\u9fff\uff01-\uff3f\uff41-\uff5e]+").fullmatch
_SPACES = re.compile(r" {2,}")
_HAN_SPACE = re.compile(f"(?<=[{HAN}]) (?=[{HAN}])")
_NOTES = re.compile(f"(?<=([{HAN}]))(?:\\([a-zāáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜüńňǹḿ]{{1,7}}\\))+")
_invisible = re.compile(f"[{INVISIBLE}]").search
_control = re.compile(f"[{CONTROL}]").search
_broken = re.compile("[\ufffd\ud800-\udfff]").search
_odd_space = re.compile(f"^\\s|\\s$|\\s\\s|[^\\S ]|(?<=[{HAN}])\\s(?=[{HAN}])").search


def display_form(raw: str) -> str:
    """The text as it may be loaded: one width, no invisible characters, single spaces, script and case kept."""
    if _settled(raw):
        return raw
    if _wide(raw):
        text = unicodedata.normalize("NFKC", raw)
    else:
        text = raw.translate(_FOLDS)
        if not text.isascii():
            text = _compose(text)
    text = _SPACES.sub(" ", text).strip(" ")
    if text.isascii():
        return text
    text = _HAN_SPACE.sub("", text)
    return _HAN_SPACE.sub("", _NOTES.sub(_without_readings, text)) if "(" in text else text


def _without_readings(match: re.Match[str]) -> str:
    """Drops pinyin notes after a character (关(guān)系) as far as they are readings of that character."""
    notes = match[0].strip("()").split(")(")
    known = readings.every(match[1])
    kept = list(dropwhile(lambda note: readings.toneless(note.casefold().replace("ü", "v")) in known, notes))
    return "".join(f"({note})" for note in kept)


def _compose(text: str) -> str:
    composed = unicodedata.normalize("NFKC", _few_marks(text)).translate(_FOLDS)
    composed = _few_marks(composed)
    return composed if unicodedata.is_normalized("NFKC", composed) else unicodedata.normalize("NFKC", composed)


def _few_marks(text: str) -> str:
    if len(text) <= 16 or not any(map(unicodedata.combining, text)):
        return text
    return characters.combining().sub(r"\1", text)


def key_form(display: str) -> str:
    """The key of a display form: case and variants of characters folded. Never shown, never loaded."""
    return display.lower() if display.isascii() else simplified(display).casefold()


def _has_variant(text: str) -> bool:
    """Whether a character of the text has a simplified form; the tables are read when a text has Chinese characters."""
    return bool(_beyond_letters(text) and characters.has_variant()(text))


def is_placeholder_word(display: str) -> bool:
    """Whether a text is a word for nothing (无, n/a), rather than a row of one sign (0000)."""
    return any(char.isalpha() for char in display) and says_nothing(display, key_form(display))


@lru_cache(maxsize=70_000)
def _may_begin(char: str) -> str:
    return blanks.may_begin(key_form(char)[:1])


def is_placeholder(display: str) -> bool:
    """`says_nothing` of a display form that is not empty; few texts need their key for it."""
    kind = _may_begin(display[0])
    if not kind or (kind == "word" and len(display) > blanks.LONGEST_WORD):
        return False
    return says_nothing(display, key_form(display))


def simplified(display: str) -> str:
    """A display form in simplified characters, case kept: for taking apart."""
    return display.translate(characters.variants()) if _has_variant(display) else display


def change_reasons(raw: str, display: str) -> tuple[str, ...]:
    """Why the display form differs from what came."""
    if raw == display:
        return ("broken_text",) if "\ufffd" in raw else ()
    reasons = []
    if _broken(raw):
        reasons.append("broken_text")
    if _invisible(raw):
        reasons.append("invisible_removed")
    if _control(raw):
        reasons.append("control_removed")
    if _odd_space(raw):
        reasons.append("spaces_folded")
    if not raw.isascii() and not unicodedata.is_normalized("NFKC", raw):
        reasons.append("width_folded")
    if ("(" in raw and "(" not in display) or raw.count("(") > display.count("("):
        reasons.append("annotation_removed")
    return tuple(reasons) or ("signs_folded",)


def clean(raw: str, options: Options) -> Result:
    """Text of any kind: placeholders become null, pinyin notes in brackets go."""
    display = display_form(raw)
    if not display:
        return nothing("text", "blank")
    key = key_form(display)
    if says_nothing(display, key):
        return nothing("text", "placeholder")
    return Result(display, key, (), change_reasons(raw, display), None)
