"""The words that companies' names are taken apart with, compiled once."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import cache, lru_cache

from custhub.clean import readings
from custhub.clean.characters import variants
from custhub.clean.divisions import gazetteer, stem
from custhub.clean.facts import rows, words

COUNTRIES = ("中国", "中华", "亚洲", "亚太", "全球", "大中华", "日本", "韩国", "美国", "英国", "德国", "法国", "新加坡", "马来西亚", "泰国", "越南", "意大利", "加拿大", "澳大利亚", "远东", "华东", "华南", "华北", "华中", "西南", "西北", "东北")  # fmt: skip

PREFECTURES = frozenset(
    ["延边", "恩施", "大理", "凉山", "伊犁", "喀什", "阿克苏", "湘西", "黔南", "黔东南", "黔西南", "西双版纳", "楚雄"]
)


_LONGEST_PLACE = 12


def _alternatives(listed: list[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(set(listed), key=lambda w: (-len(w), w)))


@cache
def legal_codes() -> dict[str, str]:
    """Codes of legal forms in Han, kana and Hangul."""
    return {form: code for code, forms in rows("legal_forms.tsv") for form in forms.split(" ")}


def _sizes(listed: Iterable[str], key: Callable[[str], str]) -> dict[str, tuple[int, ...]]:
    """Lengths of words by what they begin or end in, the longest first: lets a text be looked up by its slices."""
    sizes: dict[str, set[int]] = {}
    for word in listed:
        sizes.setdefault(key(word), set()).add(len(word))
    return {part: tuple(sorted(found, reverse=True)) for part, found in sizes.items()}


_LEGAL_CODES = legal_codes()
_LEGAL_SIZES = _sizes(_LEGAL_CODES, lambda form: form[-1])


def legal_tail(name: str) -> tuple[int, str] | None:
    """Where the legal form at the end of a Han name begins, with the bracket before it, and its code."""
    found = _form_at_end(name)
    if name[-1:] == ")":
        inner = _form_at_end(name[:-1])
        if inner and (not found or inner[0] < found[0]):
            return inner
    return found


def _form_at_end(name: str) -> tuple[int, str] | None:
    for size in _LEGAL_SIZES.get(name[-1:], ()):
        code = _LEGAL_CODES.get(name[-size:])
        if code and size <= len(name):
            start = len(name) - size
            return (start - 1 if name[start - 1 : start] == "(" else start), code
    return None


@cache
def latin_legal_forms() -> tuple[tuple[tuple[str, ...], str], ...]:
    """Token sequences of Latin legal forms with their codes, the longest first."""
    found = {tuple(form.split("_")): code for code, forms in rows("latin_legal_forms.tsv") for form in forms.split(" ")}
    return tuple(sorted(found.items(), key=lambda item: (-len(item[0]), item[0])))


@cache
def _forms() -> dict[str, list[str]]:
    han, latin = [(form, code) for form, code in legal_codes().items()], latin_legal_forms()
    found: dict[str, list[str]] = {}
    for form, code in (*han, *((" ".join(form), code) for form, code in latin)):
        found.setdefault(code, []).append(form)
    return {code: sorted(forms, key=lambda form: (-len(form.strip("()")), form)) for code, forms in found.items()}


def forms_of(code: str) -> list[str]:
    """The legal forms that have a code, the longest first; of a group also its company's form."""
    return [*_forms().get(code, ()), *(_forms().get(code.removesuffix("+G"), ()) if code.endswith("+G") else ())]


@cache
def form_at_end(code: str) -> str:
    """Pattern of a name that ends in a legal form of this code, in any script and punctuation."""
    return f"(?i)(?:^|[^\\p{{Latin}}])(?P<form>{'|'.join(map(_as_pattern, forms_of(code)))})[\\s.,)]*$"


def _as_pattern(form: str) -> str:
    if form[0].isascii() and form[0] != "(":
        return r"[\s.,]+".join("".join(f"{re.escape(char)}\\.?" for char in word) for word in form.split(" "))
    return "".join(f"[{char}{_variants_of(char)}]" if char not in "()" else f"\\{char}" for char in form)


def _variants_of(char: str) -> str:
    return "".join(chr(point) for point, plain in variants().items() if plain == char)


_TRADES = frozenset(words("trade_words.txt"))
_TRADE_SIZES = _sizes(_TRADES, lambda word: word[-1])


@cache
def trades_only() -> re.Pattern[str]:
    """Nothing but trade words, to be matched against the name reversed."""
    return re.compile(f"(?:{trade_word().pattern})+")


def trade_start(name: str, end: int) -> int:
    """Where the longest trade word that ends at `end` begins; `end` when there is none."""
    for size in _TRADE_SIZES.get(name[end - 1 : end], ()):
        if size <= end and name[end - size : end] in _TRADES:
            return end - size
    if name[end - 1 : end] in _SHOPS and end > 2 and (start := trade_start(name, end - 1)) != end - 1:
        return start
    return end


_AND = frozenset("及与和")
_SHOPS = frozenset("店厂馆坊行铺屋社")
"""What makes of a trade the name of its place: 火锅店, 阀门厂."""


def trade_tail(name: str) -> int:
    """Where the trade words at the end of a name begin."""
    end = len(name)
    while end and (start := trade_start(name, end)) != end:
        end = start
        if name[end - 1 : end] in _AND and trade_start(name, end - 1) != end - 1:  # 液压及自动化
            end -= 1
    return end


@cache
def trade_word() -> re.Pattern[str]:
    """One trade word, reversed."""
    return re.compile(_alternatives([word[::-1] for word in words("trade_words.txt")]))


@cache
def _branch_words() -> tuple[str, ...]:
    return tuple(end for word in words("branch_words.txt") for end in (word, f"{word})"))


def branch(name: str) -> re.Match[str] | None:
    """A name that ends in a branch: the head that has the legal form, and the branch."""
    if name.endswith(_branch_words()):
        return _branch().match(name) or _in_brackets(name)
    return _shop(name) or _in_brackets(name) if name.endswith(_SHOP_WORDS) else None


_SHOP_WORDS = ("店", "店)", "办公室", "办公室)", "站", "站)", "专柜", "专柜)")
_shop = re.compile(
    "(.{2,}(?:公司|合作社|事务所|合伙\\)?))\\s*[(-]?\\s*([^()]{1,20}(?:店|办公室|站|专柜))\\)?"
).fullmatch


_in_brackets = re.compile(r"([^()]{2,})\(([^()]{2,20})\)").fullmatch  # 海底捞火锅(春熙路店)


@cache
def _branch() -> re.Pattern[str]:
    head = "公司|集团|银行|事务所|合作社|保险|证券|中心|厂|酒店|饭店|医院|大学|学校|超市|商场|合伙|研究院|设计院|经营部|企业社|商行|工作室|\\)"
    tail = _alternatives(list(words("branch_words.txt")))
    return re.compile(f"^(.{{2,}}(?:{head}))\\s*[(-]?\\s*([^()]{{0,30}}?(?:{tail}))\\)?$")


@cache
def places() -> frozenset[str]:
    """What may lead a company's name as its place: countries, provinces, cities (short or full), counties in full."""
    found = set(COUNTRIES)
    tree = gazetteer()
    small = {
        name for name, listed in tree.cities.items() if name != listed[0].city and not listed[0].city.endswith("市")
    }
    for name in (*tree.provinces, *(set(tree.cities) - (small - PREFECTURES)), *tree.counties):
        if len(name) >= 2 and (name in tree.provinces or name in tree.cities or len(name) >= 3):
            found.add(name)
    found.update(name for name in tree.former if len(name) >= 3 and name.endswith(("市", "区", "县")))
    return frozenset(found)


ZONE = re.compile(
    r"(?:(?:[一-龥]{2})?(?:保税港|综合保税)区|(?:工业园|高新技术产业开发|经济技术开发|经济开发|高新|开发|保税|自由贸易试验|自贸|新)区|前海|横琴|工业园区?|自贸试验区|高新技术开发区)"
)


TOWN = re.compile("([一-龥]{2,3}?)(?:街道(?:办事处)?|镇|乡)(?<!小镇)(?<!古镇)(?<![老家故城水梦他]乡)")


@cache
def _places_by_head() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for place in sorted(places(), key=len, reverse=True):
        if len(place) <= _LONGEST_PLACE:
            found.setdefault(place[:2], []).append(place)
    return found


def leading_place(name: str, start: int) -> str | None:
    """The longest place that stands in a name from `start` on."""
    for place in _places_by_head().get(name[start : start + 2], ()):
        if name.startswith(place, start):
            return place
    return None


@lru_cache(maxsize=20_000)
def short_place(name: str) -> str:
    """A place without 市 and the like: what two spellings of one place share."""
    return stem(name) if name not in COUNTRIES else name


@lru_cache(maxsize=20_000)
def without_province(place: str) -> str:
    """A place without the province before one of its own cities: 广东广州 is 广州."""
    for size in (2, 3):
        city = next((place[size : size + n] for n in (4, 3, 2) if place[size : size + n] in gazetteer().cities), "")
        if city and any(stem(division.province) == place[:size] for division in gazetteer().cities[city]):
            return place[size:]
    return place


@cache
def latin_places() -> frozenset[tuple[str, ...]]:
    """Places in Latin letters as tokens: countries, Chinese provinces and cities."""
    tree = gazetteer()
    chinese = {
        "".join(readings.usual(char) for char in stem(name)).replace("v", "u")
        for name in (*tree.provinces, *tree.cities)
    }
    listed = {
        tuple(name.split(" ")) for _, names in rows("countries.tsv") for name in names.split("|") if len(name) > 3
    }
    more = "china,hong kong,hongkong,taiwan,macau,chongqing,xiamen,xian,asia,asia pacific,apac,europe,usa,uk,uae,prc,roc,hk,macao,far east,greater china,shanghai,beijing,taipei,taichung,kaohsiung,london,paris,berlin,tokyo,new york"
    listed |= {tuple(name.split(" ")) for name in more.split(",")}
    ambiguous = {"han", "an", "lin", "dali", "baise", "jian", "anyang", "wuhu", "sanming", "yulin", "hezhou"}
    return frozenset(listed | {(name,) for name in chinese if len(name) > 4 and name not in ambiguous})
