"""A whole SAP-like source: header, address, e-mail, tax, sales-area and contact tables."""

from __future__ import annotations

import json

import pytest

from custhub.model.customer import Customer

SAP = """
source: erp
stream: kna1
defaults:
  region: {column: LAND1, default: DE}
  order: dmy
  number: "1.234,56"
tables:
  adrc: {where: {column: NATION, blank: true}, order_by: DATE_FROM desc}
  adr6: {order_by: {column: CONSNUMBER, number: true}}
  taxes: {stream: dfkkbptaxnum}
  knvv: {where: {not: {column: LOEVM, equals: X}}}
  knvk: {}
  contact_mail: {stream: knvk_adr6, of: knvk, on: {PRSNR: PERSNUMBER}}
codes:
  groups: {values: {KUNA: organisation, CPD: person}, default: organisation}
  deletion: {values: {X: inactive}, blank: active}
  tax_types: {values: {DE0: vat, CN5: uscc}}
exclude:
  - name: test accounts
    when: {any: [{column: NAME1, starts_with: test, ignore_case: true}, {column: KTOKD, in: [ZTST]}]}
customer:
  kind: {column: KTOKD, codes: groups}
  name.full: {join: [NAME1, NAME2]}
  birth_date: GBDAT
  parent: {column: KONZS, when: {not: {column: KONZS, in: ["0000000000"]}}}
  status: {column: LOEVM, codes: deletion}
  source_updated_at: {template: "{UDATE} {UTIME}"}
  identifiers:
    - {type: =vat, value: STCEG, country: LAND1}
    - {from: taxes, type: {column: TAXTYPE, codes: tax_types}, value: TAXNUM, country: kna1.LAND1}
  emails: {from: adr6, value: SMTP_ADDR}
  phones:
    - {value: TELF1, type: =work}
  addresses:
    - {from: adrc, type: =main, street: STREET, house_number: HOUSE_NUM1, postal_code: POST_CODE1, city: CITY1}
    - {when: {not: {has: adrc}}, street: STRAS, postal_code: PSTLZ, city: ORT01, country: LAND1}
  organisation_views:
    - from: knvv
      organisation: {template: "{VKORG}/{VTWEG}/{SPART}"}
      key: kna1.KUNNR
      owner: VKGRP
      credit_limit: KLIMK
      blocked: {condition: {column: AUFSD, blank: false}}
  extra.newest_city: adrc.CITY1
contacts:
  from: knvk
  key: PARNR
  fields:
    name.given: NAMEV
    name.family: NAME1
    emails: {from: contact_mail, value: SMTP_ADDR}
    phones: TELF1
"""
COLUMNS = {
    "kna1": "KUNNR KTOKD NAME1 NAME2 LAND1 TELF1 STCEG GBDAT KONZS LOEVM UDATE UTIME STRAS PSTLZ ORT01",
    "adrc": "STREET HOUSE_NUM1 POST_CODE1 CITY1 NATION DATE_FROM",
    "adr6": "SMTP_ADDR CONSNUMBER",
    "dfkkbptaxnum": "TAXTYPE TAXNUM",
    "knvv": "VKORG VTWEG SPART VKGRP KLIMK AUFSD LOEVM",
    "knvk": "PARNR NAMEV NAME1 PRSNR TELF1",
    "knvk_adr6": "PERSNUMBER SMTP_ADDR",
}
ONE, TWO, THREE = "0000000001", "0000000002", "0001000025"


@pytest.fixture
def mapped(load, land):
    def run(**streams):
        full = {name: [dict.fromkeys(COLUMNS[name].split()) | row for row in rows] for name, rows in streams.items()}
        landed = {name: land(rows, key="KUNNR" if name == "kna1" else None) for name, rows in full.items()}
        columns = {name: tuple(text.split()) for name, text in COLUMNS.items()}
        return load(SAP, time_zone="Europe/Berlin", columns=columns).apply(landed, batch_id="b7")

    return run


BAU = {"KUNNR": ONE, "KTOKD": "KUNA", "NAME1": "Müller", "NAME2": "Bau GmbH", "LAND1": "DE"}
HANS = {"KUNNR": TWO, "KTOKD": "CPD", "NAME1": "Hans Müller", "GBDAT": "1.2.1980"}


def test_two_muellers(mapped, documents):
    result = mapped(kna1=[BAU | {"TELF1": "089/1234567", "UDATE": "20240501", "UTIME": "120000"}, HANS])
    bau, hans = documents(result).values()
    assert (bau["kind"], bau["name"]["full"], bau["status"]) == ("organisation", "Müller Bau GmbH", "active")
    assert bau["phones"] == [{"value": "+49891234567", "raw": "089/1234567", "type": "work", "rank": 1}]
    assert bau["source_updated_at"] == "2024-05-01T10:00:00Z"
    assert (hans["kind"], hans["name"]["full"], hans["birth_date"]) == ("person", "Hans Müller", "1980-02-01")
    assert result.customers["key"].to_list() == [ONE, TWO]
    assert result.customers["batch_id"].unique().to_list() == ["b7"]


def test_child_tables_are_filtered_and_ordered(mapped, documents):
    result = mapped(
        kna1=[BAU, HANS | {"STRAS": "Hauptstr. 1", "ORT01": "Ulm"}],
        adrc=[
            {"_parent": ONE, "STREET": "Alte Str.", "HOUSE_NUM1": "1", "CITY1": "Ulm", "DATE_FROM": "20190101"},
            {"_parent": ONE, "STREET": "Neue Str.", "HOUSE_NUM1": "2", "CITY1": "Köln", "DATE_FROM": "20210101"},
            {"_parent": ONE, "STREET": "New St", "NATION": "I", "DATE_FROM": "20220101"},
        ],
        adr6=[
            {"_parent": ONE, "SMTP_ADDR": "zehn@mueller.de", "CONSNUMBER": "10"},
            {"_parent": ONE, "SMTP_ADDR": "neun@mueller.de", "CONSNUMBER": "9"},
            {"_parent": ONE, "SMTP_ADDR": "Neun@Mueller.de", "CONSNUMBER": "11"},
        ],
    )
    bau, hans = documents(result).values()
    assert [(a["street"], a["house_number"], a["type"]) for a in bau["addresses"]] == [
        ("Neue Str.", "2", "main"),
        ("Alte Str.", "1", "main"),
    ]
    assert bau["addresses"][0]["raw"] == "Neue Str. 2, Köln"
    assert [(e["value"], e["rank"]) for e in bau["emails"]] == [("neun@mueller.de", 1), ("zehn@mueller.de", 2)]
    assert bau["extra"] == {"newest_city": "Köln"}
    assert [(a["city"], a["country"]) for a in hans["addresses"]] == [("Ulm", None)]
    assert hans["extra"] == {}


def test_each_sales_area_keeps_its_own_terms(mapped, documents):
    areas = [
        {"_parent": ONE, "VKORG": "1000", "VTWEG": "10", "SPART": "00", "VKGRP": "A1", "KLIMK": "1.000,50"},
        {"_parent": ONE, "VKORG": "2000", "VTWEG": "10", "SPART": "00", "VKGRP": "B2", "AUFSD": "01"},
        {"_parent": ONE, "VKORG": "3000", "VTWEG": "10", "SPART": "00", "LOEVM": "X"},
    ]
    views = documents(mapped(kna1=[BAU], knvv=areas))[ONE]["organisation_views"]
    told = {v["organisation"]: (v["system"], v["key"], v["owner"], v["credit_limit"], v["blocked"]) for v in views}
    assert told == {
        "1000/10/00": ("erp", ONE, "A1", "1000.50", False),
        "2000/10/00": ("erp", ONE, "B2", None, True),
    }


def test_contacts_are_customers_of_their_own(mapped, documents):
    result = mapped(
        kna1=[BAU],
        knvk=[
            {"_parent": ONE, "PARNR": "0077", "NAMEV": "Eva", "NAME1": "Meier", "PRSNR": "P1", "TELF1": "089 765432"}
        ],
        knvk_adr6=[{"_parent": ONE, "PERSNUMBER": "P1", "SMTP_ADDR": "eva@mueller.de"}],
    )
    eva = documents(result)[f"{ONE}#contact-0077"]
    assert (eva["kind"], eva["name"]["full"], eva["name"]["family"]) == ("person", "Eva Meier", "Meier")
    assert eva["relations"] == [{"type": "contact_of", "to": f"erp:{ONE}"}]
    assert [e["value"] for e in eva["emails"]] == ["eva@mueller.de"]
    assert eva["phones"][0]["value"] == "+4989765432"  # the country is the organisation's
    assert result.customers["row_key"].to_list() == [ONE, ONE]


def test_a_chinese_company_with_its_number(mapped, documents):
    huawei = {"KUNNR": THREE, "KTOKD": "KUNA", "NAME1": "华为技术有限公司", "LAND1": "CN", "TELF1": "0755-28780808"}
    taxes = [{"_parent": THREE, "TAXTYPE": "CN5", "TAXNUM": "914403001922038216"}]
    found = documents(mapped(kna1=[huawei], dfkkbptaxnum=taxes))[THREE]
    assert found["identifiers"] == [{"type": "uscc", "value": "914403001922038216", "country": "CN", "valid": True}]
    assert found["phones"][0]["value"] == "+8675528780808"


def test_a_wrong_number_is_kept_and_told(mapped, documents):
    taxes = [{"_parent": ONE, "TAXTYPE": "CN5", "TAXNUM": "914403001922038217"}]
    result = mapped(kna1=[BAU], dfkkbptaxnum=taxes)
    assert documents(result)[ONE]["identifiers"][0]["valid"] is False
    assert result.issues.select("key", "rule_id").rows() == [(ONE, "mapping.identifiers.value.invalid")]


def test_a_bad_row_is_rejected_with_its_children_and_the_rest_goes_on(mapped):
    adrc = [{"_parent": TWO, "STREET": "Weg"}, {"_parent": ONE, "STREET": "Gasse"}]
    result = mapped(kna1=[BAU, HANS | {"GBDAT": "31.02.1980"}], adrc=adrc)
    assert result.customers["key"].to_list() == [ONE]
    (row,) = result.rejected.to_dicts()
    assert (row["key"], row["rule_id"], row["position"]) == (TWO, "mapping.birth_date.not_a_date", 2)
    assert (row["stream"], row["layer"], row["field"], row["batch_id"]) == ("kna1", "mapping", "birth_date", "b7")
    raw = json.loads(row["raw"])
    assert raw["kna1"]["GBDAT"] == "31.02.1980"
    assert [child["STREET"] for child in raw["adrc"]] == ["Weg"]
    assert "1980" not in row["reason"]


def test_excluded_rows_are_counted_under_their_filter(mapped):
    result = mapped(kna1=[BAU, HANS | {"NAME1": "TEST bitte nicht löschen"}])
    assert result.excluded.rows() == [(TWO, 2, "test accounts")]
    assert result.customers["key"].to_list() == [ONE]


def test_a_child_of_nobody_is_told(mapped):
    result = mapped(kna1=[BAU], adr6=[{"_parent": "0000000099", "SMTP_ADDR": "a@mueller.de"}])
    assert result.issues.select("rule_id", "stream", "position").rows() == [("mapping.adr6.orphan", "adr6", 1)]


def test_every_document_is_a_canonical_customer(mapped, documents):
    result = mapped(
        kna1=[BAU, HANS],
        adrc=[{"_parent": ONE, "STREET": "Weg"}],
        knvv=[{"_parent": TWO, "VKORG": "1", "VTWEG": "1", "SPART": "1"}],
    )
    for document in documents(result).values():
        Customer.model_validate(document)


def test_provenance_names_the_source_columns(load):
    fields = load(SAP).fields
    assert fields["name.full"] == ("kna1.NAME1", "kna1.NAME2")
    assert fields["emails"] == ("adr6.SMTP_ADDR", "knvk_adr6.SMTP_ADDR")
    assert fields["source_updated_at"] == ("kna1.UDATE", "kna1.UTIME")
    assert "dfkkbptaxnum.TAXNUM" in fields["identifiers"]
    assert load(SAP).streams == ("kna1", "adrc", "adr6", "dfkkbptaxnum", "knvv", "knvk", "knvk_adr6")
