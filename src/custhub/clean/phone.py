"""Phone numbers: E.164 with extension. Never guesses an area code or unmasks a digit."""

from __future__ import annotations

import re
from functools import cache, lru_cache

from custhub.clean import dialling, text
from custhub.clean.cleaned import Options, Result, nothing
from custhub.clean.facts import rows

_mobile = re.compile(r"(?:\+?86|0086)?0?(1[3-9][0-9]{9})").fullmatch
_mobiles_glued = re.compile(r"(?:1[3-9][0-9]{9}){2,9}").fullmatch
_mobile_bare = re.compile(r"1[3-9][0-9]{9}").fullmatch
_cn_fixed = re.compile(r"(?:\+?86|0086)?0?(10|2[0-9]|[3-9][0-9]{2})([2-8][0-9]{6,7})").fullmatch
_cn_plain = re.compile(r"0(10|2[0-9]|[3-9][0-9]{2})-?([2-8][0-9]{6,7})").fullmatch
_cn_service = re.compile(r"(?:\+?86|0086)?([48]00[0-9]{7})").fullmatch
_cn_short = re.compile(r"9[56][0-9]{3,6}|1[012][0-9]{1,3}").fullmatch
_LABEL = re.compile(
    r"^(?:联系|办公|公司|家庭|移动|固定|客服|服务|传真)?(?:电话|手机号码|手机|座机|固话|传真|热线|号码|电联|行动|专线)(?:号码|号)?\s*[:.]?\s*"
    r"|^(?:tel(?:ephone)?|phone|mobile|mob|cell|fax|office|home|work|hp|wechat|whatsapp|[tmpfh])\s*(?:no)?\s*[:.]\s*",
    re.IGNORECASE,
)
_NOTE = re.compile(r"\([^()0-9+]*\)|\[[^\[\]0-9+]*\]|【[^【】0-9+]*】")
# Words before and after a number: 王先生13812345678, 13812345678微信同号. Numerals and words for an extension are none.
_WORD = "(?:(?![〇零一二三四五六七八九十壹贰叁肆伍陆柒捌玖幺两转内分])[\u4e00-\u9fff])"
_AROUND = re.compile(rf"^{_WORD}+[\s:,]*(?=[+(0-9])|(?<=[0-9)])[\s:,]*{_WORD}+$")
_EXTENSION = re.compile(
    r"(?:;ext=|ext(?:ension|n)?|转接?|分机号?|内线|内|[#x,])[\s.:\-]*(?:分机号?)?[\s.:]*([0-9]{1,6})\)?$|(?<=[0-9]{7})\s?\(([0-9]{1,5})\)$",
    re.IGNORECASE,
)
_STAR = re.compile(r"(?<=[0-9])\*([0-9]{1,5})$")
_FLOAT = re.compile(r"^([0-9]{7,15})\.0+$")
# A number as people write it and nothing else: what it says is in its digits. No 0000, 9999 or number with `.0`.
_bare = re.compile(
    r"(?=.{5,30}\Z)(?!0+\Z|9+\Z|[0-9]+\.0+\Z)[+(]{0,2}[0-9]+(?:(?: \(|\)[ -]?|[ \-/.(])[0-9]+)*"
).fullmatch
_science = re.compile(r"^[0-9](?:[.,][0-9]+)?e\+?[0-9]{1,2}$", re.IGNORECASE).search
_masked = re.compile(r"^(?=.*[0-9])[+0-9 ()\-]*[0-9]?[*x•]{2,}[*x0-9 \-]*$", re.IGNORECASE).search
_signs = re.compile(r"[+0-9 ()\-./]+").fullmatch
_han_digits = re.compile("[〇零一二三四五六七八九壹贰叁肆伍陆柒捌玖幺两]{2,}").search
_NOT_DIGIT = re.compile("[^0-9]+")
_SEPARATORS = re.compile(r"\s*(?:[/、|,]|;(?!ext=)|\s(?:or|and|和|或|及|&)\s|和|或|及)\s*")
_AREA_SLASH = re.compile(r"^(\(?0[0-9]{1,4}\)?) ?/ ?(?=[1-9])")
_NEXT_NUMBER = re.compile(
    r"(?<=[0-9]{7})\s+(?=\+|0?1[3-9][0-9]|0[0-9]{2,3}-)|(?<=[0-9]{4}[ -][0-9]{4})\s+(?=1[3-9][0-9][ -][0-9]{4})"
    r"|(?<=[0-9])\s+(?=(?:手机|电话|電話|座机|固话|传真)[^0-9]{0,3}[0-9])|(?<=[\u4e00-\u9fff]\))\s*(?=\+|0?1[3-9][0-9])"
)


_area_before = re.compile(r"(\(?0[0-9]{2,3}\)?[- ]?)([2-8][0-9]{6,7})").fullmatch


def split(raw: str) -> list[str]:
    """The numbers in a field; `5555 8888/6666` is two numbers that share their head."""
    display = text.display_form(raw)
    if not display or text.is_placeholder(display):
        return []
    if _mobile_bare(display):
        return [display]
    if _mobiles_glued(display):
        return [display[start : start + 11] for start in range(0, len(display), 11)]
    found: list[str] = []
    joiner = ""
    for piece in _pieces(display):
        digits = _NOT_DIGIT.sub("", piece)
        if not digits and "*" not in piece:
            continue
        area = _area_before(found[-1]) if found and len(digits) in (7, 8) and digits[0] != "0" else None
        if found and len(digits) <= 5 and piece == digits:
            found[-1:] = _shorthand(found[-1], digits, display)
        elif area and len(digits) == len(area[2]):
            found.append(f"{area[1]}{piece}")
        else:
            found.append(piece)
        joiner = piece
    return found if joiner else [display]


def _pieces(display: str) -> list[str]:
    parts = _SEPARATORS.split(_AREA_SLASH.sub(r"\1-", display))
    return [piece for part in parts for piece in _NEXT_NUMBER.split(part)]


def _shorthand(before: str, digits: str, display: str) -> list[str]:
    """What a short tail after a number means: an extension after a comma, else the next number's last digits."""
    if f",{digits}" in display or f", {digits}" in display or len(digits) == 5 or not before[-len(digits) :].isdigit():
        return [f"{before},{digits}"]
    return [before, before[: -len(digits)] + digits]


def clean(raw: str, options: Options) -> Result:
    """A phone field with one number. Incomplete numbers (masked, no area code) get no key."""
    if options.region == "CN" and _mobile_bare(raw):
        return _chinese_mobile(raw, ())
    plain = _cn_plain(raw) if options.region == "CN" else None
    if plain and _known_fixed(plain[1], plain[2]):
        return _number(f"+86{plain[1]}{plain[2]}", plain[1] + plain[2], "CN", "fixed")
    if _bare(raw):
        return _parse(raw, options) or _hyphen_extension(raw, options, None) or _incomplete(raw, raw, options, ())
    display = text.display_form(raw)
    if not display or text.is_placeholder(display):
        return nothing("phone", "placeholder" if display else "blank", valid=None)
    return _read(display, options)


def _read(display: str, options: Options) -> Result:
    reasons: tuple[str, ...] = ()
    number = text.simplified(display)
    if _science(number):
        return _unreadable(display, ("spreadsheet_damage",))
    stripped = _AROUND.sub("", _NOTE.sub(" ", _LABEL.sub("", number)).strip(" :;.,#'\"="))
    if stripped != number:
        reasons, number = ("note_removed",), stripped
    if _masked(number):
        pattern = re.sub(r"[^+0-9*]", "", number.lower().replace("x", "*"))
        return Result(pattern, None, (None, None, None, None, pattern), (*reasons, "masked"), None)
    if _han_digits(number):
        return _unreadable(display, (*reasons, "han_digits"))
    float_number = _FLOAT.match(number)
    if float_number:
        reasons, number = (*reasons, "float_folded"), float_number[1]
    number, extension = _extension(number)
    if not _signs(number):
        return _unreadable(display, (*reasons, "not_a_number"))
    result = _parse(number, options) or _hyphen_extension(number, options, extension)
    if result is None:
        result = _incomplete(number, display, options, reasons)
        return _with_extension(result, extension) if extension and result.valid else result
    if reasons:
        result = result._replace(reasons=reasons + result.reasons)
    return _with_extension(result, extension) if extension else result


def _extension(number: str) -> tuple[str, str | None]:
    match = _EXTENSION.search(number) or _STAR.search(number)
    if match and sum(map(str.isdigit, number[: match.start()])) >= 5:
        return number[: match.start()].strip(" ,(-"), match[match.lastindex or 1]
    return number, None


def _hyphen_extension(number: str, options: Options, extension: str | None) -> Result | None:
    """`021-55558888-801`: the tail is an extension only when the number is good without it and not with it."""
    head, hyphen, tail = number.rpartition("-")
    if extension or not hyphen or not (tail.isdigit() and len(tail) <= 5):
        return None
    result = _parse(head, options)
    return _with_extension(result, tail) if result else None


def _with_extension(result: Result, extension: str) -> Result:
    shown = f"{result.display};ext={extension}"
    parts = (result.parts[0], extension, *result.parts[2:])
    return result._replace(display=shown, key=shown if result.key else None, parts=parts)


def _parse(number: str, options: Options) -> Result | None:
    digits = _NOT_DIGIT.sub("", number.replace("(0)", ""))
    if not 5 <= len(digits) <= 18 or not digits.strip("0") or digits.strip(digits[0]) == "":
        return None
    plus = number.lstrip("( ").startswith("+")
    if (options.region == "CN" and not plus) or (plus and digits.startswith("86")):
        result = _chinese(digits, plus=plus)
        if result:
            return result
    if plus:
        return _world(digits, None)
    if digits.startswith("00"):
        return _world(digits[2:], None)
    if options.region == "TW" and len(digits) <= 8 and digits[0] != "0":
        return None  # without its area code, which begins with 0
    local = _world(digits, options.region)
    if local or len(digits) < 10 or digits.startswith("1"):  # without a plus, 1... is no sign of North America
        return local
    guessed = _world(digits, None)
    return guessed._replace(reasons=(*guessed.reasons, "country_code_without_plus")) if guessed else None


def _chinese(digits: str, *, plus: bool) -> Result | None:
    mobile = _mobile(digits)
    if mobile:
        return _chinese_mobile(mobile[1], ("trunk_zero_removed",) if digits.startswith("01") else ())
    service = _cn_service(digits)
    if service:
        return _number("+86" + service[1], service[1], "CN", "toll_free")
    fixed = _cn_fixed(digits)
    if fixed and (plus or digits[0] in "08") and _known_fixed(fixed[1], fixed[2]):
        return _number(f"+86{fixed[1]}{fixed[2]}", fixed[1] + fixed[2], "CN", "fixed")
    if _cn_short(digits) and not plus:
        return Result(digits, None, (None, None, "CN", "unknown", digits), ("short_number",), True)
    return None


def _known_fixed(area: str, number: str) -> bool:
    return _known("CN", area + number[:2] + "0" * (len(number) - 2))


def _chinese_mobile(digits: str, reasons: tuple[str, ...]) -> Result:
    if not _known("CN", digits[:5] + "000000"):
        reasons = (*reasons, "unassigned_prefix")
    return _number("+86" + digits, digits, "CN", "mobile", reasons)


@lru_cache(maxsize=100_000)
def _known(region: str, national: str) -> bool:
    """Whether the numbering plan has numbers like this one."""
    return dialling.find(national if national[0] == "1" else "0" + national, region) is not None


def _number(e164: str, national: str, country: str | None, kind: str, reasons: tuple[str, ...] = ()) -> Result:
    return Result(e164, e164, (e164, None, country, kind, national), reasons, True)


def _world(number: str, region: str | None) -> Result | None:
    found = dialling.find(number, region)
    if found is None:
        return None
    return _number(f"+{found.calling_code}{found.national}", found.national, found.country, found.kind)


def _incomplete(number: str, display: str, options: Options, reasons: tuple[str, ...]) -> Result:
    """A local number: completed with the area code of the caller's city, else kept as it is."""
    digits = _NOT_DIGIT.sub("", number)
    local = options.region in ("CN", "TW") and 7 <= len(digits) <= 8 and digits[0] in "2345678"
    if not local or len(set(digits)) == 1:
        return _unreadable(display, (*reasons, "not_a_number"))
    area = _area_code(options.region, options.city) if options.city else None
    complete = _parse(f"{area}{digits}", options) if area else None
    if complete:
        return complete._replace(reasons=(*reasons, "area_code_from_city"))
    return Result(digits, None, (None, None, options.region, "fixed", digits), (*reasons, "area_code_missing"), None)


@cache
def _area_codes() -> dict[tuple[str, str], str]:
    return {(country, city): code for country, code, cities in rows("area_codes.tsv") for city in cities.split(" ")}


def _area_code(region: str, city: str) -> str | None:
    """The area code of a city, with its trunk zero; null when it is not known."""
    name = text.simplified(text.display_form(city))
    for suffix in ("", "市", "县", "地区"):
        code = _area_codes().get((region, name.removesuffix(suffix)))
        if code:
            return code
    return None


def _unreadable(display: str, reasons: tuple[str, ...]) -> Result:
    return Result(display, None, (None,) * 5, reasons, False)
