"""Placeholders: what people type when they have nothing to say. A blank never matches a blank."""

from __future__ import annotations

import re
from functools import cache

import polars as pl

from custhub.clean.facts import words

_SAME_SIGN = re.compile(r"[\W_]+|0+(?:\.0+)?|1|1{5,}|x{2,}|\?+|9{5,}|(?:no\.?)?0{3,}")
_BRACKETS = re.compile(r"[(\[{<【「《](.*)[)\]}>】」》]", re.DOTALL)
_LONGEST = 40
_SIGNS = "!#$%&'*+,-./:;=?@\\^_`|~ 。、，！？；：…·"
"""What may stand around a word for nothing; brackets are looked into."""
# How Chinese says that a field was left open: 暂无数据, 尚未填报, 待确认, 该项为空.
_left_open = re.compile(
    "(?:[该此本][项栏]|目前|客户)?(?:(?:[暂尚并查均仍]|暂时)?(?:[无没]|没有|未有)(?:[此该]|相关|任何)?(?:[项栏]|栏位|字段|资料|数据|信息|内容|记录|"
    "号码|名称|电话|手机|邮箱|地址|联系人|联系方式|备注|填写)?|(?:[暂尚还仍]|暂时)?(?:[未没待免需拒请]|拒绝)(?:[填定查知详明补]|填写|填报|填入|提供|登记|"
    "录入|输入|确认|核实|更新|补充|完善|设置|维护|采集|收集)|为?空[白值]?)"
).fullmatch
_LEFT_OPEN_BEGINS = frozenset("该此本目客暂尚并查均仍无没未还待免需拒请为空")
_may_say_nothing = re.compile(r"[\W_01x9n]").match


@cache
def _placeholders() -> frozenset[str]:
    return frozenset(words("placeholders.txt")) | {word.replace("_", " ") for word in words("placeholders.txt")}


LONGEST_WORD = 16


@cache
def _first_characters() -> frozenset[str]:
    return frozenset(word[0] for word in _placeholders()) | _LEFT_OPEN_BEGINS


def _is_word(bare: str) -> bool:
    """Whether a key without signs around it stands for nothing; `null, null` does as well."""
    if bare in _placeholders() or (bare[:1] in _LEFT_OPEN_BEGINS and _left_open(bare)):
        return True
    head, _, tail = bare.partition(" ") if " " in bare else bare.partition(",")
    return bool(tail) and head.strip(_SIGNS) in _placeholders() and head.strip(_SIGNS) == tail.strip(_SIGNS)


def may_begin(first: str) -> str:
    """What a key that begins so can be: a `word` for nothing only, `any` placeholder, or none (an empty text)."""
    if _may_say_nothing(first):
        return "any"
    return "word" if first in _first_characters() else ""


def says_nothing(display: str, key: str) -> bool:
    """Whether a text (its display form and key) is a placeholder. `Null` alone is kept: it is a family name."""
    if len(key) <= _LONGEST and (key in _placeholders() or _is_word(key.strip(_SIGNS))):
        return display != "Null"
    if not _may_say_nothing(key):  # what all but the words begin with
        return False
    if len(key) > _LONGEST:
        return not any(char.isalnum() for char in key)
    if _SAME_SIGN.fullmatch(key):
        return True
    inner = _BRACKETS.fullmatch(key)
    return inner is not None and says_nothing(inner[1].strip(), inner[1].strip())


def is_blank(raw: str) -> bool:
    """Whether a raw value says nothing: empty, only signs, or a placeholder in one of many languages."""
    from custhub.clean.text import display_form, key_form

    display = display_form(raw)
    return not display or says_nothing(display, key_form(display))


# Text that is its own display form; what begins with a bracket may hold a placeholder.
_PLAIN = r"^[!-'*-;=-Z^-_a-z|}~\\\])>][!-_a-~]*(?: [!-_a-~]+)*$"
_SAME_SIGN_PLAIN = r"^(?:[\W_]+|0+(?:\.0+)?|1|1{5,}|x{2,}|9{5,}|(?:no\.?)?0{3,})$"


def blank_mask(raw: pl.Series) -> pl.Series:
    """`is_blank` of every value of a String series; null is blank. Plain text is judged by columns."""
    if len(raw) <= _FEW:
        return pl.Series(raw.name, [value is None or is_blank(value) for value in raw.to_list()], dtype=pl.Boolean)
    values = raw.drop_nulls().unique().to_frame("t").with_columns(low=pl.col("t").str.to_lowercase())
    bare, words = pl.col("low").str.strip_chars(_SIGNS), _word_list().implode()
    word = (pl.col("low").is_in(words) | bare.is_in(words)) & (pl.col("t") != "Null")
    long = pl.col("t").str.len_bytes() > _LONGEST
    sign = pl.when(long).then(False).otherwise(pl.col("low").str.contains(_SAME_SIGN_PLAIN))
    first = bare.str.extract("^([^ ,]+)[ ,]").str.strip_chars(_SIGNS)  # perhaps `null, null`
    plain = pl.col("t").str.contains(_PLAIN) & ~(~long & first.is_in(words).fill_null(False))
    plain &= ~long | pl.col("t").str.contains("[0-9A-Za-z]")
    judged = values.select("t", plain=plain, blank=~long & (word | sign))
    blank = judged.filter(pl.col("plain") & pl.col("blank"))["t"].to_list()
    asked = judged.filter(~pl.col("plain"))["t"]
    if asked.str.contains(_HAN_BEGINS).any():
        asked = asked.filter(~asked.str.contains(_names_begin()))
    blank += [value for value in asked if is_blank(value)]
    return (raw.is_null() | raw.is_in(blank)).rename(raw.name)


_FEW = 300
"""Values that are judged one by one more quickly than by columns, as in a search."""
_HAN_BEGINS = r"^[\x{4E00}-\x{9FFF}]"


@cache
def _word_list() -> pl.Series:
    return pl.Series(sorted(_placeholders()))


@cache
def _names_begin() -> str:
    """Pattern of texts that begin with a Chinese character with which no word for nothing begins."""
    from custhub.clean.characters import variants

    begins = "".join(_first_characters()) + "".join(chr(v) for v, plain in variants().items() if may_begin(plain[:1]))
    return rf"^[\x{{4E00}}-\x{{9FFF}}--[{''.join(char for char in begins if '一' <= char <= '鿿')}]]"
