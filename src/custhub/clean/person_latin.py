"""Names in Latin letters (and other alphabets): Chinese names in either order, Western names, initials."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from custhub.clean import characters
from custhub.clean.cleaned import Result
from custhub.clean.person_words import (
    LATIN_SUFFIXES,
    LATIN_TITLES,
    PARTICLES,
    compound_surnames,
    frequent_surnames,
    is_syllabic,
    is_syllable,
    korean_spellings,
    romanised_surnames,
    vietnamese_surnames,
    western_names,
)

_NICK = re.compile(r"\s*(?:\(([^()]{1,60})\)|\"([^\"]{1,60})\"|(?:^|(?<=\s))'([^']{2,30})'(?=\s|$))\s*")
_quote = re.compile("[(\"']").search
_LETTERS = re.compile(r"[^\w]+|_")
_HYPHENS = re.compile(r"[\s\-.]+")
_initials = re.compile(r"(?:[A-Za-z]\.-?){1,4}[A-Za-z]?|[A-Z]|[A-Z]{2}(?=\Z)").fullmatch
_vietnamese = re.compile("[ơưăđ\u1ea0-\u1ef9]", re.IGNORECASE).search
# `Иванова Мария Петровна`: family name, given name, father's name. Jovanović is a family name: there the first word must tell.
_father_last = re.compile(
    r"\S+ \S+(?:[ое]вич|[ое]вна|[иь]ична|ильич|[oe]vna)|\S+(?:[oe]va?|ina?|k[iy]y?|aya|enko) \S+[oe]vich"
).fullmatch
_FUSED_INITIAL = re.compile(r"(?<=\b[A-Za-z]\.)(?=[A-Za-z]{2})")


@dataclass(slots=True)
class _Name:
    family: list[str] = field(default_factory=list)
    given: list[str] = field(default_factory=list)
    western: list[str] = field(default_factory=list)
    doubts: list[str] = field(default_factory=list)
    chinese: bool = False


def letters(token: str) -> str:
    """A token's letters, lower case, without diacritics, hyphens and apostrophes."""
    if token.isascii() and token.isalnum():
        return token.lower()
    return _LETTERS.sub("", characters.ascii_letters(token).casefold())


def western_part(alias: str) -> str | None:
    """The Western given name in an alias such as `David Zhang`."""
    tokens = [letters(token) for token in alias.split()]
    return next((token for token in tokens if token in western_names()), tokens[0] if len(tokens) == 1 else None)


_FACULTIES = frozenset(
    ["med.", "phil.", "jur.", "rer.", "nat.", "pol.", "oec.", "dent.", "vet.", "habil.", "h.", "c."]
)  # Dr. rer. nat.


_KNIGHTS = frozenset(["sir", "dame", "don", "doña", "lord", "lady", "miss"])  # titles before a given name


def read(display: str, reasons: tuple[str, ...]) -> Result:
    """A name without Han characters."""
    plain, nick = _without_nick(display)
    if "." in plain:
        plain = _FUSED_INITIAL.sub(" ", plain)
    tokens = [token for token in plain.replace(",", " , ").split() if letters(token) or token == ","]
    titles, tokens, suffixes = _without_titles(tokens)
    if not tokens:
        return Result(display, None, (None,) * 9, (*reasons, "not_a_person"))
    if len(tokens) == 1 and titles and _KNIGHTS.isdisjoint(title.casefold().strip(".") for title in titles):
        name = _Name(family=tokens, doubts=["partial_name"], chinese=letters(tokens[0]) in romanised_surnames())
    else:
        name = _parse(_joined_surname(tokens))
    if nick and not name.western and name.chinese:
        found = western_part(nick)
        name.western = [found] if found else []
    return _result(display, name, (titles, suffixes, nick), reasons)


def _without_nick(display: str) -> tuple[str, str | None]:
    match = _NICK.search(display) if _quote(display) else None
    if not match or not (match.start() or match.end() < len(display)):
        return display, None
    return f"{display[: match.start()]} {display[match.end() :]}", match[1] or match[2] or match[3]


def _without_titles(tokens: list[str]) -> tuple[list[str], list[str], list[str]]:
    titles: list[str] = []
    suffixes: list[str] = []
    while len(tokens) > 1 and (
        tokens[0].strip(".").casefold() in LATIN_TITLES or (titles and tokens[0].casefold() in _FACULTIES)
    ):
        titles.append(tokens.pop(0))
    while len(tokens) > 1 and (tokens[-1] == "," or tokens[-1].strip(".").casefold() in LATIN_SUFFIXES):
        if len(tokens) == 2 and tokens[-1] != "," and letters(tokens[-1]) in romanised_surnames():
            break
        token = tokens.pop()
        if token != ",":
            suffixes.insert(0, token)
    while tokens and tokens[0] == ",":
        tokens.pop(0)
    return titles, tokens, suffixes


def _joined_surname(tokens: list[str]) -> list[str]:
    """`Au Yeung Wai Man`: a surname written in two words, at either end, becomes one with a hyphen."""
    if len(tokens) > 2:
        for start in (0, len(tokens) - 2):
            if "".join(map(letters, tokens[start : start + 2])) in ("auyeung", "ouyang", "auyeong"):
                return [*tokens[:start], "-".join(tokens[start : start + 2]), *tokens[start + 2 :]]
    return tokens


def _parse(tokens: list[str]) -> _Name:
    if "," in tokens:
        comma = tokens.index(",")
        rest = [token for token in tokens[comma + 1 :] if token != ","]
        if (
            (comma > 2 or "-" in tokens[comma - 1])
            and comma > 1
            and letters(tokens[0]) in romanised_surnames()
            and all(letters(t) in western_names() for t in rest)
        ):
            name = _guess(tokens[:comma])  # `Chan Tai Man, Peter`
            name.western += rest
            return name
        return _with_family(tokens[:comma], _without_titles(rest)[1] if rest else [])
    if len(tokens) == 1:
        if letters(tokens[0]) in romanised_surnames() and letters(tokens[0]) not in western_names():
            return _Name(family=tokens, doubts=["partial_name"], chinese=True)
        return _Name(given=tokens, doubts=["partial_name"])
    if _is_vietnamese(tokens):
        return _Name(family=tokens[:1], given=[tokens[-1], *tokens[1:-1]], doubts=["vietnamese_order"])
    capitals = [token for token in tokens if token.isupper() and len(letters(token)) > 1 and "." not in token]
    if capitals and len(capitals) < len(tokens) and (tokens[0] in capitals or tokens[-1] in capitals):
        edge = tokens.index(capitals[0])
        family = tokens[edge : edge + len(capitals)]
        if family == capitals:
            return _with_family(family, tokens[:edge] + tokens[edge + len(capitals) :])
    return _guess(tokens)


def _is_vietnamese(tokens: list[str]) -> bool:
    """`Nguyễn Văn A`: family name, middle names, given name; a common family name and the letters of the language."""
    first, last = letters(tokens[0]), letters(tokens[-1])
    known = vietnamese_surnames()
    return first in known and last not in known and bool(_vietnamese(" ".join(tokens)))


def _with_family(family: list[str], rest: list[str]) -> _Name:
    """The family name is known from capitals or a comma."""
    if letters("".join(family)) not in romanised_surnames():
        return _Name(family=family, given=rest)
    western = [token for token in rest if letters(token) in western_names()]
    given = [token for token in rest if token not in western]
    return _Name(family=family, given=given, western=western, chinese=True)


def _guess(tokens: list[str]) -> _Name:
    plain = [letters(token) for token in tokens]
    surnames, given_names = romanised_surnames(), western_names()
    last = len(tokens) - 1
    first = next((n for n, word in enumerate(plain[:-1]) if word not in given_names), 0)
    if last == 2 and first == 1 and plain[1] in frequent_surnames():
        return _Name(family=[tokens[1]], given=tokens[2:], western=tokens[:1], chinese=True)
    if _is_family_first(plain):
        return _Name(family=tokens[:1], given=tokens[1:], chinese=True)
    known = [place for place in (0, last) if plain[place] in surnames]
    if not known:
        return _not_chinese(tokens, plain)
    ends = [place for place in known if "-" not in tokens[place]]
    ends += [place for place in known if place not in ends and len(plain[place]) > 5]
    western = [place for place, word in enumerate(plain) if word in given_names and place not in ends[1:]]
    if last == 2 and western == [2] and ends[:1] == [0] and is_syllable(plain[1]) and is_syllable(plain[2]):
        western = []  # `Siu Tsz Kit`: a given name of two syllables, the second of which is also a Western name
    if western and ends:
        return _chinese_with_western(tokens, plain, ends, western)
    if ends and len(tokens) <= 4:
        others = [place for place, token in enumerate(tokens) if place in ends or not _initials(token)]
        if all(is_syllabic(plain[place]) for place in others):
            return _chinese(tokens, plain, ends)
    return _not_chinese(tokens, plain)


def _not_chinese(tokens: list[str], plain: list[str]) -> _Name:
    if len(tokens) == 2 and "-" in tokens[1] and max(map(len, tokens[1].split("-"))) <= 5:
        korean = plain[0] in korean_spellings()
        if korean or plain[0] in frequent_surnames():
            return _Name(tokens[:1], tokens[1:], doubts=["korean_name"] if korean else [], chinese=not korean)
    return _western(tokens)


def _is_family_first(plain: list[str]) -> bool:
    """`Lee Kuan Yew`: a frequent surname before two short words that are no Western names."""
    if len(plain) != 3 or plain[0] not in frequent_surnames() or max(map(len, plain)) > 5:
        return False
    if set(plain) & western_names() or set(plain) & PARTICLES:
        return False
    return plain[2] not in romanised_surnames() or not all(map(is_syllabic, plain))


def _chinese_with_western(tokens: list[str], plain: list[str], ends: list[int], western: list[int]) -> _Name:
    family = next((place for place in reversed(ends) if place not in western), None)
    if family is None:
        family = ends[-1]
        western = [place for place in western if place != family]
    rest = [place for place in range(len(tokens)) if place != family and place not in western]
    if not western or not all(is_syllabic(plain[place]) or _initials(tokens[place]) for place in rest):
        return _western(tokens)
    given = [tokens[place] for place in rest]
    return _Name(family=[tokens[family]], given=given, western=[tokens[p] for p in western], chinese=True)


def _chinese(tokens: list[str], plain: list[str], ends: list[int]) -> _Name:
    """All tokens read as Chinese syllables and an end is a surname; with both ends the order is open."""
    doubts: list[str] = []
    family = ends[0]
    if len(ends) == 2:
        first, last = (plain[place] in frequent_surnames() for place in (0, len(tokens) - 1))
        if first == last or (first and len(plain[-1]) <= 4):
            doubts = ["ambiguous_order"]
        family = 0 if first or not last else len(tokens) - 1
        compound = [place for place in ends if plain[place] in compound_surnames()]
        if len(compound) == 1:
            family, doubts = compound[0], []
    given = [token for place, token in enumerate(tokens) if place != family]
    return _Name(family=[tokens[family]], given=given, doubts=doubts, chinese=True)


def _western(tokens: list[str]) -> _Name:
    if len(tokens) == 3 and _father_last(f"{tokens[0]} {tokens[2]}".casefold()):
        return _Name(family=tokens[:1], given=tokens[1:])
    start = len(tokens) - 1
    while start > 1 and tokens[start - 1].casefold().rstrip(".") in PARTICLES:
        start -= 1
    if start == len(tokens) - 1 and tokens[0].casefold() in PARTICLES and len(tokens) > 1:
        return _Name(family=tokens, doubts=["partial_name"])
    return _Name(family=tokens[start:], given=tokens[:start])


def _shown(tokens: list[str]) -> str | None:
    if not tokens:
        return None
    return " ".join(filter(None, [_spaced(token) for token in tokens])) or None


def _spaced(token: str) -> str:
    return token.casefold() if token.isalpha() else _HYPHENS.sub(" ", token.casefold()).strip()


def _result(
    display: str, name: _Name, beside: tuple[list[str], list[str], str | None], reasons: tuple[str, ...]
) -> Result:
    titles, suffixes, nick = beside
    given, middle = name.given, None
    if not name.chinese and len(given) > 1:
        given, middle = given[:1], _shown(given[1:])
    if any(
        _initials(token) and not (len(token) > 1 and "." not in token and display.isupper()) for token in name.given
    ):
        name.doubts.append("initials")
    if titles:
        name.doubts.append("title")
    key = None if "partial_name" in name.doubts else _key(name, given)
    family = _shown(name.family)
    western = _shown(name.western)
    title, suffix = " ".join(titles) if titles else None, " ".join(suffixes) if suffixes else None
    parts = (family, _shown(given), middle, title, suffix, nick, western, None, key)
    return Result(display, key, parts, reasons + tuple(name.doubts))


def _key(name: _Name, given: list[str]) -> str | None:
    family = letters("".join(name.family))
    first = letters("".join(given)) if name.chinese else " ".join(letters(token) for token in name.given)
    words = [word for word in (family, first, letters("".join(name.western)) if name.western else "") if word]
    if "ambiguous_order" in name.doubts:
        words.sort()
    return " ".join(words) or None
