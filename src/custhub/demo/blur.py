"""The error model: how the systems' clerks and forms wrote down what is true, each slip by its own stream of chance."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl

from custhub.demo import facts, slips
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

    def frame(self) -> pl.DataFrame:
        return pl.DataFrame({name: pl.Series(name, list(v), dtype=pl.String) for name, v in self.columns.items()})


Rates = dict[str, float]


ADDRESS = ("region", "city", "district", "street", "house", "unit")
Model = dict[str, Rates]
"""How often (by system) a value is known, a Chinese name stands in Latin letters or in the other Chinese script."""


def blur(seen: pl.DataFrame, seed: int, model: Model | None = None) -> Sheet:
    """The cards with their mistakes, by default with the demo systems' rates. Adds phone, second_phone, and makes `name`
    what the system's name field says."""
    model = model or facts.rates("blur", "rates")
    sheet = Sheet(seen, Dice(seed, "blur"))
    chinese, person = sheet.where("country", *CHINESE), sheet.where("kind", "person")
    latin = chinese & by_system(sheet, "latin", model["latin"])
    sheet["script"] = np.where(latin | ~chinese, "latin", "han")
    write_latin(sheet, latin, person)
    han = chinese & ~latin
    groups = {"person": person, "firm": ~person, "han": han, "latin": ~han, "chinese": chinese, "western": ~chinese}
    slip(sheet, "parts", groups)
    _compose_names(sheet, person, han)
    slip(sheet, "names", groups)
    for name in ("name", "family", "given"):
        change_script(sheet, name, han & by_system(sheet, "other script", model["other_script"]))
    slip(sheet, "addresses", groups)
    simplified = by_system(sheet, "address script", model["simplified_address"]) & sheet.where("country", "TW", "HK")
    for name in ADDRESS:
        change_script(sheet, name, simplified)
    slip(sheet, "numbers", groups)
    at_work = person & sheet.filled("work_email") & sheet.chance("work mail", 0.35)
    sheet["email"] = np.where(at_work, sheet["work_email"], sheet["email"])
    slip(sheet, "mails", groups)
    write_phones(sheet, seen["host"].to_numpy(), person)
    gaps(sheet, person, model)
    slip(sheet, "phones", groups)
    placeholders(sheet, chinese)
    return sheet


def slip(sheet: Sheet, stage: str, groups: dict[str, Mask]) -> None:
    """The slips of one stage, as `data/blur.yml` lists them."""
    for column, topic, share, kind, whose in facts.rows("blur", stage):
        where = np.logical_and.reduce([np.ones(sheet.n, dtype=bool), *(groups[group] for group in whose.split())])
        sheet.change(column, topic, float(share), slips.SLIPS[kind], where)


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
    sheet["email"] = _kept(sheet, "email", model["email"], "email")
    person_id = _kept(sheet, "person_id", model["person_id"], "id_value")
    sheet["id_value"] = np.where(person, person_id, _kept(sheet, "firm_id", model["firm_id"], "id_value"))
    sheet["born"] = _kept(sheet, "born", model["born"], "born")
    home = by_system(sheet, "address", model["address"])
    for name in (*ADDRESS, "postcode"):
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
