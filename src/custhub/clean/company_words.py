"""The words that companies' names are taken apart with, compiled once."""

from __future__ import annotations

import re
from functools import cache

from custhub.clean import readings
from custhub.clean.divisions import gazetteer, stem
from custhub.clean.facts import rows, words

COUNTRIES = ("中国", "中华", "亚洲", "亚太", "全球", "大中华", "日本", "韩国", "美国", "英国", "德国", "法国", "新加坡", "马来西亚", "泰国", "越南", "意大利", "加拿大", "澳大利亚", "远东", "华东", "华南", "华北", "华中", "西南", "西北", "东北")  # fmt: skip

PREFECTURES = (
    "延边",
    "恩施",
    "大理",
    "凉山",
    "伊犁",
    "喀什",
    "阿克苏",
    "湘西",
    "黔南",
    "黔东南",
    "黔西南",
    "西双版纳",
    "楚雄",
)


def _alternatives(listed: list[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(set(listed), key=lambda w: (-len(w), w)))


@cache
def legal_forms() -> tuple[re.Pattern[str], dict[str, str]]:
    """Pattern of a legal form at the end of a Han name, and codes by form."""
    codes = {form: code for code, forms in rows("legal_forms.tsv") for form in forms.split(" ")}
    return re.compile(f"\\(?({_alternatives(list(codes))})\\)?$"), codes


@cache
def latin_legal_forms() -> tuple[tuple[tuple[str, ...], str], ...]:
    """Token sequences of Latin legal forms with their codes, the longest first."""
    found = {tuple(form.split("_")): code for code, forms in rows("latin_legal_forms.tsv") for form in forms.split(" ")}
    return tuple(sorted(found.items(), key=lambda item: (-len(item[0]), item[0])))


@cache
def trade_tail() -> re.Pattern[str]:
    """Trade words at the end of a name, to be matched against the name reversed."""
    listed = [word[::-1] for word in words("trade_words.txt")]
    return re.compile(f"(?:{_alternatives(listed)})+")


@cache
def trade_word() -> re.Pattern[str]:
    """One trade word, reversed."""
    return re.compile(_alternatives([word[::-1] for word in words("trade_words.txt")]))


@cache
def branch() -> re.Pattern[str]:
    """A name that ends in a branch: the head that has the legal form, and the branch."""
    head = "公司|集团|银行|事务所|合作社|保险|证券|中心|厂|酒店|饭店|医院|大学|学校|超市|商场|合伙|研究院|设计院|\\)"
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
    for name in (*tree.provinces, *(set(tree.cities) - (small - set(PREFECTURES))), *tree.counties):
        if len(name) >= 2 and (name in tree.provinces or name in tree.cities or len(name) >= 3):
            found.add(name)
    found.update(name for name in tree.former if len(name) >= 3 and name.endswith(("市", "区", "县")))
    return frozenset(found)


ZONE = re.compile(
    r"(?:(?:工业园|高新技术产业开发|经济技术开发|经济开发|高新|开发|保税|自由贸易试验|自贸|新)区|工业园区?|自贸试验区|高新技术开发区)"
)


def short_place(name: str) -> str:
    """A place without 市 and the like: what two spellings of one place share."""
    return stem(name) if name not in COUNTRIES else name


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
    more = "china,hong kong,hongkong,taiwan,macau,chongqing,xiamen,xian,asia,asia pacific,apac,europe,usa,uk,prc,far east,greater china,shanghai,beijing,taipei,taichung,kaohsiung,london,paris,berlin,tokyo,new york"
    listed |= {tuple(name.split(" ")) for name in more.split(",")}
    ambiguous = {"han", "an", "lin", "dali", "baise", "jian", "anyang", "wuhu", "sanming", "yulin", "hezhou"}
    return frozenset(listed | {(name,) for name in chinese if len(name) > 4 and name not in ambiguous})
