"""The error model: how the systems' clerks and forms wrote down what is true, each slip by its own stream of chance."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl

from custhub.demo import slips
from custhub.demo.dice import Dice, Mask, Texts, texts
from custhub.demo.facts import CHINESE
from custhub.demo.spelling import extension, phone_text, pinyin

Change = Callable[[str, int], str]
"""Makes another text of a text; the whole number is random."""


class Sheet:
    """Columns of texts (never null, empty for none). Mistakes depend on the row's place alone, so the same row makes the
    same mistake on both days."""

    def __init__(self, frame: pl.DataFrame, dice: Dice) -> None:
        self.n, self._dice = frame.height, dice
        self.columns = {c: texts(frame[c].to_list()) for c in frame.columns if frame[c].dtype == pl.String}

    def __getitem__(self, name: str) -> Texts:
        return self.columns[name]

    def __setitem__(self, name: str, values: Texts) -> None:
        self.columns[name] = values

    def where(self, name: str, *values: str) -> Mask:
        """Rows with one of these values."""
        found: Mask = np.array([value in values for value in self.columns[name]], dtype=np.bool_)
        return found

    def filled(self, name: str) -> Mask:
        found: Mask = np.array([value != "" for value in self.columns[name]], dtype=np.bool_)
        return found

    def chance(self, topic: str, p: float, where: Mask | None = None) -> Mask:
        drawn = self._dice.about(topic).chance(self.n, p)
        return drawn if where is None else drawn & where

    def change(self, name: str, topic: str, p: float, change: Change, where: Mask | None = None) -> Mask:
        """Changes a share `p` of the filled values of a column (among the rows of `where`); tells which rows."""
        rows = self.chance(f"{name}/{topic}", p, where) & self.filled(name)
        column, numbers = self.columns[name], self.numbers(f"{name}/{topic}/how")
        for i in np.flatnonzero(rows).tolist():
            column[i] = change(column[i], int(numbers[i]))
        return rows

    def numbers(self, topic: str) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        return self._dice.about(topic).below(2**31 - 1, self.n)

    def blank(self, name: str, p: float, where: Mask | None = None) -> None:
        """Leaves a share of a column empty."""
        self.columns[name][self.chance(f"{name}/blank", p, where)] = ""

    def frame(self) -> pl.DataFrame:
        return pl.DataFrame({name: pl.Series(name, list(v), dtype=pl.String) for name, v in self.columns.items()})


Rates = dict[str, float]


Model = dict[str, Rates]
"""How often (by system) a value is known, a Chinese name stands in Latin letters or in the other Chinese script."""

DEMO: Model = {
    "phone": {"erp": 0.92, "crm": 0.88, "legacy": 0.94, "legacy_tw": 0.94, "shop": 0.75, "branch": 0.96},
    "email": {"erp": 0.68, "crm": 0.9, "legacy": 0.3, "legacy_tw": 0.45, "shop": 0.97, "branch": 0.55},
    "firm_id": {"erp": 0.8, "crm": 0.3, "legacy": 0.6, "legacy_tw": 0.8, "shop": 0.35, "branch": 0.7},
    "person_id": {"erp": 0.12, "legacy": 0.35},
    "born": {"erp": 0.5, "crm": 0.35, "legacy": 0.45, "legacy_tw": 0.5, "shop": 0.55},
    "address": {"erp": 0.95, "crm": 0.85, "legacy": 0.93, "legacy_tw": 0.93, "shop": 0.97, "branch": 0.9},
    "latin": {"erp": 0.1, "crm": 0.3},
    "other_script": {"erp": 0.2, "crm": 0.12, "legacy": 0.04},
    "simplified_address": {"erp": 0.15, "crm": 0.15},
}
"""The demo systems' own habits."""


def blur(seen: pl.DataFrame, seed: int, model: Model = DEMO) -> Sheet:
    """The cards with their mistakes. Adds phone, second_phone, and makes `name` what the system's name field says."""
    sheet = Sheet(seen, Dice(seed, "blur"))
    chinese, person = sheet.where("country", *CHINESE), sheet.where("kind", "person")
    latin = chinese & by_system(sheet, "latin", model["latin"])
    sheet["script"] = np.where(latin | ~chinese, "latin", "han")
    write_latin(sheet, latin, person)
    han = chinese & ~latin
    person_slips(sheet, person, han)
    firm_slips(sheet, ~person, han)
    for name in ("name", "family", "given"):
        change_script(sheet, name, han & by_system(sheet, "other script", model["other_script"]))
    address_slips(sheet, chinese, by_system(sheet, "address script", model["simplified_address"]))
    number_slips(sheet, chinese, person)
    write_phones(sheet, seen["host"].to_numpy(), person)
    gaps(sheet, person, model)
    placeholders(sheet, chinese)
    return sheet


def by_system(sheet: Sheet, topic: str, rates: Rates) -> Mask:
    """Chance by the rates of the systems; systems that are not named have none."""
    out = np.zeros(sheet.n, dtype=bool)
    for system, rate in rates.items():
        out |= sheet.chance(f"{topic}/{system}", rate, sheet.where("system", system))
    return out


def change_script(sheet: Sheet, name: str, rows: Mask) -> None:
    column = sheet[name]
    for i in np.flatnonzero(rows & sheet.filled(name)).tolist():
        column[i] = slips.other_script(column[i], 0)


def write_latin(sheet: Sheet, latin: Mask, person: Mask) -> None:
    """Puts Chinese names into Latin letters: people romanised, companies by their English name."""
    numbers = sheet.numbers("romanise")
    name, family, given = sheet["name"], sheet["family"], sheet["given"]
    for i in np.flatnonzero(latin & person).tolist():
        spelled = (sheet["latin_family"][i], sheet["latin_given"][i])
        name[i] = slips.romanised(family[i], given[i], spelled, int(numbers[i]))
        family[i], given[i] = spelled
    western = sheet.filled("western") & latin & person & sheet.chance("western", 0.35)
    for i in np.flatnonzero(western).tolist():
        name[i] = (f"{sheet['western'][i]} {family[i]}", f"{name[i]} ({sheet['western'][i]})")[int(numbers[i]) % 2]
        given[i] = (sheet["western"][i], f"{given[i]} ({sheet['western'][i]})")[int(numbers[i]) % 2]
    sheet["name"] = np.where(latin & ~person, sheet["english"], name)
    for i in np.flatnonzero(latin & sheet.chance("latin address", 0.5)).tolist():
        _latin_address(sheet, i)


def _latin_address(sheet: Sheet, i: int) -> None:
    street = sheet["street"][i]
    if sheet["country"][i] != "CN" or not street.endswith("路"):
        return
    sheet["street"][i] = f"{pinyin(street[:-1])} Road"
    sheet["house"][i] = f"No. {sheet['house'][i].rstrip('号')}"
    sheet["unit"][i], sheet["district"][i] = "", pinyin(sheet["district"][i][:-1])
    sheet["city"][i] = sheet["latin_place"][i]
    sheet["region"][i] = ""


def person_slips(sheet: Sheet, person: Mask, han: Mask) -> None:
    latin = person & ~han
    sheet.change("given", "nickname", 0.035, slips.nickname, latin)
    sheet.change("given", "initial", 0.015, slips.initial, latin)
    sheet.change("given", "typo", 0.015, slips.typo, latin)
    sheet.change("family", "typo", 0.02, slips.typo, latin)
    sheet.change("given", "homophone", 0.015, lambda t, k: slips.homophone(f" {t}", k)[1:], person & han)
    _compose_names(sheet, person, han)
    sheet.change("name", "title", 0.02, slips.han_title, person & han)
    sheet.change("name", "spaced", 0.03, slips.spaced, person & han)
    for name in ("name", "family", "given"):
        sheet.change(name, "no marks", 0.12, slips.no_marks, latin)
        sheet.change(name, "capitals", 0.06, slips.capitals, latin)


def _compose_names(sheet: Sheet, person: Mask, han: Mask) -> None:
    """Names again from their parts where a slip happened to a part; a few come as `Family, Given`."""
    chinese = sheet.where("country", *CHINESE)
    comma = sheet.chance("comma", 0.06)
    for i in np.flatnonzero(person & (han | ~chinese)).tolist():
        family, given, suffix = sheet["family"][i], sheet["given"][i], sheet["suffix"][i]
        if han[i]:
            sheet["name"][i] = family + given
        else:
            plain = f"{family}, {given}" if comma[i] else f"{given} {family}"
            sheet["name"][i] = f"{plain} {suffix}" if suffix else plain


def firm_slips(sheet: Sheet, firm: Mask, han: Mask) -> None:
    chinese = firm & han
    sheet.change("name", "legal form", 0.14, slips.legal_form, firm)
    sheet.change("name", "short form", 0.05, slips.short_form, firm)
    sheet.change("name", "place suffix", 0.07, slips.place_suffix, chinese)
    sheet.change("name", "brackets", 0.5, slips.wide_brackets, chinese)
    sheet.change("name", "firm homophone", 0.015, slips.homophone, chinese)
    sheet.change("name", "firm spaced", 0.03, slips.spaced, chinese)
    sheet.change("name", "status", 0.008, slips.status_note, chinese)
    sheet.change("name", "ampersand", 0.4, slips.ampersand, firm & ~han)
    sheet.change("name", "firm typo", 0.02, slips.typo, firm & ~han)
    sheet.change("name", "firm capitals", 0.07, slips.capitals, firm & ~han)
    sheet.change("name", "firm no marks", 0.12, slips.no_marks, firm & ~han)


def address_slips(sheet: Sheet, chinese: Mask, simplified: Mask) -> None:
    western = ~chinese
    sheet.change("street", "short", 0.35, slips.street_short, western)
    sheet.change("street", "typo", 0.025, slips.typo, western)
    sheet.change("street", "no marks", 0.12, slips.no_marks, western)
    sheet.change("city", "no marks", 0.1, slips.no_marks, western)
    sheet.change("unit", "dashes", 0.25, slips.room_dashes, chinese)
    sheet.change("house", "wide", 0.03, slips.full_width, chinese)
    sheet.blank("unit", 0.2)
    sheet.blank("region", 0.25)
    sheet.blank("district", 0.12, chinese)
    sheet.blank("postcode", 0.35, chinese)
    for name in ("region", "city", "district", "street", "house", "unit"):
        change_script(sheet, name, simplified & sheet.where("country", "TW", "HK"))


def number_slips(sheet: Sheet, chinese: Mask, person: Mask) -> None:
    sheet.change("id_value", "digit", 0.012, slips.wrong_digit)
    sheet.change("id_value", "letters", 0.02, slips.letters_for_digits, ~person)
    sheet.change("id_value", "wide", 0.01, slips.full_width, chinese)
    sheet.change("mobile", "digit", 0.01, _wrong_rest)
    sheet.change("fixed", "digit", 0.01, _wrong_rest)
    sheet.change("born", "swapped", 0.012, slips.day_for_month, person)
    at_work = person & sheet.filled("work_email") & sheet.chance("work mail", 0.35)
    sheet["email"] = np.where(at_work, sheet["work_email"], sheet["email"])
    sheet.change("email", "domain", 0.012, slips.typo_domain)
    sheet.change("email", "case", 0.04, lambda t, k: t.upper() if k % 2 else t.title())


def _wrong_rest(number: str, k: int) -> str:
    head, _, rest = number.rpartition("|")
    return f"{head}|{slips.wrong_digit(rest, k)}"


def write_phones(sheet: Sheet, host: np.ndarray[tuple[int], np.dtype[np.int64]], person: Mask) -> None:
    """People have their mobile first, companies their fixed line; some contacts sit behind the company's switchboard."""
    style, second_style = sheet.numbers("phone style"), sheet.numbers("second phone style")
    mobile_first = np.where(person, sheet.chance("mobile first", 0.85), sheet.chance("firm mobile", 0.1))
    first = np.where(mobile_first, sheet["mobile"], sheet["fixed"])
    second = np.where(mobile_first, sheet["fixed"], sheet["mobile"])
    phones = [phone_text(p, int(k)) for p, k in zip(first, style, strict=True)]
    others = [phone_text(p, int(k)) for p, k in zip(second, second_style, strict=True)]
    switchboard = (host >= 0) & sheet.chance("switchboard", 0.3)
    for i in np.flatnonzero(switchboard).tolist():
        chinese = sheet["country"][i] in CHINESE
        phones[i] = extension(phone_text(sheet["fixed"][host[i]], 3), chinese, int(style[i]))
    sheet["phone"], sheet["second_phone"] = texts(phones), texts(others)


def gaps(sheet: Sheet, person: Mask, model: Model) -> None:
    """What a system does not know."""
    sheet["phone"] = _kept(sheet, "phone", model["phone"], "phone")
    sheet.blank("second_phone", 0.7)
    sheet["email"] = _kept(sheet, "email", model["email"], "email")
    person_id = _kept(sheet, "person_id", model["person_id"], "id_value")
    sheet["id_value"] = np.where(person, person_id, _kept(sheet, "firm_id", model["firm_id"], "id_value"))
    sheet["born"] = _kept(sheet, "born", model["born"], "born")
    home = by_system(sheet, "address", model["address"])
    for name in ("region", "city", "district", "street", "house", "unit", "postcode"):
        sheet[name] = np.where(home, sheet[name], "")


def _kept(sheet: Sheet, topic: str, rates: Rates, column: str) -> Texts:
    return np.where(by_system(sheet, topic, rates), sheet[column], "")


def placeholders(sheet: Sheet, chinese: Mask) -> None:
    """Something typed where nothing was known."""
    for name, kind, p in (("phone", "phone", 0.09), ("email", "email", 0.04), ("street", "text", 0.08)):
        rows = ~sheet.filled(name) & sheet.chance(f"{name}/placeholder", p)
        numbers = sheet.numbers(f"{name}/placeholder/how")
        for i in np.flatnonzero(rows).tolist():
            sheet[name][i] = slips.placeholder(kind, bool(chinese[i]), int(numbers[i]))
