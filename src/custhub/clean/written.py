"""Parts as they were written: what is loaded keeps script and case of the raw text, which parts in key form do not.

What the text does not say (a province that follows from the city) is given only where its script is that of the text.
"""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from custhub.clean import address_detail, address_english, characters, text
from custhub.clean.company_words import forms_of
from custhub.clean.divisions import stem

_LOADED = {
    "person": ("family", "given", "middle", "title", "suffix", "nick", "western", "native"),
    "company": ("core", "place", "trade", "legal", "branch", "head"),
    "address": ("province", "city", "county", "detail", "street", "house_number", "unit"),
}
_DIVISIONS = ("province", "city", "county")
_TRADITIONAL = str.maketrans("区县别", "區縣別")


def as_written(kind: str, shown: pl.Series, parts: pl.Series) -> pl.Series:
    """The `parts` of display texts with the spelling that they have there; null where the text has none for it."""
    frame = parts.struct.unnest().with_columns(shown.alias("_shown"))
    names = [name for name in _LOADED.get(kind, ()) if name in frame.columns]
    frame = frame.with_columns(_plainly(name) for name in names)
    settled = pl.all_horizontal(
        pl.col(name).is_null() | pl.col("_shown").str.contains(pl.col(name), literal=True) for name in names
    )
    at = frame.select((~settled).fill_null(False)).to_series().arg_true()
    if len(at):
        rows = frame.select("_shown", *names)[at]
        distinct = rows.unique(maintain_order=True)
        found = pl.DataFrame(
            [_row(kind, names, row) for row in distinct.iter_rows()],
            schema=dict.fromkeys(names, pl.String),
            orient="row",
        )
        found = rows.join(
            distinct.hstack(found.rename(lambda name: f"_{name}")),
            on=rows.columns,
            how="left",
            nulls_equal=True,
            maintain_order="left",
        )
        frame = frame.with_columns(frame[name].scatter(at, found[f"_{name}"]) for name in names)
    return frame.drop("_shown").to_struct(parts.name)


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


def _row(kind: str, names: list[str], row: tuple[str, *tuple[str | None, ...]]) -> tuple[str | None, ...]:
    shown, *parts = row
    written = _Written(shown)
    return tuple(part and _part(kind, name, part, written) for name, part in zip(names, parts, strict=True))


def _part(kind: str, name: str, part: str, written: _Written) -> str | None:
    if part in written.shown:
        return part
    if kind == "company" and name == "legal":
        return _legal_form(part, written)
    found = written.find(part) or " ".join(filter(None, map(written.find, part.split())))
    if found or not characters.has_han(part):
        return found or part
    return (
        _division(part, written) if kind == "address" and name in _DIVISIONS else None if written.traditional else part
    )


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


def _letters(plain: str) -> Iterator[tuple[int, int, str]]:
    """The letters and digits of a simplified text in key form, without accents, with their places."""
    for start, end, written in address_detail.numerals(plain):
        for char in characters.ascii_letters(written.casefold()):
            if char.isalnum():
                yield start, end, char


class _Written:
    """A display text and where its letters are."""

    def __init__(self, shown: str) -> None:
        self.shown = shown
        plain = text.simplified(shown)
        if len(plain) != len(shown):  # a character that folds to several
            plain = "".join(folded if len(folded := text.simplified(char)) == 1 else char for char in shown)
        self.traditional = plain != shown
        self.places = list(_letters(plain))
        self.letters = "".join(char for _, _, char in self.places)

    def find(self, part: str) -> str | None:
        """The last piece of the text that has the letters and digits of `part`."""
        wanted = "".join(char for _, _, char in _letters(text.simplified(part)))
        at = self.letters.rfind(wanted) if wanted else -1
        return self.shown[self.places[at][0] : self.places[at + len(wanted) - 1][1]] if at >= 0 else None
