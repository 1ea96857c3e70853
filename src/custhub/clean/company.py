"""Companies' names: place, brand, trade, legal form, branch. The core is never left empty."""

from __future__ import annotations

import re
from typing import NamedTuple

from custhub.clean import characters, company_latin, text
from custhub.clean.characters import HAN
from custhub.clean.cleaned import Options, Result, nothing
from custhub.clean.company_words import (
    TOWN,
    ZONE,
    branch,
    leading_place,
    legal_codes,
    legal_tail,
    short_place,
    trade_start,
    trade_tail,
    trade_word,
    trades_only,
    without_province,
)

_STATUS = {
    "deregistered": r"注销|吊销|解散|清算|破产|撤销|(?i:\b(?:(?:in|en) liquida\w+|dissolved|bankrupt|insolvent|ceased)\b)",
    "inactive": r"停用|作废|禁用|失效|无效|不用|勿用|冻结|删除|重复|停业|歇业|关闭|退出|(?i:\b(?:do not use|not in use|inactive|duplicate|obsolete|closed|blocked)\b)",
    "renamed": r"(?i:\b(?:formerly|fka|f/k/a|ehemals|anciennement)\b)|曾用名|原名|更名|改名|现名|前称|(?<=[(\[【])原(?=[)\]】])|(?<=[(\[【])原(?=[^()]+(?:公司|集团|厂|院|所|店)[)\]】])",
    "test": "测试|临时|演示",
    "status": r"在业|存续|开业|迁出|(?<=[(\[【])筹建?(?=[)\]】])",
}
_WORDS = "|".join(_STATUS.values())
_NOTE = re.compile(
    rf"\s*[(\[【<《*#]\s*([^()\[\]【】<>《》*#]{{0,30}}(?:{_WORDS})[^()\[\]【】<>《》*#]{{0,30}})\s*[)\]】>》*#]\s*"
)
_LOOSE_NOTE = re.compile(
    r"[-_*#~\s]*(?:已注销|已吊销|已停用|停用|作废)$|^(?:停用|作废|已注销)[-_:\s]+|[*#~!^★☆●■◆▲※]+$|^[*#~!^★☆●■◆▲※]+"
)
# What systems write beside a name: a label before it, what the company is to us or who gets the letter behind it.
_BESIDE = re.compile(
    r"^(?:(?:客户|供应商|公司|单位|企业|开票|购买方|销售方|购货单位|销货单位)(?:名称)?|名称|(?:发票)?抬头)\s*[:：]\s*"
    r"|(?<=公司)[\s\-_/]+(?:vip)?(?:大?客户|供应商|代理商|经销商)$|(?<=[^\s.,;])[\s.,;]+(?:c/o|attn|attention)\b.*$|(?<=公司)[。.,;、]+$",
    re.IGNORECASE,
)
_BRACKET = re.compile(r"\(([^()]*)\)")
_BILINGUAL = re.compile(f"^([{HAN}()·0-9A-Za-z]*[{HAN})])[\\s/,;(]+([A-Za-z][A-Za-z0-9 .,&()'-]{{5,}})$")
_LATIN_FIRST = re.compile(f"^([A-Za-z][A-Za-z0-9 .,&()'-]{{5,}}?)[\\s/,;(]+([{HAN}][{HAN}()·]{{3,}})$")
_KABUSHIKI = re.compile(r"^(?:\(株\)|株式会社|有限会社|合同会社|\(有\)|주식회사|\(주\)|유한회사)\s*")
_status_word = re.compile(_WORDS).search
_odd_bracket = re.compile(r"[\[【〔]").search
_AS_BRACKETS = str.maketrans("[]【】〔〕", "()" * 3)
_opening = re.compile(r"[(\[【<《]").search
_MARKS = frozenset("*#~!^★☆●■◆▲※")
_KABUSHIKI_FIRST = frozenset("(株有合주유")
_FAR_EAST = re.compile(f"[{characters.HAN}{characters.KANA}{characters.HANGUL}]").search
_letter = re.compile("[A-Za-z]").search
_BRANCHES = ("分公司", "支公司")  # without a company before them
_PROJECT = re.compile("项目部|经理部|指挥部|工区")


class _Company(NamedTuple):
    core: str
    place: str = ""
    bracket_place: str = ""
    trade: str = ""
    legal: str = ""
    branch: str = ""
    head: str = ""


def clean(raw: str, options: Options) -> Result:
    """A company's name. Status notes leave the display and stay as flags."""
    display = text.display_form(raw)
    if not display:
        return nothing("company", "blank")
    if text.is_placeholder(display):
        return nothing("company", "placeholder")
    reasons = () if display == raw else text.change_reasons(raw, display)
    bare = _BESIDE.sub("", display)
    if bare != display:
        reasons = (*reasons, "note_removed")
    name, flags = _without_notes(bare)
    if flags and text.is_placeholder(name):
        return nothing("company", "placeholder")
    if flags:
        reasons = (*reasons, "status_note")
    if name.isascii() or not _FAR_EAST(name):
        return company_latin.read(name, flags, reasons)
    bilingual = _han_of_two(name) if _letter(name) else None
    plain = text.key_form(bilingual or name)
    if bilingual:
        flags, reasons = (*flags, "bilingual"), (*reasons, "bilingual")
    found = _take_apart(plain)
    if found.branch and _PROJECT.search(found.branch):
        flags = (*flags, "project")
    if found.branch:
        reasons = (*reasons, "branch")
    if plain in legal_codes():
        return Result(name, None, (None,) * 7, (*reasons, "not_a_name"))
    return _result(name, found, flags, reasons)


def _han_of_two(name: str) -> str | None:
    """The Chinese one of two names in a field; a Latin one in front is known by its legal form."""
    first, last = _BILINGUAL.match(name), _LATIN_FIRST.match(name)
    if first:
        return first[1]
    return last[2] if last and company_latin.has_form(last[1]) else None


def _without_notes(display: str) -> tuple[str, tuple[str, ...]]:
    """The name without notes on its status, and the flags that they mean."""
    if not (display[0] in _MARKS or display[-1] in _MARKS or _has_status_word(display)):
        return display, ()
    name, flags = display, []
    for pattern in (_NOTE, _LOOSE_NOTE):
        while match := pattern.search(name):
            rest = (name[: match.start()] + name[match.end() :]).strip()
            if len(rest) < 2:
                break
            flags.append(_flag(match[0]))
            name = rest
    return name, tuple(dict.fromkeys(flags))


def _has_status_word(display: str) -> bool:
    """A note stands in brackets, or is a word like 停用 at either end."""
    return bool(display[0] in "停作已" or display[-1] in "销用废" or _opening(display)) and bool(_status_word(display))


def _flag(note: str) -> str:
    return next((flag for flag, words in _STATUS.items() if re.search(words, note)), "marked")


def _take_apart(plain: str) -> _Company:
    """`plain` is a key: simplified, lower case."""
    head, tail = plain.replace(" ", ""), ""
    if _odd_bracket(head):
        head = head.translate(_AS_BRACKETS)
    for _ in range(3):  # an office of a branch has two
        match = branch(head)
        if not match or (tail and not match[2].endswith(("分公司", "支公司", "分行"))):
            break
        head, tail = match[1], match[2] + tail
        if head.count("(") > head.count(")"):
            head = head.rsplit("(", 1)[0]
    name, legal = _without_legal(head)
    bracket_place = ""
    bracketed = "(" in name or ")" in name
    if bracketed:
        name, bracket_place, legal = _without_brackets(name, legal)
    if bracketed or (legal and name[:1] in _KABUSHIKI_FIRST):
        name, again = _without_legal(name)
        legal = _joined_legal(again, legal)
    place, rest = _without_place(name)
    core, trade = _without_trade(rest)
    if core.endswith("中国") and len(core) > 2 and not bracket_place:
        core, bracket_place = core.removesuffix("中国"), "中国"
    if not core:
        place, core, trade = _core_put_back(place, bracket_place, trade)
        if not place:
            bracket_place = bracket_place if core != bracket_place else ""
    return _Company(core, place, bracket_place, trade, legal, tail, head if tail else "")


def _without_legal(name: str) -> tuple[str, str]:
    """The name without its legal form, and the form's code."""
    found: list[str] = []
    prefix = _KABUSHIKI.match(name) if name[:1] in _KABUSHIKI_FIRST else None
    if prefix and prefix.end() < len(name):
        codes = legal_codes()
        found.append(codes.get(prefix[0].strip("() "), codes.get(prefix[0].strip(), "KK")))
        name = name[prefix.end() :]
    for _ in range(3):
        tail = legal_tail(name)
        if not tail or tail[0] == 0 or name.endswith(_BRANCHES):
            break
        found.append(tail[1])
        name = name[: tail[0]]
    if len(found) < 2:
        return name, found[0] if found else ""
    legal = ""
    for code in found:
        legal = _joined_legal(code, legal)
    return name, legal


def _joined_legal(inner: str, outer: str) -> str:
    """Codes of a form and one that stood before it: a group keeps the form of its company."""
    if not inner or not outer:
        return inner or outer
    group = inner.endswith("G") or outer.endswith("G")
    form = next((code for code in (outer.removesuffix("+G"), inner.removesuffix("+G")) if code not in ("", "G")), "")
    return (f"{form}+G" if form else "G") if group else form


def _without_brackets(name: str, legal: str) -> tuple[str, str, str]:
    """Takes bracketed places, forms and 集团 out; other brackets are dropped from the parts."""
    place = ""
    for content in _BRACKET.findall(name):
        code = legal_codes().get(content)
        if code:
            legal = _joined_legal(code, legal)
        elif not place and _is_place(content):
            place = short_place(content)
        else:
            continue
        name = name.replace(f"({content})", "", 1)
    return name.replace("(", "").replace(")", ""), place, legal


def _is_place(content: str) -> bool:
    rest = _without_place(content + "#")[1]
    return rest == "#"


def _without_place(name: str) -> tuple[str, str]:
    """Leading places (several levels), and the rest."""
    found: list[str] = []
    start = 0
    while len(found) < 4:
        place = leading_place(name, start)
        if place is None or (place == "中华" and found):
            break
        found.append(short_place(place))
        start += len(place)
        if name[start : start + 1] in ("省", "市") and len(name) - start > 2:
            start += 1
        zone = ZONE.match(name, start)
        if zone:
            found.append(zone[0])
            start = zone.end()
        town = TOWN.match(name, start) if place[-1] in "区县市" else None
        if town and len(name) - town.end() > 2:
            found.append(town[1])
            start = town.end()
    if len(found) < 2:
        return found[0] if found else "", name[start:]
    return "".join(dict.fromkeys(found)), name[start:]


def _without_trade(name: str) -> tuple[str, str]:
    start = trade_tail(name)
    if start == 1 and len(name) > 1 and _is_weak(name[0]):
        start = trade_start(name, len(name))
        if start == 1:  # 小面馆: the trade is all that the name has
            start = len(name)
    return name[:start], name[start:]


def _is_weak(core: str) -> bool:
    return core in "新大小中东西南北上下老"


def _core_put_back(place: str, bracket_place: str, trade: str) -> tuple[str, str, str]:
    """When nothing is left, the place and the first trade word are the name: 上海银行, 台湾积体电路."""
    if not trade:
        return "", place or bracket_place, ""
    ends = [end for end in range(1, len(trade) + 1) if trade_word().fullmatch(trade[:end][::-1])]
    first = max(
        (end for end in ends if end == len(trade) or trades_only().fullmatch(trade[end:][::-1])), default=len(trade)
    )
    if first == len(trade) and len(ends) > 1 and not place:
        first = ends[0]
    return "", place + trade[:first], trade[first:]


def _result(display: str, found: _Company, flags: tuple[str, ...], reasons: tuple[str, ...]) -> Result:
    core, place, bracket_place, trade, legal, tail, head = found
    where = without_province(place)
    key = f"{where}{core}{trade}({bracket_place})" if bracket_place else f"{where}{core}{trade}"
    key = f"{key}|{legal.lower()}" if key and legal else key or legal.lower()
    if tail:
        key = f"{key}|{tail}" if key else tail
    if bracket_place != place:
        place += bracket_place
    parts = (core, place or None, trade or None, legal or None, tail or None, head or None, ",".join(flags) or None)
    return Result(display, key, parts, reasons)
