"""Two old systems that send files of fixed width, in bytes: GB18030 in the mainland, Big5 in Taiwan."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl

from custhub.demo.places import one_line
from custhub.demo.records import changed_at
from custhub.demo.spelling import date_text

FILES = {"legacy": ("customers.txt", "gb18030"), "legacy_tw": ("customers_tw.txt", "cp950")}

WIDTHS = {
    "CUSTNO": 8, "TYPE": 1, "NAME": 60, "IDNO": 18, "BIRTH": 10, "PHONE": 40, "EMAIL": 50, "ADDRESS": 120, "ZIP": 6,
    "SALESMAN": 12, "STATUS": 1, "UPDATED": 10,
}  # fmt: skip
"""Columns and their widths in bytes."""


def write(folder: Path, records: pl.DataFrame, system: str) -> int:
    """Writes the system's file; returns its number of customers."""
    name, encoding = FILES[system]
    parts = ("address", "phone", "email", "mended", "header")
    mine = records.filter(pl.col("system") == system).with_columns(at=changed_at(*parts))
    lines = [_line(r, encoding) for r in mine.iter_rows(named=True)]
    trailer = f"END{len(lines):09d}".encode()
    (folder / name).write_bytes(b"\r\n".join([*lines, trailer]) + b"\r\n")
    return len(lines)


def _line(r: dict[str, Any], encoding: str) -> bytes:
    taiwan = r["system"] == "legacy_tw"
    has_home = bool(r["city"] or r["street"])
    values = {
        "CUSTNO": r["key"],
        "TYPE": "P" if r["kind"] == "person" else "C",
        "NAME": r["name"],
        "IDNO": r["id_value"],
        "BIRTH": (date_text(r["born"], 4 if taiwan else 0) if len(r["born"]) == 10 else ""),
        "PHONE": _phones(r),
        "EMAIL": r["email"],
        "ADDRESS": one_line(r["country"], r) if has_home else "",
        "ZIP": r["postcode"],
        "SALESMAN": r["owner"],
        "STATUS": "D" if r["flag"] else "A",
        "UPDATED": r["at"][:10],
    }
    line = b"".join(_padded(values[name], width, encoding) for name, width in WIDTHS.items())
    if r["broken"] == "undecodable":
        start = WIDTHS["CUSTNO"] + WIDTHS["TYPE"]
        return line[:start] + b"\xff\xff\xff" + line[start + 3 :]
    return line[: len(line) // 2] if r["broken"] == "cut short" else line


def _phones(r: dict[str, Any]) -> str:
    """Old clerks wrote several numbers into one field."""
    both = r["phone"] and r["second_phone"] and len(r["phone"]) + len(r["second_phone"]) < 38
    return f"{r['phone']}{('/', '、')[r['chance'] % 2]}{r['second_phone']}" if both else r["phone"]


def _padded(text: str, width: int, encoding: str) -> bytes:
    """The text in at most `width` bytes, never half a character, filled with blanks."""
    raw = text.encode(encoding, errors="replace")
    while len(raw) > width:
        text = text[:-1]
        raw = text.encode(encoding, errors="replace")
    return raw.ljust(width)
