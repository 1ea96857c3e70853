"""Companies' names in Latin letters: brand with its words, place, legal form."""

from __future__ import annotations

import re

from custhub.clean import characters
from custhub.clean.cleaned import Result
from custhub.clean.company_words import latin_legal_forms, latin_places

_WORDS = re.compile(r"[^\W_]+(?:['&+/][^\W_]+)*|&|\+")
_BRACKET = re.compile(r"\(([^()]*)\)")
_BRANCH = re.compile(
    r"^(.{3,}?)[\s,\-(]+((?:[^\W\d_]+ ){0,3}(?:branch(?: office)?|representative office|rep office|liaison office|filiale|niederlassung|zweigniederlassung|succursale))\)?$",
    re.IGNORECASE,
)
_ARTICLES = frozenset(("the", "die", "der", "das", "le", "la", "les"))
_LONGEST_FORM = 5


def read(name: str, flags: tuple[str, ...], reasons: tuple[str, ...]) -> Result:
    """A name without Han, kana or Hangul."""
    plain, branch = name, None
    match = _BRANCH.match(name)
    if match:
        plain, branch = match[1], match[2].casefold()
    bracket_place = None
    for content in _BRACKET.findall(plain):
        tokens = _tokens(content)
        if tuple(tokens) in latin_places():
            bracket_place = " ".join(tokens)
            plain = plain.replace(f"({content})", " ", 1)
    tokens, legal = _without_legal(_tokens(plain))
    if len(tokens) > 1 and tokens[0] in _ARTICLES:
        tokens = tokens[1:]
    tokens, place, leads = _without_place(tokens) if bracket_place is None else (tokens, bracket_place, False)
    core = " ".join(tokens)
    where = f"{place} {core}" if place and leads else f"{core} ({place})" if place else core
    key = "|".join(part for part in (where, (legal or "").lower(), branch) if part)
    if not core:
        return Result(name, None, (None,) * 7, (*reasons, "not_a_name"))
    head = " ".join(filter(None, (where, (legal or "").lower()))) if branch else None
    parts = (core, place, None, legal, branch, head, ",".join(flags) or None)
    return Result(name, key, parts, (*reasons, "branch") if branch else reasons)


def _tokens(name: str) -> list[str]:
    plain = (
        characters.ascii_letters(name.casefold()).replace(".", "")
        if "." in name
        else characters.ascii_letters(name.casefold())
    )
    return _WORDS.findall(plain)


def _without_legal(tokens: list[str]) -> tuple[list[str], str | None]:
    """Takes legal forms off the end (and `PT` off the front); the last that is found names the form."""
    legal: str | None = None
    while len(tokens) > 1:
        code = _form_at_end(tokens)
        if code is None:
            break
        size, found = code
        legal = legal or found
        tokens = tokens[: len(tokens) - size]
    return tokens, legal


def _form_at_end(tokens: list[str]) -> tuple[int, str] | None:
    for size in range(min(_LONGEST_FORM, len(tokens) - 1), 0, -1):
        code = _FORMS.get(tuple(tokens[-size:]))
        if code:
            return size, code
    return None


_FORMS = {tuple(characters.ascii_letters(word) for word in form): code for form, code in latin_legal_forms()}


def _without_place(tokens: list[str]) -> tuple[list[str], str | None, bool]:
    """A place at the end or the front; the last value says whether it leads."""
    known = latin_places()
    for size in (2, 1):
        if len(tokens) > size and tuple(tokens[-size:]) in known:
            return tokens[:-size], " ".join(tokens[-size:]), False
    for size in (2, 1):
        if len(tokens) > size and tuple(tokens[:size]) in known:
            return tokens[size:], " ".join(tokens[:size]), True
    return tokens, None, False
