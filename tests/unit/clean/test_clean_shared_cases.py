"""Runs the shared case files, when they are there: `CUSTHUB_SHARED`, or `shared` beside the checkout."""

import csv
import os
from collections import Counter
from pathlib import Path

import polars as pl
import pytest

from custhub.clean import clean_value, compare_values, decode, repair_text, split_values
from custhub.errors import UsageError

SHARED = Path(os.environ.get("CUSTHUB_SHARED", Path(__file__).resolve().parents[4] / "shared")) / "cases"
IDENTIFIERS = ("uscc", "cn_id", "tw_ubn", "hkid", "lei", "iban", "vat")
ARGUED = {("encoding", "8862")}  # see docs/decisions/cases-of-cleaning.md


def _rows(name: str) -> list[dict[str, str]]:
    path = SHARED / name
    if not path.exists():
        pytest.skip(f"the shared cases are missing: {path} (set CUSTHUB_SHARED to the folder that holds cases/)")
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _parts(kind: str, raw: str, names: list[str]) -> str:
    parts = clean_value(kind, raw).parts
    return ";".join(f"{name}={parts[name] or ''}" for name in names)


def _list(kind: str, raw: str) -> str:
    found = [clean_value(kind, value) for value in split_values(kind, pl.Series([raw]))[0]]
    return " | ".join(c.display if c.valid and c.display else "INVALID" for c in found) or "INVALID"


def _bytes(raw: str) -> str:
    try:
        return decode(bytes.fromhex(raw))
    except UsageError:
        return "UNKNOWN"


def _mojibake(raw: str) -> str:
    repair = repair_text(raw)
    return "UNREPAIRABLE" if "unrepairable" in repair.reasons[0] else repair.proposals[0] or repair.values[0]


def _person(raw: str, expected: str) -> str:
    cleaned = clean_value("person", raw)
    if expected == "AMBIGUOUS":
        return "AMBIGUOUS" if "ambiguous_order" in cleaned.reasons else ""
    return _parts("person", raw, [part.split("=")[0] for part in expected.split(";")])


def _answer(field: str, raw: str, expected: str) -> str:
    match field:
        case "text_display" | "strip_annotation" | "null_token":
            return clean_value("text", raw).display or "NULL"
        case "text_key":
            return clean_value("text", raw).key or ""
        case "mojibake":
            return _mojibake(raw)
        case "encoding":
            return _bytes(raw)
        case "person" | "person_roman":
            return _person(raw, expected)
        case "person_pinyin":
            return expected if expected in clean_value("person", raw).readings else ""
        case "company" | "address":
            return _parts(field, raw, [part.split("=")[0] for part in expected.split(";")])
        case "phone" | "email":
            return _list(field, raw)
        case "email_key" | "address_detail_key":
            return clean_value(field.split("_")[0], raw).key or ""
        case "date":
            return clean_value("date", raw).display or "NULL"
    assert field in IDENTIFIERS
    cleaned = clean_value("identifier", raw, type=field)
    return cleaned.display if cleaned.valid and cleaned.display else "INVALID"


def test_every_value_case() -> None:
    wrong = [
        f"{row['field']}: {row['raw']!r}"
        for row in _rows("cjk-cases.csv")
        if (row["field"], row["raw"]) not in ARGUED
        and _answer(row["field"], row["raw"], row["expected_normal"]) != row["expected_normal"]
    ]
    assert wrong == []


def test_pairs_without_a_false_match() -> None:
    told: Counter[tuple[str, str]] = Counter()
    for row in _rows("cjk-pairs.csv"):
        kind = "identifier" if row["field"] == "org_id" else row["field"]
        told[row["expected"], compare_values(kind, row["left"], row["right"]).decision] += 1
    assert told["review", "match"] == told["no-match", "match"] == 0
    assert told["match", "review"] == told["match", "no-match"] == 0
    others = sum(count for (expected, _), count in told.items() if expected != "match")
    assert told["review", "no-match"] + told["no-match", "review"] <= others / 10
