"""The records of one day as the systems hold them: keys, owners, dates, what changed, which rows are broken; and the few
hand-written customers that stand in every demo."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import yaml

from custhub.demo import facts
from custhub.demo.blur import blur
from custhub.demo.cards import CUSTOMERS_PER_ROW, deal, view
from custhub.demo.dice import Dice, Texts, texts
from custhub.demo.facts import data_file
from custhub.demo.population import population

DAYS = {1: "2026-03-02", 2: "2026-03-03"}
"""The logical dates of the two days."""

BROKEN = {
    "erp": ("no name", "bad birth date"),
    "crm": ("no name", "born in the future"),
    "legacy": ("undecodable", "cut short"),
    "legacy_tw": ("undecodable",),
    "shop": ("field count", "bad birth date"),
    "branch": ("no name",),
}
"""The ways in which rows of a system break rules that no mapping can mend."""
PEOPLE_ONLY = ("bad birth date", "born in the future")
"""Those that only rows of people can break."""


def records(rows: int, seed: int, day: int) -> pl.DataFrame:
    """All records that stand in the systems on `day`, one row each, stories included.

    Columns beside the customer's: system, key, host_key (contacts), part, customer (the truth), broken (why the row can
    not be taken, or empty), created, changed and what changed on the day (`*_changed`).
    """
    people = population(max(60, round(rows * CUSTOMERS_PER_ROW)), seed)
    cards = deal(people, rows, seed)
    sheet = blur(view(people, cards, day), seed)
    dice = Dice(seed, "records")
    own = [
        *keys(cards),
        *_broken(cards, people["kind"][cards["who"].to_numpy()], dice, day),
        _lost_contact(cards, day),
        people["parent"][cards["who"].to_numpy()],
    ]
    parts = [cards, sheet.frame().drop("system"), _marks(cards, dice), _changes(cards, day)]
    whole = _parents(pl.concat(parts, how="horizontal").with_columns(own))
    stay = whole.filter(~pl.col("gone") if day == 2 else ~pl.col("new")).with_columns(
        created=pl.when("new").then(pl.lit(DAYS[2])).otherwise("created"),
        changed=pl.when("new").then(pl.format(DAYS[2] + "T08:{}:00", _minute())).otherwise("changed"),
    )
    return pl.concat([stay, stories(stay.schema, day)], how="vertical")


def _minute() -> pl.Expr:
    return (pl.col("chance") % 60).cast(pl.String).str.zfill(2)


def changed_at(*parts: str) -> pl.Expr:
    """When the record, or the named parts of it, last changed: on day 2 early in the morning."""
    return (
        pl.when(pl.any_horizontal(*(f"{part}_changed" for part in parts)))
        .then(pl.format(DAYS[2] + "T09:{}:00", _minute()))
        .otherwise("changed")
    )


def keys(cards: pl.DataFrame) -> list[pl.Series]:
    """The systems' own keys: of the row (`key`), of a contact's row (`host_key`), of the record (`record_key`)."""
    systems, contact = cards["system"].to_list(), (cards["host"] >= 0).to_list()
    row_keys = [_key(system, slot) for system, slot in zip(systems, cards["slot"].to_list(), strict=True)]
    hosts = [key if is_contact else "" for key, is_contact in zip(row_keys, contact, strict=True)]
    own = []
    for key, system, host, part in zip(row_keys, systems, hosts, cards["part"].to_list(), strict=True):
        number = f"-{contact_number(key, part)}" if system == "erp" else ""
        own.append(f"{key}#contact{number}" if host else key)
    return [pl.Series("key", row_keys), pl.Series("host_key", hosts), pl.Series("record_key", own)]


def contact_number(customer: str, part: int) -> str:
    """PARNR of the `part`-th contact of a customer."""
    return f"{int(customer) * 10 + part:010d}"


_KEYS = {
    "erp": (100001, "{:010d}"), "legacy": (10000001, "{}"), "legacy_tw": (1, "T{:06d}"), "shop": (20001, "{}"),
    "branch": (1, "FD{:06d}"),
}  # fmt: skip
"""The number of a system's first row, and how a number is written."""


def _key(system: str, slot: int) -> str:
    if system == "crm":
        return _salesforce_id(slot)
    first, form = _KEYS[system]
    return form.format(first + slot)


_BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def _salesforce_id(slot: int) -> str:
    """15 characters that tell case, and 3 that say which of them are capitals."""
    number = slot * 7919 + 1234567
    tail = "".join(_BASE62[number // 62**k % 62] for k in range(4, -1, -1))
    short = f"0015g00000{tail}"
    chunks = (short[0:5], short[5:10], short[10:15])
    bits = [sum(1 << i for i, c in enumerate(chunk) if "A" <= c <= "Z") for chunk in chunks]
    return short + "".join("ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"[b] for b in bits)


def _marks(cards: pl.DataFrame, dice: Dice) -> pl.DataFrame:
    n = cards.height
    created, changed = _dates(dice.about("created"), n)
    opted = np.array(["", "yes", "no"])[dice.about("opt out").index(3, n, [0.45, 0.12, 0.43])]
    return pl.DataFrame(
        {
            "owner": dice.about("owner").pick(facts.words("shared", "salespeople"), n).tolist(),
            "opt_out": opted.tolist(),
            "created": created.tolist(),
            "changed": changed.tolist(),
            "chance": dice.about("writer").below(2**31 - 1, n),
        }
    )


def _dates(dice: Dice, n: int) -> tuple[Texts, Texts]:
    """When the record was made, and when it was last changed before day 1 (with the time of day)."""
    born = dice.between(0, 5900, n)  # days since 2010-01-01: before 2026-03
    later = born + (dice.about("later").below(1000, n) * (5900 - born)) // 1000
    start = np.datetime64("2010-01-01")
    clock = dice.about("clock").between(8 * 3600, 18 * 3600, n)
    stamps = start + later.astype("timedelta64[D]") + clock.astype("timedelta64[s]")
    return texts((start + born.astype("timedelta64[D]")).astype(str).tolist()), texts(stamps.astype(str).tolist())


def _changes(cards: pl.DataFrame, day: int) -> pl.DataFrame:
    """What changed on the day, by part of the record."""
    second, row = pl.lit(day == 2), pl.col("host") < 0
    return cards.select(
        *((second & pl.col(f"{was}_2") & ~pl.col(f"{was}_1")).alias(f"{what}_changed") for was, what in _HEARD.items()),
        terms_changed=second & pl.col("terms_2") & (pl.col("system") == "erp") & row,
        flag=row & ((pl.col("flagged") == 1) | ((pl.col("flagged") == 2) & second)),
        header_changed=second & (pl.col("flagged") == 2) & row,
    )


_HEARD = {"moves": "address", "rephones": "phone", "remails": "email"}


def _lost_contact(cards: pl.DataFrame, day: int) -> pl.Series:
    """Companies that lost a contact on day 2: their header says that something changed."""
    lost = np.zeros(cards.height, dtype=bool)
    if day == 2:
        hosts = cards.filter((pl.col("host") >= 0) & pl.col("gone"))["host"].to_numpy()
        lost[hosts] = True
    return pl.Series("contacts_changed", lost)


def _broken(cards: pl.DataFrame, kinds: pl.Series, dice: Dice, day: int) -> list[pl.Series]:
    n = cards.height
    hit = dice.about("broken").chance(n, 0.007) & (cards["host"].to_numpy() < 0)
    mended = hit & dice.about("mended").chance(n, 0.4) & (day == 2)
    which = dice.about("how").below(60, n)
    out = [""] * n
    systems = cards["system"].to_list()
    for i in np.flatnonzero(hit & ~mended).tolist():
        ways = [way for way in BROKEN[systems[i]] if kinds[i] == "person" or way not in PEOPLE_ONLY]
        out[i] = ways[int(which[i]) % len(ways)]
    return [pl.Series("broken", out), pl.Series("mended_changed", mended)]


def _parents(whole: pl.DataFrame) -> pl.DataFrame:
    """The key of the parent's record in the same system, where both stand in it."""
    firms = whole.filter((pl.col("kind") == "organisation") & (pl.col("host") < 0) & ~pl.col("gone"))
    first = firms.group_by("system", "who", maintain_order=True).agg(parent_key=pl.col("key").first())
    # A branch stands right behind its parent in the population and bears its name.
    joined = whole.join(
        first.with_columns(branch=pl.col("who") + 1).drop("who"),
        left_on=["system", "who"],
        right_on=["system", "branch"],
        how="left",
        maintain_order="left",
    )
    is_branch = (pl.col("parent") >= 0) & (pl.col("host") < 0)
    return joined.with_columns(parent_key=pl.when(is_branch).then("parent_key").otherwise(None).fill_null(""))


def stories(schema: pl.Schema, day: int) -> pl.DataFrame:
    """The records of `data/stories.yml` as a frame of `schema`."""
    written = yaml.safe_load(data_file("stories.yml"))
    news = written["day_2"] if day == 2 else {}
    rows = [
        {"record_key": row["key"], "script": "latin"} | row | news.get(row["key"], {}) for row in written["records"]
    ]
    blank: dict[str, Any] = {
        name: "" if dtype == pl.String else False if dtype == pl.Boolean else -1 for name, dtype in schema.items()
    }
    unknown = {name for row in rows for name in row} - set(schema)
    assert not unknown, f"columns that records do not have: {sorted(unknown)}"
    return pl.DataFrame([blank | row for row in rows], schema=schema, orient="row")
