"""Persons' names: which script, which parts, which title. What is in Han is read by Chinese custom."""

from __future__ import annotations

import re

from custhub.clean import blanks, characters, person_han, person_latin, text
from custhub.clean.characters import HAN
from custhub.clean.cleaned import Options, Result, nothing
from custhub.clean.person_words import FREQUENT

_plain_han = re.compile("[\u4e00-\u9fff]{2,4}").fullmatch
_BRACKETS = re.compile(r"\s*[(\[【「\"]\s*([^()\[\]【】「」\"]{1,60}?)\s*[)\]】」\"]\s*")
_HAN_FIRST = re.compile(f"^([{HAN}·.,]+?)[\\s/,-]*([A-Za-z][^{HAN}]*)$")
_LATIN_FIRST = re.compile(f"^([A-Za-z][^{HAN}]*?)[\\s/,-]*([{HAN}·]+)$")
_COMPANY = re.compile(
    "公司|集团|有限|事务所|合作社|商行|工作室|经营部|\\b(?:ltd|limited|inc|llc|gmbh|corp|corporation)\\b", re.IGNORECASE
)
_COMPANY_WORDS = frozenset(("ltd", "limited", "inc", "llc", "gmbh", "corp", "corporation"))
_ascii_words = re.compile("[a-z0-9_]+").findall
_DESK = re.compile("(?:部|部门|前台|总机|办公室|客服|财务|采购|人事|行政|销售|仓库|热线)$")
_BESIDE = re.compile(
    "(?:[部区店组男女代兼收]|部门|财务|采购|人事|行政|销售|[离在辞]职|退休|休假|停用|已故|本人|家属|备用|负责人|联系人|微信|手机)$"
)
_pair = re.compile(
    rf"[^\W\d_]\.? ?& ?[^\W\d_]|[^\W\d_] \+ [^\W\d_]|\s(?:and|und|et) |[{HAN}]{{2}}[、/;][{HAN}]{{2}}"
    rf"|^(?:{'|'.join(FREQUENT)})[{HAN}]{{1,2}}[和与及](?:{'|'.join(FREQUENT)})[{HAN}]{{1,2}}$",
    re.IGNORECASE,
).search
_TITLE_CHOICE = re.compile("/(?:先生|女士|小姐)$")
_LABEL = re.compile(
    r"^(?:(?:收件|收货|联系|负责|经办|申请|持卡|投保|被保险|签收|客户|用户)?(?:人|姓名|名称|名字)|客户|用户|顾客|法定代表人|法人(?:代表)?|户主|称呼|业主"
    r"|(?:full )?name|attn\.?|attention|contact(?: person)?)\s*:\s*|^(?:尊敬的|亲爱的)|^(?:dear )",
    re.IGNORECASE,
)
_LATIN_TITLES = frozenset(
    ("sir", "madam", "miss", "mr", "mrs", "ms", "dr", "prof", "ceo", "cfo", "cto", "coo", "vp", "gm")
)
_PHONE = re.compile(r"(?<=[^0-9\s/,;:(+-])[\s/,;:]*(?:tel|电话|手机)?[\s:]*\+?[0-9][0-9\-]{6,18}[0-9]$", re.IGNORECASE)
_joint = re.compile("[&+、/;和与及]").search
_JOINING = frozenset(("and", "und", "et"))
_special = re.compile("公司|集团|有限|事务|合作|商行|工作|经营|[部台机室服购事政售库线务某]$|Null").search
_mask = re.compile(r"[*＊×○某xX]{1,3}$|\*").search


def clean(raw: str, options: Options) -> Result:
    """A name in any script; the display keeps title and script, the parts are in key form (simplified, lower case)."""
    reasons: tuple[str, ...] = ()
    if _plain_han(raw):
        display, plain = raw, text.simplified(raw)
        if not (blanks.says_nothing(raw, plain) or _special(plain)):
            return person_han.read(raw, plain, (), person_han.Beside(None, None, options.region))
    else:
        display = text.display_form(raw)
        if not display:
            return nothing("person", "blank")
        reasons = text.change_reasons(raw, display)
        bare = _without_notes(display)
        if bare != display:
            display, reasons = bare, (*reasons, "note_removed")
    if text.is_placeholder(display):
        return nothing("person", "placeholder")
    if display == "Null":
        reasons = (*reasons, "placeholder_like")
    return _by_script(display, reasons, options)


def _without_notes(display: str) -> str:
    """The name without a label before it and a phone number behind it."""
    label = _LABEL.match(text.simplified(display)) if ":" in display or display[0] in "尊親亲dD" else None
    bare = display[label.end() :] if label else display
    return (_PHONE.sub("", bare).strip() if bare[-1:].isdigit() else bare) or display


def _by_script(display: str, reasons: tuple[str, ...], options: Options) -> Result:
    if display.isascii():
        if not _COMPANY_WORDS.isdisjoint(_ascii_words(display.lower())):
            return _untouched(display, (*reasons, "looks_like_company"))
        if _several(display):
            return _untouched(display, (*reasons, "several_people"))
        return person_latin.read(display, reasons)
    if _COMPANY.search(display):
        return _untouched(display, (*reasons, "looks_like_company"))
    if _several(text.simplified(display)):
        return _untouched(display, (*reasons, "several_people"))
    if characters.has_hangul(display):
        return _untouched(display, (*reasons, "korean_name"), native=True)
    if characters.has_kana(display):
        return _untouched(display, (*reasons, "japanese_name"), native=True)
    if not characters.has_han(display):
        return person_latin.read(display, reasons)
    return _han(display, reasons, options)


def _several(plain: str) -> bool:
    """Whether a field names two people; 王小二先生/女士 is one."""
    plain = _TITLE_CHOICE.sub("", plain)
    joint = _joint(plain) or not _JOINING.isdisjoint(plain.casefold().split())
    return bool(joint) and _pair(plain) is not None


def _untouched(display: str, reasons: tuple[str, ...], *, native: bool = False) -> Result:
    """A name that is recognised and left alone."""
    key = text.key_form(display).replace(" ", "").replace("·", "") if native else text.key_form(display)
    parts = [None] * 7 + [key if native else None, None]
    return Result(display, key, tuple(parts), reasons)


def _han(display: str, reasons: tuple[str, ...], options: Options) -> Result:
    name, nick = display, None
    bracket = _BRACKETS.search(name)
    if bracket and (bracket.start() or bracket.end() < len(name)):
        name, nick = name[: bracket.start()] + name[bracket.end() :], bracket[1]
    elif bracket:
        name = bracket[1]
    if nick and (_DESK.search(text.simplified(nick)) or _BESIDE.search(text.simplified(nick))):
        nick, reasons = None, (*reasons, "note_removed")
    han, latin = name.strip(), None
    first, last = _HAN_FIRST.match(han), _LATIN_FIRST.match(han)
    if first:
        han, latin = first[1], first[2]
    elif last:
        han, latin = last[2], last[1]
    if nick and characters.has_han(nick) and not characters.has_han(han):
        han, nick = nick, han
    plain = text.simplified(han).replace(" ", "").strip(".,")
    if _DESK.search(plain):
        return _untouched(display, (*reasons, "not_a_person"))
    if _mask(plain):
        return _masked(display, plain, reasons)
    title = latin.strip(".") if latin and latin.lower().strip(".") in _LATIN_TITLES else None
    alias = nick or (None if title else latin)
    return person_han.read(display, plain, reasons, person_han.Beside(title, alias, options.region))


def _masked(display: str, plain: str, reasons: tuple[str, ...]) -> Result:
    family = plain[0] if plain[:1] not in ("*", "某") else None
    parts = (family, None, None, None, None, None, None, None, None)
    return Result(display, None, parts, (*reasons, "masked"))
