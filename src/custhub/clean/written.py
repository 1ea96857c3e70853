"""Parts as they were written: what is loaded keeps script and case of the raw text, which parts in key form do not.

What the text does not say (a province that follows from the city) is given only where its script is that of the text.
"""

from __future__ import annotations

from functools import cache, cached_property, lru_cache

import polars as pl

from custhub.clean import address_detail, address_english, characters, text
from custhub.clean.company_words import form_at_end, forms_of
from custhub.clean.divisions import stem

_LOADED = {
    "person": ("family", "given", "middle", "title", "suffix", "native"),
    "company": ("legal",),
    "address": ("province", "city", "county", "street", "house_number", "unit"),
}
_DIVISIONS = ("province", "city", "county")
_TRADITIONAL = str.maketrans("区县别", "區縣別")
_PLAIN = r"^[0-9A-Z \-]*$"  # numbers of houses and rooms: no script to keep


def as_written(kind: str, shown: pl.Series, parts: pl.Series) -> pl.Series:
    """Those of the `parts` of display texts that are loaded, with the spelling that they have in the text, as a struct
    of all parts; null where the text has none for it."""
    frame = parts.struct.unnest().with_columns(shown.alias("_shown"))
    names = [name for name in _LOADED.get(kind, ()) if name in frame.columns]
    if kind == "company":
        frame = frame.with_columns(_legal_forms(shown, frame["legal"]))
    frame = frame.with_columns(_plainly(name) for name in names)
    folded = pl.col("_shown").str.contains(_folded())
    settled = pl.all_horizontal(_settled(name, folded) for name in names)
    at = frame.select((~settled).fill_null(False)).to_series().arg_true()
    if len(at):
        rows = frame.select("_shown", *names)[at]
        distinct = rows.unique(maintain_order=True)
        read = [_row(names, row) for row in distinct.iter_rows()]
        read_frame = pl.DataFrame(read, schema={f"_{name}": pl.String for name in names}, orient="row")
        found = rows.join(
            distinct.hstack(read_frame), on=rows.columns, how="left", nulls_equal=True, maintain_order="left"
        )
        frame = frame.with_columns(frame[name].scatter(at, found[f"_{name}"]) for name in names)
    return frame.drop("_shown").to_struct(parts.name)


def _settled(name: str, folded: pl.Expr) -> pl.Expr:
    """Whether a part stands in the text as it is, or has no other spelling there."""
    part, shown = pl.col(name), pl.col("_shown")
    settled = part.is_null() | shown.str.contains(part, literal=True)
    if name == "legal":
        return settled
    settled |= part.str.contains(_PLAIN)
    return settled | (~folded & shown.str.contains(r"\p{Han}")) if name in _DIVISIONS else settled


@cache
def _folded() -> str:
    """Pattern of the Chinese characters of which a key has another one."""
    return f"[{''.join(chr(point) for point in characters.variants() if point >= 0x3400)}]"


def _legal_forms(shown: pl.Series, codes: pl.Series) -> pl.Series:
    """The legal forms at the end of names; others stay codes."""
    frame = pl.DataFrame({"shown": shown, "legal": codes})
    found = codes
    for code in codes.drop_nulls().unique().sort():
        at = (codes == code).arg_true()
        form = frame["shown"].gather(at).str.extract(form_at_end(code), 1)
        found = found.scatter(at, form.fill_null(code))
    return found


def _plainly(name: str) -> pl.Expr:
    """In ASCII texts the case of a part is that of its first occurrence."""
    shown, part = pl.col("_shown"), pl.col(name)
    at = shown.str.to_lowercase().str.find(part, literal=True)
    ascii_only = shown.str.len_bytes() == shown.str.len_chars()
    return (
        pl.when(ascii_only & at.is_not_null())
        .then(shown.str.slice(at, part.str.len_chars()))
        .otherwise(part)
        .alias(name)
    )


def _row(names: list[str], row: tuple[str, *tuple[str | None, ...]]) -> tuple[str | None, ...]:
    shown, *parts = row
    written = _Written(shown)
    return tuple(part and _part(name, part, written) for name, part in zip(names, parts, strict=True))


def _part(name: str, part: str, written: _Written) -> str | None:
    if part in written.shown:
        return part
    if name == "legal":
        return _legal_form(part, written)
    found = written.find(part) or (" ".join(filter(None, map(written.find, part.split()))) if " " in part else None)
    if found or not characters.has_han(part):
        return found or part
    return _division(part, written) if name in _DIVISIONS else None if written.traditional else part


def _legal_form(code: str, written: _Written) -> str | None:
    """A form with its brackets and its full stop: `(株)`, `Co., Ltd.`."""
    found = next(filter(None, map(written.find, forms_of(code))), None)
    return found and next(whole for whole in (f"({found})", f"{found}.", found) if whole in written.shown)


def _division(part: str, written: _Written) -> str | None:
    if not characters.has_han(written.shown):
        return next(filter(None, map(written.find, address_english.letters_of(part))), None)
    if not written.traditional:
        return part
    bare = stem(part)
    found = written.find(bare)
    return found and found + part[len(bare) :].translate(_TRADITIONAL)


def _letters(plain: str) -> list[tuple[int, int, str]]:
    """The letters and digits of a simplified text in key form, without accents, with their places."""
    if plain.isascii():
        return [(place, place + 1, char) for place, char in enumerate(plain.lower()) if char.isalnum()]
    return [
        (start, end, char)
        for start, end, written in address_detail.numerals(plain)
        for char in characters.ascii_letters(written.casefold())
        if char.isalnum()
    ]


@lru_cache(maxsize=20_000)
def _bare(part: str) -> str:
    return "".join(char for _, _, char in _letters(text.simplified(part)))


class _Written:
    """A display text and where its letters are."""

    def __init__(self, shown: str) -> None:
        self.shown, self.plain = shown, text.simplified(shown)
        if len(self.plain) != len(shown):  # a character that folds to several
            self.plain = "".join(folded if len(folded := text.simplified(char)) == 1 else char for char in shown)
        self.traditional = self.plain != shown

    @cached_property
    def _places(self) -> tuple[str, list[tuple[int, int, str]]]:
        places = _letters(self.plain)
        return "".join(char for _, _, char in places), places

    def find(self, part: str) -> str | None:
        """The last piece of the text that has the letters and digits of `part`."""
        at = self.plain.rfind(part)
        if at >= 0:
            return self.shown[at : at + len(part)]
        wanted = _bare(part)
        letters, places = self._places
        at = letters.rfind(wanted) if wanted else -1
        return self.shown[places[at][0] : places[at + len(wanted) - 1][1]] if at >= 0 else None
