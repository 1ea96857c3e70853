"""The web shop's CSV in cp1252, the branch's workbook, the CRM's export."""

from __future__ import annotations

import csv
import io
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import polars as pl

from custhub.demo import facts
from custhub.demo.places import one_line, street_line
from custhub.demo.records import changed_at
from custhub.demo.spelling import date_text

SHOP, BRANCH, CRM = "shop.csv", "branch.xlsx", "crm.csv"

_ALL = ("address", "phone", "email", "mended", "header", "contacts")
SHOP_COLUMNS = (
    "Kundennr", "Anrede", "Vorname", "Nachname", "Firma", "Straße", "PLZ", "Ort", "Land", "Telefon", "E-Mail", "Geburtsdatum",
    "USt-IdNr", "Newsletter", "Gesperrt", "Angelegt", "Geändert",
)  # fmt: skip
BRANCH_COLUMNS = (
    "客户编号", "客户名称", "统一社会信用代码", "电话", "邮箱", "省份", "城市", "地址", "邮编", "联系人", "联系人手机", "联系人邮箱",
    "业务员", "备注", "更新日期",
)  # fmt: skip
CRM_COLUMNS = (
    "Id", "IsPersonAccount", "Name", "Salutation", "FirstName", "LastName", "Suffix", "ParentId", "BillingStreet", "BillingCity",
    "BillingState", "BillingPostalCode", "BillingCountry", "Phone", "MobilePhone", "Email", "Tax_Number__c", "Birthdate",
    "OwnerId", "HasOptedOutOfEmail", "IsDeleted", "CreatedDate", "LastModifiedDate",
)  # fmt: skip


def _mine(records: pl.DataFrame, system: str) -> pl.DataFrame:
    return records.filter(pl.col("system") == system).with_columns(at=changed_at(*_ALL))


def write_shop(folder: Path, records: pl.DataFrame) -> int:
    mine = _mine(records, "shop")
    text = io.StringIO()
    out = csv.writer(text, delimiter=";", lineterminator="\r\n")
    out.writerow(SHOP_COLUMNS)
    for r in mine.iter_rows(named=True):
        out.writerow(_shop_row(r))
        if r["broken"] == "field count":  # an address with a semicolon, from before the export knew quotes
            _spoil_last_line(text)
    (folder / SHOP).write_bytes(text.getvalue().encode("cp1252", errors="replace"))
    return mine.height


def _shop_row(r: dict[str, Any]) -> tuple[str, ...]:
    person = r["kind"] == "person"
    salutation = {"male": "Herr", "female": "Frau"}.get(r["gender"], "") if person else "Firma"
    born = "31.02.1980" if r["broken"] == "bad birth date" else date_text(r["born"], 2) if len(r["born"]) == 10 else ""
    family = f"{r['family']} {r['suffix']}".strip()
    return (
        r["key"], salutation, r["given"] if person else "", family if person else "", "" if person else r["name"],
        _street(r), r["postcode"], r["city"], facts.text(r["country"], "german"), r["phone"], r["email"], born, r["id_value"],
        {"yes": "nein", "no": "ja"}.get(r["opt_out"], ""), "ja" if r["flag"] else "nein", date_text(r["created"], 2),
        f"{date_text(r['at'][:10], 2)} {r['at'][11:16]}",
    )  # fmt: skip


def _spoil_last_line(text: io.StringIO) -> None:
    whole = text.getvalue()
    start = whole.rfind("\r\n", 0, -2) + 2
    fields = whole[start:].split(";")
    fields[5] = f"{fields[5]};Hinterhaus"
    text.seek(start)
    text.truncate()
    text.write(";".join(fields))


def _street(r: dict[str, Any]) -> str:
    return street_line(r["country"], r) if r["house"] else r["street"]


def write_branch(folder: Path, records: pl.DataFrame) -> int:
    mine = _mine(records, "branch")
    contacts = {r["host_key"]: r for r in mine.filter(pl.col("host_key") != "").iter_rows(named=True)}
    rows = mine.filter(pl.col("host_key") == "")
    from openpyxl import Workbook  # comes with the extra `demo`; the rest of the command works without

    book = Workbook(write_only=True)
    sheet = book.create_sheet("客户")
    sheet.append(list(BRANCH_COLUMNS))
    for r in rows.iter_rows(named=True):
        sheet.append(list(_branch_row(r, contacts.get(r["key"]))))
    book.properties.created = book.properties.modified = datetime(2026, 3, 2, tzinfo=UTC).replace(tzinfo=None)
    raw = io.BytesIO()
    book.save(raw)
    _without_clock(raw, folder / BRANCH)
    return rows.height


def _branch_row(r: dict[str, Any], contact: dict[str, Any] | None) -> tuple[str, ...]:
    name = "" if r["broken"] == "no name" else r["name"]
    at = max(r["at"], contact["at"]) if contact else r["at"]
    who = (contact["name"], contact["phone"], contact["email"]) if contact else ("", "", "")
    note = "停用" if r["flag"] else ""
    place = {**r, "region": "", "city": ""}
    address = one_line(r["country"], place) if r["street"] else ""
    return (
        r["key"], name, r["id_value"], r["phone"], r["email"], r["region"], r["city"], address, r["postcode"], *who,
        r["owner"], note, at[:10].replace("-", "/"),
    )  # fmt: skip


def _without_clock(raw: io.BytesIO, path: Path) -> None:
    """A workbook is a zip file, which keeps the time it was made: the same customers must make the same bytes."""
    with zipfile.ZipFile(raw) as made, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
        for item in made.infolist():
            content = made.read(item)
            if item.filename == "docProps/core.xml":
                content = _fixed_times(content)
            out.writestr(zipfile.ZipInfo(item.filename, (2026, 3, 2, 0, 0, 0)), content, zipfile.ZIP_DEFLATED, 1)


def _fixed_times(core: bytes) -> bytes:
    head, mark, rest = core.partition(b"<dcterms:modified")
    if not mark:
        return core
    start, end = rest.index(b">") + 1, rest.index(b"</dcterms:modified>")
    return head + mark + rest[:start] + b"2026-03-02T00:00:00Z" + rest[end:]


def write_crm(folder: Path, records: pl.DataFrame) -> int:
    mine = _mine(records, "crm")
    with (folder / CRM).open("w", encoding="utf-8-sig", newline="") as file:
        out = csv.writer(file, lineterminator="\r\n")
        out.writerow(CRM_COLUMNS)
        out.writerows(map(_crm_row, mine.iter_rows(named=True)))
    return mine.height


def _crm_row(r: dict[str, Any]) -> tuple[str, ...]:
    person, named = r["kind"] == "person", r["broken"] != "no name"
    salutation = {"male": "Mr.", "female": "Ms."}.get(r["gender"], "") if person and r["chance"] % 3 else ""
    mobile = r["second_phone"] if person else ""
    born = "2091-03-01" if r["broken"] == "born in the future" else r["born"]
    home = (
        (_street(r) + (f", {r['district']}" if r["district"] else ""))
        if r["script"] == "latin"
        else r["district"] + _street(r)
    )
    return (
        r["key"], "true" if person else "false", r["name"] if named and not person else "", salutation,
        r["given"] if person and named else "", r["family"] if person and named else "", r["suffix"], r["parent_key"],
        home, r["city"], r["region"], r["postcode"], facts.text(r["country"], "english"), r["phone"], mobile, r["email"], r["id_value"],
        born if person else "", r["owner"], {"yes": "true", "no": "false"}.get(r["opt_out"], ""),
        "true" if r["flag"] else "false", f"{r['created']}T08:00:00.000Z", f"{r['at']}.000Z",
    )  # fmt: skip
