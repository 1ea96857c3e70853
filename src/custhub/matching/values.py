"""Columns as codes of their distinct, normalised values: text work is done once per distinct value."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
import polars as pl

from custhub import clean
from custhub.clean import facts as clean_facts
from custhub.clean import readings
from custhub.clean.text import key_form
from custhub.matching.arrays import HAN, Codes, Ints, at_places, having, numbered_texts, place_of
from custhub.matching.scripts import romanised

_LATIN = dict(zip("ßøłđæœþðı", ["ss", "o", "l", "d", "ae", "oe", "th", "d", "i"], strict=True))
_CYRILLIC = dict(
    zip(
        "абвгдеёжзийклмнопрстуфхцчшщъыьэюяіїєўґ",
        "a b v g d e e zh z i i k l m n o p r s t u f kh ts ch sh shch _ y _ e yu ya i i e u g".replace("_", "").split(
            " "
        ),
        strict=True,
    )
)
_SPELLED = _LATIN | _CYRILLIC


@dataclass(frozen=True, slots=True)
class Column:
    """`codes` gives each row's place in `values`, -1 where it has none; `counts` how many rows have each value."""

    codes: Codes
    values: pl.Series
    counts: Ints

    @property
    def size(self) -> int:
        return len(self.values)

    def by_row(self) -> pl.Series:
        return at_places(self.values, self.codes)


def encode(texts: pl.Series, normalise: Callable[[pl.Series], pl.Series] | None = None) -> Column:
    """A column of codes; what `normalise` turns into null or "" is missing. Without it the texts are normal already."""
    values, codes = numbered_texts(texts)
    if len(values) == 0 or (len(values) == 1 and not values[0]):
        return Column(np.full(len(texts), -1, dtype=np.int32), values.head(0), np.zeros(0, dtype=np.int64))
    if normalise:
        values, second = numbered_texts(normalise(values))
        codes = second[codes]
    empty = place_of("", values)
    if empty is not None:
        values = values.filter(values != "")
        to_value = np.arange(len(values) + 1, dtype=np.int32)
        to_value[empty:] -= 1
        to_value[empty] = -1
        codes = to_value[codes]
    return Column(codes, values, np.bincount(codes[codes >= 0], minlength=len(values)))


def as_texts(frame: pl.DataFrame) -> pl.DataFrame:
    """A frame whose lists, structs and bytes are texts: several values of a list parted by semicolons."""
    changed = []
    for name, kind in frame.schema.items():
        column = pl.col(name)
        if isinstance(kind, pl.List | pl.Array):
            items = column.cast(pl.List(kind.inner), strict=False) if isinstance(kind, pl.Array) else column
            if kind.inner.is_nested():
                items = items.list.eval(pl.element().struct.json_encode() if kind.inner == pl.Struct else pl.lit(None))
            changed.append(items.cast(pl.List(pl.String), strict=False).list.join("; ", ignore_nulls=True))
        elif isinstance(kind, pl.Struct):
            parts = [column.struct.field(f.name).cast(pl.String) for f in kind.fields if not f.dtype.is_nested()]
            changed.append(pl.concat_str(parts, separator=" ", ignore_nulls=True).alias(name))
        elif kind in (pl.Binary, pl.Object):
            changed.append(pl.lit(None, dtype=pl.String).alias(name))
    return frame.with_columns(changed) if changed else frame


def joined(frame: pl.DataFrame, columns: list[str]) -> pl.Series:
    """Several columns as one text; null where all are null."""
    if len(columns) == 1:
        return frame[columns[0]].cast(pl.String)
    parts = [pl.col(c).cast(pl.String) for c in columns]
    whole = pl.concat_str(parts, separator=" ", ignore_nulls=True)
    return frame.select(pl.when(pl.any_horizontal(part.is_not_null() for part in parts)).then(whole)).to_series()


_BETWEEN_HAN = r"([\x{4e00}-\x{9fff}]) ([\x{4e00}-\x{9fff}])"


def _tidied() -> pl.Expr:
    """One width, nothing invisible, single spaces, none between Han characters: every second is seen in the second round."""
    text = pl.col("t").str.normalize("NFKC").str.replace_all(r"\p{Cf}", "").str.replace_all(r"\s+", " ")
    text = text.str.strip_chars(" ")
    for _ in range(2):
        text = text.str.replace_all(_BETWEEN_HAN, "$1$2")
    return text


def without_blanks(texts: pl.Series) -> pl.Series:
    """Placeholders such as N/A, 未知 and 00000000 as null: blank never matches blank."""
    blank = clean.blank_mask(texts)
    return texts.set(blank, None) if blank.any() else texts


def plain(texts: pl.Series) -> pl.Series:
    """Lower case, no accents, only letters, digits and single spaces; Han folded to simplified."""
    return _plain(texts, r"[^\p{L}\p{N}]+", " ")


def text_words(texts: pl.Series) -> pl.Series:
    """As `plain`, but codes in one word however they are hyphenated: DSC-W120 and DSCW120."""
    return plain(texts.str.replace_all(r"([\p{L}\d])-((?:\p{L}{1,3})?\d[\p{L}\d]*)", "$1$2"))


def compact(texts: pl.Series) -> pl.Series:
    """As `plain`, without spaces: for postcodes and identifiers."""
    return _plain(texts.str.replace(_AS_FLOAT, "$1"), r"[^\p{L}\p{N}]+", "")


_AS_FLOAT = r"^\s*(\d+)\.0$"  # what a spreadsheet or a data frame made of a number with gaps


def _plain(texts: pl.Series, signs: str, instead: str) -> pl.Series:
    known = without_blanks(texts)
    ascii_only, others = _plain_forms(signs, instead)
    out = known.alias("t").to_frame().select_seq(ascii_only).to_series()
    other = having(known, r"[^\x00-\x7f]")
    if not len(other):
        return out
    folded = fold_han(romanised(known.gather(other)))
    return out.scatter(other, folded.alias("t").to_frame().select_seq(others).to_series())


@cache
def _plain_forms(signs: str, instead: str) -> tuple[pl.Expr, pl.Expr]:
    """Plain forms of texts `t`: of ASCII, and of folded other ones."""
    low = pl.col("t").str.to_lowercase().str.replace_all("['`]", "")
    other = pl.col("t").str.to_lowercase().str.normalize("NFKD").str.replace_all(r"[\u0300-\u036f'’`´]", "")
    other = other.str.replace_many(list(_SPELLED), list(_SPELLED.values())).str.normalize("NFKC")
    bare = [text.str.replace_all(signs, instead).str.strip_chars() for text in (low, other)]
    return bare[0], bare[1]


def identifier_text(texts: pl.Series) -> pl.Series:
    """An identifier without signs and spaces; a type written before a colon is kept."""
    typed = texts.str.extract_groups(r"^\s*(?:([A-Za-z_]{2,20}):)?(.*)$").struct.unnest()
    kind, value = typed[typed.columns[0]].str.to_lowercase(), compact(typed[typed.columns[1]])
    frame = pl.DataFrame({"kind": kind, "value": value})
    prefixed = pl.concat_str(pl.col("kind"), pl.lit(":"), pl.col("value"))
    return frame.select(pl.coalesce(prefixed, "value")).to_series()


def number_text(texts: pl.Series) -> pl.Series:
    """A number with a decimal point, without currency and thousands separators."""
    bare = pl.col("t").str.replace_all(r"[^\d.,\-]", "")
    bare = bare.str.replace(r"[.,](\d{1,2})$", "~$1").str.replace_all("[.,]", "").str.replace("~", ".")
    return without_blanks(texts).to_frame("t").select(bare.cast(pl.Float64, strict=False).cast(pl.String)).to_series()


def phone_digits(texts: pl.Series) -> pl.Series:
    """The last nine digits of a phone number, without extension; fewer than six are no number."""
    bare = (
        pl.col("t")
        .str.replace(_AS_FLOAT, "$1")
        .str.to_lowercase()
        .str.replace(r"(?:ext|x|转|分机|доб).*$", "")
        .str.replace_all(r"[^\d]", "")
    )
    digits = pl.col("t").str.strip_chars_start("+0").str.tail(9)
    known = pl.when(digits.str.len_chars() >= 6).then(digits)
    return _but(texts, r"^\+?[0-9]*[1-8][0-9]*$", bare).to_frame("t").select(known).to_series()


def email_text(texts: pl.Series) -> pl.Series:
    """An e-mail address in lower case, out of `Name <address>`, without a +tag."""
    low = pl.col("t").str.strip_chars().str.to_lowercase()
    found = pl.coalesce(low.str.extract(r"([^\s<>(),;:]+@[^\s<>(),;:]+)"), low.str.replace_all(r"\s", ""))
    bare = found.str.replace(r"\+[^@]*@", "@").str.strip_chars(".'\"")
    return _but(texts, r"^[a-z0-9][a-z0-9._-]*@[a-z0-9.-]*[a-z0-9]$", bare)


def _but(texts: pl.Series, settled: str, bare: pl.Expr) -> pl.Series:
    """`bare` of the texts `t` that are not plainly so already; most are."""
    at = (~texts.str.contains(settled)).arg_true()
    if not len(at):
        return texts
    rest = without_blanks(texts.gather(at).str.normalize("NFKC")).to_frame("t").select(bare).to_series()
    return texts.clone().scatter(at, rest)


def company_words(texts: pl.Series) -> pl.Series:
    """As `plain`; of Han names core, place, trade and branch as words of their own, the legal form left out.

    How the core is read comes along, so that 隆健 meets Longjian; a person's name comes with both its parts.
    """
    at = having(texts, HAN)
    if not len(at):
        return without_legal_form(plain(texts))
    names = texts.gather(at)
    parts = clean.clean_column("company", names)["parts"].struct.unnest()
    firm = parts["legal"].is_not_null() | parts["trade"].is_not_null() | parts["branch"].is_not_null()
    read = latin_of(parts["core"]).zip_with(firm, _person_reading(names.set(firm, None)))
    words = _in_words(names, [*(parts[name] for name in ("core", "place", "trade", "branch")), read])
    return without_legal_form(plain(texts.clone().scatter(at, words)))


@cache
def _legal_forms() -> str:
    """A pattern of legal forms at the end of names, as `plain` writes them."""
    listed = [form for row in clean_facts.rows("latin_legal_forms.tsv") for form in row[1].split(" ")]
    spaced = [" ".join(form) for form in listed if len(form) <= 4]  # of G.m.b.H.
    words = plain(pl.Series([*listed, *spaced]).str.replace_all("_", " ")).drop_nulls().unique()
    longest_first = sorted(words.filter(words.str.len_chars() > 1), key=lambda form: (-len(form), form))
    return rf"^(\S.*?)(?: (?:{'|'.join(longest_first)}))+$"


def without_legal_form(names: pl.Series) -> pl.Series:
    """Names without Inc, GmbH & Co. KG and the like at their end: files add and drop these at will."""
    return names.str.replace(_legal_forms(), "$1")


APART = " · "
"""Stands between street, number and unit of an address that is apart already."""


def address_words(texts: pl.Series) -> pl.Series:
    """As `plain`; of Han addresses divisions, street and numbers as words of their own, city and street as read too.

    Of addresses that are apart only the street is taken for words, so that it is read once for all its houses.
    """
    at = having(texts, HAN)
    if not len(at):
        return plain(texts)
    halves = texts.gather(at).str.splitn(APART, 2).struct.unnest()
    streets, place = numbered_texts(halves["field_0"])
    inside = halves["field_1"].fill_null("").str.normalize("NFKC").str.to_lowercase()
    inside = inside.str.replace_all("[^0-9a-z]+", " ").str.strip_chars()
    han = (inside + " " + _street_words(streets).gather(place)).str.strip_chars()
    return plain(texts.clone().scatter(at, None)).scatter(at, han)


def _street_words(texts: pl.Series) -> pl.Series:
    parts = clean.clean_column("address", texts)["parts"].struct.unnest()
    names = ("province", "city", "county", "street", "house_number", "unit")
    read = (latin_of(parts["city"]), latin_of(parts["street"]))
    return plain(_in_words(texts, [*(parts[name] for name in names), *read]))


def place_words(texts: pl.Series) -> pl.Series:
    """As `plain`; Han places as they are read, without what says that they are a city or a district."""
    positions = having(texts, HAN)
    if not len(positions):
        return plain(texts)
    return plain(texts.clone().scatter(positions, latin_of(texts.gather(positions))))


_DIVISIONS = r"(?:特别行政区|自治区|自治州|地区|大街|大道|[省市区區县縣镇鎮乡鄉州路街道巷弄])$"


def latin_of(names: pl.Series) -> pl.Series:
    """How Han names of firms, streets and places are read, in one word, without 市, 路 and the like."""
    bare = names.fill_null("").str.replace_all(r"\s", "")
    short = bare.str.replace(_DIVISIONS, "")
    short = short.zip_with(short.str.len_chars() >= 2, bare)
    return readings_of(short, family=False).fill_null(short)


def _person_reading(names: pl.Series) -> pl.Series:
    short = names.set(names.str.len_chars() > 4, None)
    return clean.clean_column("person", short)["parts"].struct.field("latin")


def _in_words(texts: pl.Series, columns: list[pl.Series]) -> pl.Series:
    """The columns side by side; the text itself where all of them are empty."""
    table = pl.DataFrame({str(i): column for i, column in enumerate(columns)})
    words = table.select(pl.concat_str(pl.all(), separator=" ", ignore_nulls=True)).to_series().str.strip_chars()
    return words.zip_with(words != "", texts)


def readings_of(parts: pl.Series, *, family: bool) -> pl.Series:
    """How Han parts of names are read, as Latin letters; others without spaces. `family`: as a family name."""
    bare = parts.str.replace_all(" ", "") if len(having(parts, " ")) else parts
    han = having(bare, HAN)
    return bare.clone().scatter(han, readings.letters(fold_han(bare.gather(han)), family=family)) if len(han) else bare


def fold_han(texts: pl.Series) -> pl.Series:
    """Traditional and variant characters as simplified ones; other texts as they are."""
    at = having(texts, HAN)
    if not len(at):
        return texts
    tidied = texts.gather(at).alias("t").to_frame().select(_tidied()).to_series()
    return texts.clone().scatter(at, pl.Series([key_form(text) for text in tidied.to_list()], dtype=pl.String))
