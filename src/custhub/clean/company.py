"""Companies' names: place, brand, trade, legal form, branch. The core is never left empty."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from custhub.clean import blanks, characters, company_latin, text
from custhub.clean.characters import HAN
from custhub.clean.cleaned import LONGEST, PARTS, Options, Result, nothing
from custhub.clean.company_words import ZONE, branch, legal_forms, places, short_place, trade_tail, trade_word

_STATUS = (
    (re.compile("已?注销|已?吊销|已?解散|已?清算|破产|撤销"), "deregistered"),
    (re.compile("停用|作废|禁用|失效|无效|不用|勿用|冻结|删除|重复|停业|歇业|关闭|已?退出"), "inactive"),
    (re.compile("曾用名|原名|更名|改名|现名|前称"), "renamed"),
    (re.compile("测试|临时|暂估|演示"), "test"),
    (re.compile("在业|存续|开业|正常|新户?|老户?|停产|迁出"), "status"),
)
_NOTE = re.compile(
    r"\s*[(\[【<《]\s*([^()\[\]【】<>《》]{0,30}(?:注销|吊销|解散|清算|破产|撤销|停用|作废|禁用|失效|无效|不用|勿用|冻结|删除|重复|停业|歇业|关闭|退出|曾用名|原名|更名|改名|现名|前称|测试|临时|演示|在业|存续|开业|迁出)[^()\[\]【】<>《》]{0,30})\s*[)\]】>》]\s*"
)
_LOOSE_NOTE = re.compile(
    r"[-_*#~\s]*(?:已注销|已吊销|已停用|停用|作废)$|^(?:停用|作废|已注销)[-_:\s]+|[*#~!^]+$|^[*#~!^]+"
)
_BRACKET = re.compile(r"\(([^()]*)\)")
_BILINGUAL = re.compile(f"^([{HAN}()·0-9A-Za-z]*[{HAN})])[\\s/,;(]+([A-Za-z][A-Za-z0-9 .,&()'-]{{5,}})$")
_KABUSHIKI = re.compile(r"^(?:\(株\)|株式会社|有限会社|合同会社|\(有\)|주식회사|\(주\)|유한회사)\s*")
_PROJECT = re.compile("项目部|经理部|指挥部|工区")


@dataclass(frozen=True, slots=True)
class _Company:
    core: str
    place: str = ""
    bracket_place: str = ""
    trade: str = ""
    legal: str = ""
    branch: str = ""
    head: str = ""
    flags: tuple[str, ...] = field(default=())


def clean(raw: str, options: Options) -> Result:
    """A company's name. Status notes leave the display and stay as flags."""
    display = text.display_form(raw[: LONGEST + 1])
    if not display:
        return nothing("company", "blank")
    if blanks.says_nothing(display, text.key_form(display)):
        return nothing("company", "placeholder")
    if len(raw) > LONGEST:
        whole = text.display_form(raw)
        return Result(whole, text.key_form(whole), (None,) * len(PARTS["company"]), ("too_long",))
    reasons = () if display == raw else text.change_reasons(raw, display)
    name, flags = _without_notes(display)
    if flags:
        reasons = (*reasons, "status_note")
    if not (characters.has_han(name) or characters.has_kana(name) or characters.has_hangul(name)):
        return company_latin.read(name, flags, reasons)
    bilingual = _BILINGUAL.match(name)
    plain = text.key_form(bilingual[1] if bilingual else name)
    if bilingual:
        flags, reasons = (*flags, "bilingual"), (*reasons, "bilingual")
    found = _take_apart(plain)
    if _PROJECT.search(found.branch):
        flags = (*flags, "project")
    if found.branch:
        reasons = (*reasons, "branch")
    return _result(name, replace(found, flags=flags + found.flags), reasons)


def _without_notes(display: str) -> tuple[str, tuple[str, ...]]:
    """The name without notes on its status, and the flags that they mean."""
    name, flags = display, []
    for pattern in (_NOTE, _LOOSE_NOTE):
        while match := pattern.search(name):
            rest = (name[: match.start()] + name[match.end() :]).strip()
            if len(rest) < 2:
                break
            flags.append(_flag(match[0]))
            name = rest
    return name, tuple(dict.fromkeys(flags))


def _flag(note: str) -> str:
    return next((flag for pattern, flag in _STATUS if pattern.search(note)), "marked")


def _take_apart(plain: str) -> _Company:
    """`plain` is a key: simplified, lower case."""
    plain = plain.replace(" ", "")
    match = branch().match(plain)
    head, tail = (match[1], match[2]) if match else (plain, "")
    if match and head.count("(") > head.count(")"):
        head = head.rsplit("(", 1)[0]
    name, legal = _without_legal(head)
    name, bracket_place, legal = _without_brackets(name, legal)
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
    pattern, codes = legal_forms()
    found: list[str] = []
    prefix = _KABUSHIKI.match(name)
    if prefix and prefix.end() < len(name):
        found.append(codes.get(prefix[0].strip("() "), codes.get(prefix[0].strip(), "KK")))
        name = name[prefix.end() :]
    for _ in range(3):
        match = pattern.search(name)
        if not match or match.start() == 0:
            break
        found.append(codes[match[1]])
        name = name[: match.start()]
    legal = ""
    for code in reversed(found):
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
        code = legal_forms()[1].get(content)
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
    known = places()
    rest = name
    while len(found) < 4:
        place = next((rest[:n] for n in range(min(12, len(rest)), 1, -1) if rest[:n] in known), None)
        if place is None:
            break
        found.append(short_place(place))
        rest = rest[len(place) :]
        if rest.startswith(("省", "市")) and len(rest) > 2:
            rest = rest[1:]
        zone = ZONE.match(rest)
        if zone:
            found.append(zone[0])
            rest = rest[zone.end() :]
    return "".join(dict.fromkeys(found)), rest


def _without_trade(name: str) -> tuple[str, str]:
    match = trade_tail().match(name[::-1])
    if not match:
        return name, ""
    size = match.end()
    if size < len(name) and len(name) - size == 1 and _is_weak(name[: len(name) - size]):
        first = trade_word().match(name[::-1])
        size = first.end() if first else size
    return name[: len(name) - size], name[len(name) - size :]


def _is_weak(core: str) -> bool:
    return core in "新大小中东西南北上下老"


def _core_put_back(place: str, bracket_place: str, trade: str) -> tuple[str, str, str]:
    """When nothing is left, the place and the first trade word are the name: 上海银行, 台湾积体电路."""
    if not trade:
        return "", place or bracket_place, ""
    ends = [end for end in range(1, len(trade) + 1) if trade_word().fullmatch(trade[:end][::-1])]
    first = max(
        (end for end in ends if end == len(trade) or trade_tail().fullmatch(trade[end:][::-1])), default=len(trade)
    )
    if first == len(trade) and len(ends) > 1 and not place:
        first = ends[0]
    return "", place + trade[:first], trade[first:]


def _result(display: str, found: _Company, reasons: tuple[str, ...]) -> Result:
    place = found.place + (found.bracket_place if found.bracket_place != found.place else "")
    bracket = f"({found.bracket_place})" if found.bracket_place else ""
    key = f"{found.place}{found.core}{found.trade}{bracket}"
    key = "|".join(part for part in (key, found.legal.lower(), found.branch) if part)
    parts = (
        found.core,
        place or None,
        found.trade or None,
        found.legal or None,
        found.branch or None,
        found.head or None,
        ",".join(found.flags) or None,
    )
    return Result(display, key, parts, reasons)
