"""The slips that people and programs make with names, numbers and addresses: small functions from text to text.

Each takes the text and a random whole number and gives the text back unchanged where the slip cannot happen.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from custhub.demo import facts
from custhub.demo.spelling import bare, pinyin, pinyin_surname, simplified, syllable, traditional, wide, written_out

_NEIGHBOURS = dict(zip("qwertyuiopasdfghjklzxcvbnm", "wertyuiopisdfghjklkxcvbnmn", strict=True))


def typo(text: str, k: int) -> str:
    """One letter doubled, dropped, swapped with the next or struck beside its key; never the first."""
    spots = [i for i, c in enumerate(text) if i > 0 and c.isalpha() and c.isascii()]
    if len(spots) < 3:
        return text
    i = spots[k % len(spots)]
    match k // 997 % 4:
        case 0:
            return text[:i] + text[i] + text[i:]
        case 1:
            return text[:i] + text[i + 1 :]
        case 2 if i + 1 < len(text):
            return text[:i] + text[i + 1] + text[i] + text[i + 2 :]
        case _:
            return text[:i] + _NEIGHBOURS.get(text[i], "e") + text[i + 1 :]


def homophone(text: str, k: int) -> str:
    """One character, not the first, replaced by another that is typed with the same keys."""
    others = facts.homophones()
    spots = [i for i, c in enumerate(text) if i > 0 and simplified(c) in others]
    if not spots:
        return text
    i = spots[k % len(spots)]
    choices = others[simplified(text[i])]
    return text[:i] + choices[k // 31 % len(choices)] + text[i + 1 :]


def homophone_anywhere(text: str, k: int) -> str:
    return homophone(f" {text}", k)[1:]


def other_script(text: str, k: int) -> str:
    """Traditional becomes simplified and the other way round."""
    short = simplified(text)
    return short if short != text else traditional(text)


def spaced(text: str, k: int) -> str:
    """A blank inside a Chinese name, as forms with boxes make it."""
    i = 1 if len(text) < 5 else 2 + k % (len(text) - 3)
    return f"{text[:i]}{(' ', '　')[k % 2]}{text[i:]}"


def capitals(text: str, k: int) -> str:
    return text.upper() if k % 4 else text.lower()


def no_marks(text: str, k: int) -> str:
    """Müller as Mueller or Muller."""
    return bare(written_out(text)) if k % 3 else bare(text)


def full_width(text: str, k: int) -> str:
    return wide(text)


def han_title(text: str, k: int) -> str:
    return text + ("先生", "女士", "小姐", "总", "经理", "老师")[k % 6]


_DIGIT = re.compile(r"\d")


def wrong_digit(text: str, k: int) -> str:
    spots = [m.start() for m in _DIGIT.finditer(text)]
    if len(spots) < 5:
        return text
    i = spots[2 + k % (len(spots) - 2)]
    return text[:i] + str((int(text[i]) + 1 + k % 9) % 10) + text[i + 1 :]


def wrong_rest(number: str, k: int) -> str:
    """A wrong digit behind the area code."""
    head, _, rest = number.rpartition("|")
    return f"{head}|{wrong_digit(rest, k)}"


def nickname(given: str, k: int) -> str:
    head, blank, tail = given.partition(" ")
    return facts.pairs("shared", "nicknames").get(head, head) + blank + tail


def initial(given: str, k: int) -> str:
    return given[:1] + "."


def legal_form(name: str, k: int) -> str:
    """The same legal form in another spelling."""
    for form, *variants in facts.rows("slips", "legal_forms"):
        at = name.rfind(form)
        if at > 0:
            other = variants[k % len(variants)]
            head = name[:at].rstrip() if other.startswith(",") else name[:at]
            return head + other + name[at + len(form) :]
    return name


def short_form(name: str, k: int) -> str:
    """Without the legal form."""
    for form, *_ in facts.rows("slips", "legal_forms"):
        at = name.rfind(form)
        if at > 0 and not name[at + len(form) :]:
            return name[:at].strip(" ,")
    return name


def wide_brackets(name: str, k: int) -> str:
    return name.replace("(", "（").replace(")", "）")


def mojibake(text: str, k: int) -> str:
    """Bytes read with the wrong code page, where they can be read at all."""
    for wrote, read in (("gb18030", "cp1252"), ("utf-8", "cp1252"), ("utf-8", "gb18030"), ("gb18030", "big5"))[k % 4 :]:
        try:
            return text.encode(wrote).decode(read)
        except UnicodeError:
            continue
    return text


def place_suffix(name: str, k: int) -> str:
    """上海汉溪 as 上海市汉溪."""
    for row in facts.rows("CN", "cities"):
        if name.startswith(row[0]) and not name.startswith(f"{row[0]}市"):
            return f"{row[0]}市{name[len(row[0]) :]}"
    return name


def status_note(name: str, k: int) -> str:
    return name + ("(停用)", "（已注销）", "(旧)", "-重复勿用")[k % 4]


def ampersand(name: str, k: int) -> str:
    return name.replace(" & ", (" and ", " + ", "&")[k % 3])


def street_short(text: str, k: int) -> str:
    """Hauptstraße as Hauptstr., Main Street as Main St."""
    return _rewritten("streets", text, k)


def typo_domain(mail: str, k: int) -> str:
    """A domain that is nearly the right one."""
    return _rewritten("domains", mail, k)


def _rewritten(table: str, text: str, k: int) -> str:
    """The first word of a table that stands in the text, in another way."""
    word, *variants = next((row for row in facts.rows("slips", table) if row[0] in text), (text, text))
    return text.replace(word, variants[k % len(variants)])


_ROOM = re.compile(r"(\d+)栋(\d+)室|(\d+)号楼(\d+)室")


def room_dashes(text: str, k: int) -> str:
    """3栋502室 as 3-502."""
    return _ROOM.sub(lambda m: "-".join(g for g in m.groups() if g), text)


def mail_case(mail: str, k: int) -> str:
    return mail.upper() if k % 2 else mail.title()


def letters_for_digits(text: str, k: int) -> str:
    """0 typed as O, in lower case."""
    return text.replace("0", "O", 1) if k % 2 else text.lower()


def day_for_month(born: str, k: int) -> str:
    """2001-04-03 as 2001-03-04."""
    return f"{born[:4]}-{born[8:]}-{born[5:7]}" if len(born) == 10 and born[8:] <= "12" else born


def left_out(text: str, k: int) -> str:
    return ""


def placeholder(kind: str, chinese: bool, k: int) -> str:
    """What people type where a form insists on a value."""
    words = facts.words("slips", f"{kind}_{'chinese' if chinese else 'western'}")
    return words[k % len(words)]


_ROMANISED = (
    "{given} {family}", "{capitals} {given}", "{family}, {given}", "{family} {dashed}", "{mainland}", "{family} {given}",
)  # fmt: skip


def romanised(family: str, given: str, latin: tuple[str, str], k: int) -> str:
    """A Chinese name in Latin letters, in one of the ways people write it; `latin` is the passport's spelling."""
    f, g = latin
    plain = len(given) == 2 and "-" not in g and " " not in g
    dashed = "-".join(map(syllable, given)).capitalize() if plain else g
    mainland = f"{pinyin_surname(family)} {pinyin(given)}"
    return _ROMANISED[k % 6].format(family=f, given=g, capitals=f.upper(), dashed=dashed, mainland=mainland)


SLIPS: dict[str, Callable[[str, int], str]] = {
    slip.__name__: slip
    for slip in (
        typo, homophone, homophone_anywhere, spaced, capitals, no_marks, full_width, han_title, wrong_digit, wrong_rest,
        nickname, initial, legal_form, short_form, wide_brackets, place_suffix, status_note, ampersand, street_short,
        room_dashes, typo_domain, mail_case, left_out, letters_for_digits, day_for_month,
    )
}  # fmt: skip
"""Those that `data/blur.yml` may name."""
