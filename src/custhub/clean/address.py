"""Addresses in one line: Chinese ones by the tree of divisions, others by their country's customs."""

from __future__ import annotations

import re

from custhub.clean import address_detail, address_english, address_western, characters, text
from custhub.clean.address_place import Place, find
from custhub.clean.cleaned import Options, Result, nothing
from custhub.clean.divisions import OWN_CODE

_COUNTRY = re.compile(r"^(?:中华人民共和国|中国(?!路|街|城|大))[,\s]*")
_FREE_TRADE = re.compile(r"^中国\(([^()]{2,6})\)(?=自由贸易|自贸)")
_POSTCODE_LABEL = re.compile(
    r"[\s,;(]*(?:邮政?编码?|邮递区号|邮区|p\.?c\.?|zip)\s*[:：.]?\s*([0-9]{6}|[0-9]{3}(?:[0-9]{2,3})?)[)]?",
    re.IGNORECASE,
)
_POSTCODE_FIRST = re.compile(r"^\(?([0-9]{6})\)?[,\s]*(?=[^0-9号弄-])")
_POSTCODE_LAST = re.compile(r"(?<![0-9])[\s,(]*(?<![0-9.-])([0-9]{6})\)?$")
_TW_FIRST = re.compile(
    r"^\(?([0-9]{3}(?:[0-9]{2,3})?)\)?[,\s]*(?=台|新北|桃园|高雄|基隆|新竹|嘉义|苗栗|彰化|南投|云林|屏东|宜兰|花莲|澎湖)"
)
_LABEL = re.compile(r"^(?:收货|通讯|联系|注册|办公|公司|家庭|经营|详细|邮寄)?(?:地址|住址|住所|地点)\s*[:：]?\s*")
_LABEL_FIRST = re.compile("[中收通联注办公家经详邮地住]").match  # what labels and the country begin with
_postcode_sign = re.compile("[邮pPzZ]").search
_POSTCODE_FIRSTS = frozenset("(0123456789")
_japanese_head = re.compile("〒|日本国?[^料]|[東东]京都|大阪府|京都府|北海道[^路街店]").match
_JAPANESE_POSTCODE = re.compile(r"(?:〒\s*|^|[(\s])([0-9]{3}-[0-9]{4})(?![0-9-])")
_has_kana_or_hangul = re.compile(f"[{characters.KANA}{characters.HANGUL}]").search


def clean(raw: str, options: Options) -> Result:
    """An address; the display stays as written, the parts are in key form."""
    display = text.display_form(raw)
    if not display:
        return nothing("address", "blank")
    if text.is_placeholder(display):
        return nothing("address", "placeholder")
    reasons = () if display == raw else text.change_reasons(raw, display)
    if display.isascii() or not characters.has_han(display):
        english = address_english.read(display, reasons, options)
        return english or address_western.read(display, reasons, options)
    japanese = "県" in display or _japanese_head(display) is not None
    if options.region == "JP" or japanese or _has_kana_or_hangul(display):
        key, country = text.key_form(display), "JP" if japanese else options.region
        postcode = _JAPANESE_POSTCODE.search(display) if country == "JP" else None
        parts = (country, None, None, None, key, None, None, None, postcode and postcode[1])
        return Result(display, key, parts, (*reasons, "not_parsed"))
    return _chinese(display, reasons, options)


def _chinese(display: str, reasons: tuple[str, ...], options: Options) -> Result:
    plain = text.simplified(display)
    if _LABEL_FIRST(plain):
        plain = _COUNTRY.sub("", _FREE_TRADE.sub(r"\1", _LABEL.sub("", plain)))
    plain, postcode = _without_postcode(plain)
    place, rest, doubts = find(plain, options.region)
    if "," in rest and place.county is None:
        place, rest = _district_behind(place, rest, options.region)
    detail = rest.strip(" ,，、;；-/")
    parsed = address_detail.read(detail.casefold()) if detail else address_detail.NOTHING
    if postcode and len(postcode) == 6 and place.province and not _fits(postcode, place.province):
        doubts = (*doubts, "postcode_province")
    country = _country(place, options.region)
    key = "/".join(filter(None, (*place, parsed.key if detail else "")))
    parts = (country, *place, detail or None, parsed.road or None, parsed.number or None, parsed.unit, postcode)
    return Result(display, key or None, parts, reasons + doubts)


def _district_behind(place: Place, rest: str, region: str) -> tuple[Place, str]:
    """A district that stands behind the street, `南通市云山路324号, 崇川区`, if it is one of the city's."""
    head, _, tail = rest.rpartition(",")
    within, left, doubts = find(tail.strip(), region, place)
    known = place.city is not None and within.county is not None and not left and not doubts
    return (within, head) if known else (place, rest)


def _without_postcode(plain: str) -> tuple[str, str | None]:
    if not _may_have_postcode(plain):
        return plain, None
    for pattern in (_POSTCODE_LABEL, _TW_FIRST, _POSTCODE_FIRST, _POSTCODE_LAST):
        match = pattern.search(plain)
        if match and len(match[0]) < len(plain):
            return (plain[: match.start()] + plain[match.end() :]).strip(), match[1]
    return plain, None


def _may_have_postcode(plain: str) -> bool:
    if plain[:1] in _POSTCODE_FIRSTS or _postcode_sign(plain):
        return True
    return plain[-6:].isdigit() or plain[-7:-1].isdigit()


def _country(place: Place, region: str) -> str | None:
    if place.province:
        return OWN_CODE.get(place.province, "CN")
    return region if region in ("CN", "TW", "HK", "MO", "SG") else None


_POSTCODES = {
    "北京市": "10", "天津市": "30", "河北省": "05 06 07", "山西省": "03 04", "内蒙古自治区": "01 02", "辽宁省": "11 12", "吉林省": "13",
    "黑龙江省": "15 16", "上海市": "20", "江苏省": "21 22", "浙江省": "31 32", "安徽省": "23 24", "福建省": "35 36", "江西省": "33 34",
    "山东省": "25 26 27", "河南省": "45 46 47", "湖北省": "43 44", "湖南省": "41 42", "广东省": "51 52", "广西壮族自治区": "53 54",
    "海南省": "57", "重庆市": "40", "四川省": "61 62 63 64", "贵州省": "55 56", "云南省": "65 66 67", "西藏自治区": "85 86",
    "陕西省": "71 72", "甘肃省": "73 74", "青海省": "81", "宁夏回族自治区": "75", "新疆维吾尔自治区": "83 84",
}  # fmt: skip


def _fits(postcode: str, province: str) -> bool:
    return province not in _POSTCODES or postcode[:2] in _POSTCODES[province]
