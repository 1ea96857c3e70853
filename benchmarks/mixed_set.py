"""One flat table of mixed Chinese and English customers with known clusters, for benchmarks of matching."""

from __future__ import annotations

import polars as pl

from custhub.demo.blur import Model, Sheet, blur
from custhub.demo.cards import System, deal, view
from custhub.demo.dice import Dice
from custhub.demo.facts import CHINESE, WESTERN
from custhub.demo.places import one_line
from custhub.demo.population import population
from custhub.demo.slips import mojibake
from custhub.demo.spelling import date_text

_SOURCES = (
    System("erp", 0.4, CHINESE + WESTERN, 0.5),
    System("crm", 0.35, CHINESE + WESTERN, 0.55),
    System("legacy", 0.25, CHINESE + WESTERN, 0.45),
)
_MODEL: Model = {
    "phone": {"erp": 0.93, "crm": 0.9, "legacy": 0.92},
    "email": {"erp": 0.7, "crm": 0.9, "legacy": 0.5},
    "firm_id": {"erp": 0.8, "crm": 0.4, "legacy": 0.6},
    "person_id": {"erp": 0.25, "crm": 0.05, "legacy": 0.3},
    "born": {"erp": 0.55, "crm": 0.45, "legacy": 0.5},
    "address": {"erp": 0.95, "crm": 0.88, "legacy": 0.92},
    "latin": {"erp": 0.08, "crm": 0.25, "legacy": 0.04},
    "other_script": {"erp": 0.2, "crm": 0.2, "legacy": 0.2},
    "simplified_address": {"erp": 0.2, "crm": 0.2, "legacy": 0.2},
}
_CUSTOMERS_PER_ROW = 0.5
_DATE_STYLE = {"erp": 0, "crm": 9, "legacy": 1}
_NEW_SHARE = 1.03  # `deal` adds the rows of a second day, which stand in this set from the start


def mixed_set(rows: int, seed: int) -> pl.DataFrame:
    """Exactly `rows` records of three sources: source, id, cluster (the truth), kind, name, phone, email, address, city,
    country, identifier, birth_date. All texts as the sources wrote them; null where a source knows nothing."""
    people = population(max(60, round(rows * _CUSTOMERS_PER_ROW)), seed)
    cards = deal(people, round(rows / _NEW_SHARE) + 12, seed, _SOURCES, again=0.06)
    cards = cards.filter(pl.col("host") < 0)
    sheet = blur(view(people, cards, 1), seed, _MODEL)
    sheet.change("name", "mojibake", 0.003, mojibake, sheet.where("script", "han"))
    flat = cards.select(
        source="system",
        id=pl.format("{}{}", pl.col("system").str.slice(0, 1).str.to_uppercase(), pl.col("slot") + 100001),
    ).hstack(_flat(sheet))
    order = pl.Series(Dice(seed, "mixed").order(flat.height))
    return flat[order[:rows]].sort("source", "id")


def _flat(sheet: Sheet) -> pl.DataFrame:
    frame = sheet.frame()
    lines, dates = [], []
    for r in frame.iter_rows(named=True):
        lines.append(one_line(r["country"], r) if r["street"] else "")
        dates.append(date_text(r["born"], _DATE_STYLE[r["system"]]) if r["kind"] == "person" else "")
    columns = frame.select(
        "kind", "name", "phone", "email", pl.Series("address", lines), "city", "country", pl.Series("birth_date", dates),
        cluster="customer", identifier="id_value",
    )  # fmt: skip
    names = ("cluster", "kind", "name", "phone", "email", "address", "city", "country", "identifier", "birth_date")
    return columns.select(pl.col(name).replace("", None) for name in names)
