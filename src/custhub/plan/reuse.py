"""A source key that suddenly means somebody else: its record must not carry the old customer's id to a new one."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
from rapidfuzz import fuzz, process

from custhub.golden import decoded, read_document
from custhub.model.decisions import Task, TaskKind
from custhub.model.frames import KEYS, LINK
from custhub.model.hashing import canonical_json

NAME_ALIKE = 50.0
"""Names at or above this similarity (0-100, words in any order) may well be the same customer's."""


def reused_keys(before: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
    """References (system, key) of records whose new version contradicts the old one in everything that can be compared.

    The names share nothing, a birth or founding date or an identifier of one type differs, and no e-mail,
    phone, identifier or address is the same. A marriage, a move or a correction keeps at least one of these.
    """
    old = before.select("system", "key", pl.col("doc").alias("doc_old"), pl.col("hash").alias("hash_old"))
    both = after.join(old, on=KEYS, how="inner").filter(
        (pl.col("hash") != pl.col("hash_old")) & pl.col("doc").is_not_null() & pl.col("doc_old").is_not_null()
    )
    if both.is_empty():
        return both.select(KEYS)
    names = [_names(both.select("doc")), _names(both.select(pl.col("doc_old").alias("doc")))]
    near = process.cpdist(names[0].to_list(), names[1].to_list(), scorer=fuzz.token_set_ratio, dtype=np.float64)
    unlike = pl.Series(near < NAME_ALIKE) & (names[0] != "") & (names[1] != "")
    suspects = both.filter(unlike)
    verdicts = [_contradicts(a, b) for a, b in suspects.select("doc_old", "doc").iter_rows()]
    return suspects.filter(pl.Series(verdicts, dtype=pl.Boolean)).select(KEYS)


def reuse_tasks(reused: pl.DataFrame, left: pl.DataFrame, links: pl.DataFrame) -> list[Task]:
    """One task per such key, naming the customer it left and the one it is now."""
    left, links = (frame.join(reused, on=KEYS, how="semi") for frame in (left, links))
    was, now = ({(s, k): g for s, k, g in frame.select(LINK.names()).iter_rows()} for frame in (left, links))
    return [
        Task(
            key=f"{TaskKind.KEY_REUSED}:{ref[0]}:{ref[1]}",
            kind=TaskKind.KEY_REUSED,
            title="A source key now stands for another customer",
            refs=(f"{ref[0]}:{ref[1]}",),
            golden_ids=tuple(ids[ref] for ids in (was, now) if ref in ids),
        )
        for ref in reused.sort("system", "key").iter_rows()
    ]


def _names(docs: pl.DataFrame) -> pl.Series:
    """The name's words in lower case, one text per document."""
    part = pl.col("name").struct.field
    parts = [part(p).fill_null("") for p in ("full", "given", "family", "native")]
    words = pl.concat_str(parts, separator=" ").str.to_lowercase().str.replace_all(r"\s+", " ").str.strip_chars()
    return decoded(docs).select(words.alias("name")).to_series()


def _contradicts(old_doc: str, new_doc: str) -> bool:
    old, new = read_document(old_doc), read_document(new_doc)
    for name in ("emails", "phones", "identifiers"):
        if _said(old, name) & _said(new, name):
            return False
    if _places(old) & _places(new):
        return False
    for date in ("birth_date", "founded_on"):
        if old.get(date) and old.get(date) == new.get(date):
            return False
    dates_differ = any(old.get(d) and new.get(d) and old[d] != new[d] for d in ("birth_date", "founded_on"))
    types = {t for t, _ in _said(old, "identifiers")} & {t for t, _ in _said(new, "identifiers")}
    return bool(dates_differ or types)


def _said(fields: dict[str, Any], name: str) -> set[tuple[str, str]]:
    entries = fields.get(name) or []
    kind = "type" if name == "identifiers" else None
    return {(str(e.get(kind)) if kind else "", str(e["value"]).casefold()) for e in entries}


def _places(fields: dict[str, Any]) -> set[str]:
    """Addresses as text that can be compared."""
    return {
        canonical_json(
            {name: part for name, part in address.items() if part and name not in ("type", "raw")} or address
        )
        for address in fields.get("addresses") or []
    }
