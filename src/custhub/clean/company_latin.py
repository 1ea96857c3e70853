"""Companies' names in Latin letters: brand with its words, place, legal form."""

from __future__ import annotations

import re

from custhub.clean import characters
from custhub.clean.cleaned import Result
from custhub.clean.company_words import latin_legal_forms, latin_places

_LETTER = (
    "(?:[^\\W_]|[\u0900-\u0dff\u0e31-\u0e4e\u0eb1-\u0ece\u1000-\u109f\u1780-\u17d3])"  # with the vowels above and below
)
_WORDS = re.compile(rf"{_LETTER}+(?:['&+/]{_LETTER}+)*|&|\+")
_BRACKET = re.compile(r"\(([^()]*)\)")
_BRANCH = re.compile(
    r"^(.{3,}?)[\s,\-(]+((?:[^\W\d_]+ ){0,3}(?:branch(?: office)?|representative office|rep office|liaison office|filiale|niederlassung|zweigniederlassung|succursale))\)?$",
    re.IGNORECASE,
)
_BRANCH_ENDS = ("branch", "office", "filiale", "niederlassung", "succursale")
_ARTICLES = frozenset(("the", "die", "der", "das", "le", "la", "les"))
_AT_FRONT = frozenset(
    ("ооо", "оао", "зао", "пао", "ао", "тов", "тоо", "прат", "ип", "фоп", "pt", "sarl", "sas", "eurl", "ab", "oy", "uab", "sia", "cong ty tnhh", "cong ty co phan", "cong ty cp", "บริษัท")
)  # fmt: skip
_OF = frozenset(["of", "the", "de", "di", "do", "da", "for", "von", "für", "in"])
_LONGEST_FORM = 5


def read(name: str, flags: tuple[str, ...], reasons: tuple[str, ...]) -> Result:
    """A name without Han, kana or Hangul."""
    plain, branch = name, None
    match = _BRANCH.match(name) if _may_be_branch(name) else None
    if match:
        plain, branch = _form_before_branch(match[1], match[2])
    bracket_place = None
    for content in _BRACKET.findall(plain) if "(" in plain else ():
        tokens = _tokens(content)
        if tuple(tokens) in latin_places():
            bracket_place = " ".join(tokens)
            plain = plain.replace(f"({content})", " ", 1)
    tokens, legal = _without_legal(_tokens(plain))
    if len(tokens) > 1 and tokens[0] in _ARTICLES:
        tokens = tokens[1:]
    tokens, place, leads = _without_place(tokens) if bracket_place is None else (tokens, bracket_place, False)
    if place and not legal and not leads:  # Siemens AG Österreich
        tokens, legal = _without_legal(tokens)
    core = " ".join(tokens)
    where = f"{place} {core}" if place and leads else f"{core} ({place})" if place else core
    key = "|".join(part for part in (where, (legal or "").lower(), branch) if part)
    if not core:
        return Result(name, None, (None,) * 7, (*reasons, "not_a_name"))
    head = " ".join(filter(None, (where, (legal or "").lower()))) if branch else None
    parts = (core, place, None, legal, branch, head, ",".join(flags) or None)
    return Result(name, key, parts, (*reasons, "branch") if branch else reasons)


def _form_before_branch(head: str, branch: str) -> tuple[str, str]:
    """`Acme` and `Pte Ltd Shanghai Branch`: the form belongs to the head."""
    words = branch.split()
    for size in range(len(words) - 1, 0, -1):
        longer = " ".join((head, *words[:size]))
        if _form_at_end(_tokens(longer)):
            return longer, " ".join(words[size:]).casefold()
    return head, branch.casefold()


def _may_be_branch(name: str) -> bool:
    # For other letters than ASCII the pattern itself must say what is the same letter in another case.
    return not name.isascii() or name.lower().removesuffix(")").endswith(_BRANCH_ENDS)


def has_form(name: str) -> bool:
    """Whether a name ends in a legal form."""
    return _form_at_end([*_tokens(name)] or [""]) is not None


def _tokens(name: str) -> list[str]:
    return _WORDS.findall(characters.ascii_letters(name.casefold()).replace(".", ""))


def _without_legal(tokens: list[str]) -> tuple[list[str], str | None]:
    """Takes legal forms off the end (ООО and PT off the front); the last that is found names the form."""
    legal: str | None = None
    for size in (4, 3, 1):
        if len(tokens) > size and " ".join(tokens[:size]) in _AT_FRONT:
            tokens, legal = tokens[size:], _FORMS[tuple(tokens[:size])]
    while len(tokens) > 1:
        code = _form_at_end(tokens)
        if code is None:
            break
        size, found = code
        legal = legal or found
        tokens = tokens[: len(tokens) - size]
    while len(tokens) > 1 and tokens[-1] in ("&", "+", "and", "und"):
        tokens = tokens[:-1]  # Lidl & Co. KG
    return tokens, legal or None


def _form_at_end(tokens: list[str]) -> tuple[int, str] | None:
    for size in _SIZES.get(tokens[-1], ()):
        if size < len(tokens):
            code = _FORMS.get(tuple(tokens[-size:]))
            if code:
                return size, code
    return None


_FORMS = {tuple(characters.ascii_letters(word) for word in form): code for form, code in latin_legal_forms()}
_SIZES = {
    last: sorted({len(form) for form in _FORMS if form[-1] == last and len(form) <= _LONGEST_FORM}, reverse=True)
    for last in {form[-1] for form in _FORMS}
}


def _without_place(tokens: list[str]) -> tuple[list[str], str | None, bool]:
    """A place at the end or the front; the last value says whether it leads."""
    known = latin_places()
    count = len(tokens)
    if count > 1 and tokens[-2] in _OF:  # Bank of China
        return tokens, None, False
    if count > 2 and (tokens[-2], tokens[-1]) in known:
        return tokens[:-2], " ".join(tokens[-2:]), False
    if count > 1 and (tokens[-1],) in known:
        return tokens[:-1], tokens[-1], False
    if count > 2 and (tokens[0], tokens[1]) in known:
        return tokens[2:], " ".join(tokens[:2]), True
    if count > 1 and (tokens[0],) in known:
        return tokens[1:], tokens[0], True
    return tokens, None, False
