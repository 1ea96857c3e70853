"""The ERP: a SQLite database with tables like SAP's, each with its own change time."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from custhub.demo.records import changed_at, contact_number

FILE = "erp.db"

TABLES: dict[str, str] = {
    "KNA1": "KUNNR LAND1 NAME1 NAME2 ADRNR KTOKD SPRAS STCEG TELF1 TELF2 GBDAT KONZS LOEVM AUFSD ERDAT AEDAT AEZET",
    "ADRC": "ADDRNUMBER DATE_FROM NATION CITY1 CITY2 POST_CODE1 STREET HOUSE_NUM1 STR_SUPPL1 REGION COUNTRY CHANGED_AT",
    "ADR6": "ADDRNUMBER CONSNUMBER FLGDEFAULT SMTP_ADDR CHANGED_AT",
    "DFKKBPTAXNUM": "PARTNER TAXTYPE TAXNUM CHANGED_AT",
    "KNVK": "PARNR KUNNR NAME1 NAMEV PAFKT TELF1 SMTP_ADDR CHANGED_AT",
    "KNVV": "KUNNR VKORG VTWEG SPART VKGRP WAERS KLIMK ZTERM INCO1 PLTYP AUFSD CHANGED_AT",
}
KEYS = {"KNA1": 1, "ADRC": 1, "ADR6": 2, "DFKKBPTAXNUM": 2, "KNVK": 1, "KNVV": 4}
"""How many of a table's first columns are its key."""

_LANGUAGE = {"CN": "1", "TW": "M", "HK": "M", "DE": "D", "AT": "D", "FR": "F", "ES": "S", "GB": "E", "US": "E"}
_SALES_AREA = {"CN": "CN10", "TW": "TW10", "HK": "HK10", "US": "US10"}
_CURRENCY = {"CN10": "CNY", "TW10": "TWD", "HK10": "HKD", "DE10": "EUR", "US10": "USD"}
_TERMS = ("ZB30", "ZB45", "ZB60", "Z001", "Z014")
_DELIVERY = ("EXW", "FCA", "CIF", "DAP", "DDP")
_FUNCTIONS = ("01", "02", "03", "04", "ZP")
TAX_TYPES = {"uscc": "CN0", "cn_ric": "CN1", "tw_ubn": "TW1", "hk_br": "HK1", "ein": "US1"}
"""Identifiers in the tax table; VAT numbers stand in KNA1.STCEG."""

_NAME_WIDTH = 35


def write(folder: Path, records: pl.DataFrame) -> int:
    """Makes the database new; returns the number of customers in it."""
    mine = records.filter(pl.col("system") == "erp").with_columns(
        header_at=changed_at("header", "phone", "mended", "contacts"),
        address_at=changed_at("address"),
        mail_at=changed_at("email"),
        terms_at=changed_at("terms"),
        contact_at=changed_at("phone", "email"),
    )
    rows, contacts = mine.filter(pl.col("host_key") == ""), mine.filter(pl.col("host_key") != "")
    path, fresh = folder / FILE, folder / f"{FILE}.new"
    fresh.unlink(missing_ok=True)
    with sqlite3.connect(fresh) as db:
        for table in TABLES:
            _create(db, table)
        known_place = (pl.col("city") != "") | (pl.col("street") != "")
        taxed = (pl.col("id_value") != "") & pl.col("id_type").is_in(list(TAX_TYPES))
        _fill(db, "KNA1", map(_header, _each(rows)))
        _fill(db, "ADRC", map(_address, _each(rows.filter(known_place))))
        mailed = rows.filter(pl.col("email") != "").select(
            "key", pl.lit("001"), marked=pl.lit("X"), to="email", at="mail_at"
        )
        _fill(db, "ADR6", mailed.iter_rows())
        types = pl.col("id_type").replace(TAX_TYPES)
        _fill(db, "DFKKBPTAXNUM", rows.filter(taxed).select("key", types, "id_value", "header_at").iter_rows())
        _fill(db, "KNVK", map(_contact, _each(contacts)))
        _fill(db, "KNVV", (area for r in _each(rows) for area in _sales_areas(r)))
    db.close()
    fresh.replace(path)
    return rows.height


def _each(frame: pl.DataFrame) -> Iterator[dict[str, Any]]:
    return frame.iter_rows(named=True)


def _create(db: sqlite3.Connection, table: str) -> None:
    names = TABLES[table].split()
    columns = ", ".join(f"{name} TEXT NOT NULL" for name in names)
    db.execute(f"CREATE TABLE {table} ({columns}, PRIMARY KEY ({', '.join(names[: KEYS[table]])}))")


def _fill(db: sqlite3.Connection, table: str, rows: Iterable[Sequence[str]]) -> None:
    marks = ", ".join("?" * len(TABLES[table].split()))
    db.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)  # noqa: S608 - names are this module's own


def _header(r: dict[str, Any]) -> tuple[str, ...]:
    first, second = _halves("" if r["broken"] == "no name" else r["name"])
    born = "19851345" if r["broken"] == "bad birth date" else r["born"].replace("-", "") if len(r["born"]) == 10 else ""
    kind = "PERS" if r["kind"] == "person" else "ZTMP" if r["chance"] % 250 == 7 else "ORGA"
    vat = r["id_value"] if r["id_type"] == "vat" else ""
    changed = r["header_at"]
    return (
        r["key"], r["country"], first, second, r["key"], kind, _LANGUAGE[r["country"]], vat, r["phone"], r["second_phone"], born,
        r["parent_key"], "X" if r["flag"] else "", "01" if r["chance"] % 97 == 3 else "", r["created"].replace("-", ""),
        changed[:10].replace("-", ""), changed[11:].replace(":", ""),
    )  # fmt: skip


def _halves(name: str) -> tuple[str, str]:
    """NAME1 holds 35 characters; the words beyond stand in NAME2."""
    if len(name) <= _NAME_WIDTH:
        return name, ""
    cut = name.rfind(" ", 0, _NAME_WIDTH + 1)
    return (name[:cut], name[cut + 1 :]) if cut > 0 else (name[:_NAME_WIDTH], name[_NAME_WIDTH:])


def _address(r: dict[str, Any]) -> tuple[str, ...]:
    return (
        r["key"], "00010101", "", r["city"], r["district"], r["postcode"], r["street"], r["house"], r["unit"], r["region"],
        r["country"], r["address_at"],
    )  # fmt: skip


def _contact(r: dict[str, Any]) -> tuple[str, ...]:
    function = _FUNCTIONS[r["chance"] % len(_FUNCTIONS)]
    number = contact_number(r["host_key"], r["part"])
    return number, r["host_key"], r["family"], r["given"], function, r["phone"], r["email"], r["contact_at"]


def _sales_areas(r: dict[str, Any]) -> Iterable[tuple[str, ...]]:
    """One customer in one to three sales organisations, each with its own terms and salesperson."""
    home, k = _SALES_AREA.get(r["country"], "DE10"), r["chance"] if r["chance"] >= 0 else 70
    others = [area for area in _CURRENCY if area != home]
    areas = [home, *others[: (0, 0, 0, 1, 0, 0, 2)[k % 7]]]
    for i, area in enumerate(areas):
        limit = (k // 11 % 40 + 1) * 5000 * (i + 1)
        limit += 25000 if i == 0 and r["terms_changed"] else 0
        owner = r["owner"] if i == 0 else f"team.{area.lower()}"
        changed = r["terms_at"] if i == 0 else r["changed"]
        yield (
            r["key"], area, "10", "00", owner, _CURRENCY[area], f"{limit}.00", _TERMS[(k // 3 + i) % 5],
            _DELIVERY[(k // 5 + i) % 5], f"0{k % 4 + 1}", "01" if i and k % 31 == 0 else "", changed,
        )  # fmt: skip
