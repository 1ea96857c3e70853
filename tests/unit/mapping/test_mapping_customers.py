"""Fields, lists and several customers per row, one feature at a time."""

from __future__ import annotations

import polars as pl
import pytest

from custhub.errors import SourceError


def test_kingdee_allocation_to_several_organisations(load, land, documents):
    mapping = load(
        """
        source: kingdee
        stream: customer
        tables: {orgs: {stream: allocation}}
        defaults: {region: CN}
        customer:
          kind: =organisation
          name.full: FName
          identifiers: {type: =uscc, value: FSOCIALCRECODE}
          phones: {value: FTEL, several: auto}
          organisation_views:
            - {from: orgs, organisation: FUseOrgId, owner: FSALERID, payment_terms: FRECCONDITIONID, key: customer.FNumber}
        """
    )
    landed = {
        "customer": land([{"_key": "C01", "FNumber": "C01", "FName": "上海贝尔股份有限公司", "FSOCIALCRECODE": "91310000607285068J", "FTEL": "021-58541240 / 13812345678"}]),
        "allocation": land(
            [
                {"_parent": "C01", "FUseOrgId": "102", "FSALERID": "李雷", "FRECCONDITIONID": "月结30天"},
                {"_parent": "C01", "FUseOrgId": "101", "FSALERID": "韩梅梅", "FRECCONDITIONID": "000"},
            ]
        ),
    }  # fmt: skip
    found = documents(mapping.apply(landed, batch_id="b1"))["C01"]
    terms = [(v["organisation"], v["owner"], v["payment_terms"], v["key"]) for v in found["organisation_views"]]
    assert sorted(terms) == [("101", "韩梅梅", "000", "C01"), ("102", "李雷", "月结30天", "C01")]
    assert [p["value"] for p in found["phones"]] == ["+862158541240", "+8613812345678"]
    assert found["identifiers"][0]["type"] == "uscc"


def test_several_customers_in_one_row(load, land, documents):
    mapping = load(
        """
        source: erp
        stream: c
        customers:
          - fields: {kind: =person, name.full: A, relations: {type: =household, to: {template: "{K}#spouse"}, when: {column: B, blank: false}}}
          - {name: spouse, when: {column: B, blank: false}, fields: {kind: =person, name.full: B}}
        """
    )
    rows = [{"_key": "7", "K": "7", "A": "Ann Lee", "B": "Bob Lee"}, {"_key": "8", "K": "8", "A": "Cleo", "B": None}]
    mapped = mapping.apply({"c": land(rows)}, batch_id="b1")
    found = documents(mapped)
    assert list(found) == ["7", "7#spouse", "8"]
    assert found["7"]["relations"] == [{"type": "household", "to": "erp:7#spouse"}]
    assert mapped.customers["row_key"].to_list() == ["7", "7", "8"]


def test_a_filter_takes_no_row_of_another_batch_at_the_same_position(load, land, documents):
    mapping = load(
        """
        source: erp
        stream: c
        exclude: [{name: tests, when: {column: A, equals: Test}}]
        customer: {kind: =person, name.full: A}
        """
    )
    first, second = land([{"_key": "7", "A": "Test"}]), land([{"_key": "8", "A": "Ann Lee"}])
    mapped = mapping.apply({"c": pl.concat([first, second])}, batch_id="b1")
    assert list(documents(mapped)) == ["8"]
    assert mapped.excluded["row_key"].to_list() == ["7"]


def test_a_row_to_which_no_customer_applies_is_rejected(load, land):
    mapping = load(
        """
        source: erp
        stream: c
        customers:
          - {name: one, when: {column: A, blank: false}, fields: {kind: =person, name.full: A}}
        """
    )
    mapped = mapping.apply({"c": land([{"A": "Ann"}, {"A": None}])}, batch_id="b1")
    assert mapped.customers["key"].to_list() == ["1#one"]
    assert mapped.rejected.select("row_key", "rule_id").rows() == [("2", "mapping.row.no_customer")]


CONTACTS = """
source: erp
stream: c
tables: {people: {}}
customer: {kind: =organisation, name.full: A}
contacts: {from: people, key: N, fields: {name.full: P}}
"""


def test_contacts_with_one_key_are_rejected_unless_they_are_the_same(load, land):
    people = [
        {"_parent": "1", "N": "1", "P": "Eva"},
        {"_parent": "1", "N": "1", "P": "Eva"},
        {"_parent": "1", "N": "2", "P": "Max"},
        {"_parent": "1", "N": "2", "P": "Moritz"},
        {"_parent": "1", "N": None, "P": "Otto"},
    ]
    mapped = load(CONTACTS).apply({"c": land([{"A": "Firm"}]), "people": land(people)}, batch_id="b1")
    assert mapped.customers["key"].to_list() == ["1", "1#contact-1"]
    assert sorted(mapped.rejected.select("key", "rule_id").rows()) == [
        ("1#contact", "mapping.key.missing"),
        ("1#contact-2", "mapping.key.duplicate"),
    ]
    assert mapped.issues.select("key", "rule_id").rows() == [("1#contact-1", "mapping.key.repeated")]


def test_a_bad_contact_does_not_take_its_organisation_along(load, land):
    people = [{"_parent": "1", "N": "1", "P": None}]
    mapped = load(CONTACTS).apply({"c": land([{"A": "Firm"}]), "people": land(people)}, batch_id="b1")
    assert mapped.customers["key"].to_list() == ["1"]
    told = mapped.rejected.select("key", "row_key", "stream", "position", "rule_id").rows()
    assert told == [("1#contact-1", "1", "people", 1, "mapping.name.missing")]


def test_rows_with_one_key(load, land):
    mapping = load("{source: erp, stream: c, customer: {kind: =person, name.full: A}}")
    rows = [
        {"_key": "1", "A": "Ann"},
        {"_key": "1", "A": "Ann"},
        {"_key": "2", "A": "Bea"},
        {"_key": "2", "A": "Cleo"},
        {"_key": "", "A": "Dora"},
    ]
    landed = land(rows)
    landed = landed.with_columns(_key=landed["_key"].scatter(4, ""))
    mapped = mapping.apply({"c": landed}, batch_id="b1")
    assert mapped.customers["key"].to_list() == ["1"]
    assert mapped.rejected.select("key", "position", "rule_id").rows() == [
        ("2", 3, "mapping.key.duplicate"),
        ("2", 4, "mapping.key.duplicate"),
        ("?5", 5, "mapping.key.missing"),
    ]
    assert mapped.issues.select("key", "position", "rule_id").rows() == [("1", 2, "mapping.key.repeated")]


@pytest.mark.parametrize(
    ("rule", "fields", "row"),
    [
        ("mapping.kind.missing", "kind: B", {"B": None}),
        ("mapping.kind.not_allowed", "kind: B", {"B": "robot"}),
        ("mapping.name.missing", "name.full: B", {"B": "n/a"}),
        ("mapping.status.not_allowed", "status: B", {"B": "dead"}),
        ("mapping.source_updated_at.not_an_instant", "source_updated_at: B", {"B": "gestern"}),
        ("mapping.organisation_views.credit_limit.not_a_number", "organisation_views: {organisation: =1, credit_limit: B}", {"B": "viel"}),
        ("mapping.organisation_views.blocked.not_a_boolean", "organisation_views: {organisation: =1, blocked: B}", {"B": "vielleicht"}),
        ("mapping.organisation_views.organisation.missing", "organisation_views: {organisation: A, owner: B}", {"B": "Eva"}),
        ("mapping.phones.rank.not_a_number", "phones: {value: =030 123456, rank: B}", {"B": "first"}),
        ("mapping.consents.state.not_allowed", "consents: {purpose: =ads, channel: =email, state: B}", {"B": "hm"}),
        ("mapping.emails.value.invalid", "emails: {value: {column: B, on_invalid: reject}}", {"B": "not a mail"}),
        ("mapping.extra.size.not_a_number", "extra.size: {column: B, as: integer}", {"B": "big"}),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_rejected(load, land, rule, fields, row):
    base = "" if fields.startswith("kind") else "  kind: =person\n"
    name = "" if fields.startswith("name") else "  name.full: =Ann\n"
    mapping = load(f"source: erp\nstream: c\ncustomer:\n{base}{name}  {fields}\n")
    mapped = mapping.apply({"c": land([{"A": None, **row}])}, batch_id="b1")
    assert mapped.rejected["rule_id"].to_list() == [rule]
    assert mapped.customers.height == 0


def test_on_invalid_decides(customers_of):
    rows = [{"A": "abc"}]
    keep = customers_of("phones: {value: {column: A, on_invalid: keep}}", rows)
    assert keep[0]["phones"] == [{"value": "abc", "raw": "abc", "type": None, "rank": 1}]
    assert customers_of("phones: {value: {column: A, on_invalid: blank}}", rows)[0]["phones"] == []
    assert customers_of("birth_date: {column: A, on_invalid: blank}", rows)[0]["birth_date"] is None


def test_blank_and_keep_are_told_as_issues(load, land):
    text = (
        "source: erp\nstream: c\ncustomer: {kind: =person, name.full: =Ann, birth_date: {column: A, on_invalid: blank}}"
    )
    mapped = load(text).apply({"c": land([{"A": "abc"}])}, batch_id="b1")
    assert mapped.issues["rule_id"].to_list() == ["mapping.birth_date.not_a_date"]


def test_names_are_taken_apart_where_the_mapping_does_not(customers_of):
    (one,) = customers_of("name.full: A", [{"A": "Dr. Hans Peter Müller"}])
    assert (one["name"]["family"], one["name"]["prefix"]) == ("Müller", "Dr.")
    (two,) = customers_of("name.full: A\nname.family: B", [{"A": "Hans Müller", "B": "Mueller"}])
    assert (two["name"]["family"], two["name"]["given"]) == ("Mueller", None)
    (three,) = customers_of("name.full: A", [{"A": "東方小明"}])
    assert three["name"]["family"] + three["name"]["given"] == three["name"]["native"] == "東方小明"
    (firm,) = customers_of("kind: =organisation\nname.full: A", [{"A": "Müller Bau GmbH"}])
    assert firm["name"]["legal_form"]


def test_a_full_name_is_made_of_its_parts(customers_of):
    rows = [{"A": "Eva", "B": "Meier"}, {"A": "小明", "B": "王"}]
    found = customers_of("name.full: C\nname.given: A\nname.family: B", rows)
    assert [c["name"]["full"] for c in found] == ["Eva Meier", "王小明"]


def test_addresses(customers_of):
    (one,) = customers_of("addresses: A", [{"A": "Hauptstr. 12, 80331 München"}])
    assert one["addresses"][0]["raw"] == "Hauptstr. 12, 80331 München"
    (two,) = customers_of("addresses: {lines: [A, B], city: C}", [{"A": "Building 5", "B": "Gate 2", "C": "Oslo"}])
    assert two["addresses"][0]["lines"] == ["Building 5", "Gate 2"]
    assert two["addresses"][0]["raw"] == "Building 5, Gate 2, Oslo"
    (three,) = customers_of("addresses: {street: A, country: B}", [{"A": None, "B": "DE"}])
    assert three["addresses"] == []
    (four,) = customers_of("addresses: {city: A, street: B}", [{"A": "上海市", "B": "世纪大道100号"}])
    assert four["addresses"][0]["raw"] == "上海市世纪大道100号"


def test_plain_lists_and_relations(customers_of):
    fields = """
    languages: [A, =en]
    websites: {value: B, several: ";"}
    name.aliases: [C]
    relations: {when: {column: C, blank: false}, type: =branch_of, to: C}
    parent: {column: C, system: crm}
    """
    (one,) = customers_of(fields, [{"A": "de", "B": "a.de; b.de;a.de", "C": "X1"}])
    assert one["languages"] == ["de", "en"]
    assert one["websites"] == ["a.de", "b.de"]
    assert one["name"]["aliases"] == ["X1"]
    assert one["relations"] == [{"type": "branch_of", "to": "erp:X1"}]
    assert one["parent"] == "crm:X1"


def test_extra_fields_have_types_and_blanks_are_left_out(customers_of):
    fields = """
    extra.since: {column: A, as: date, format: "%d.%m.%Y"}
    extra.vip: {column: B, as: boolean}
    extra.note: C
    """
    found = customers_of(fields, [{"A": "01.02.2020", "B": "X", "C": 'a "b"'}, {}])
    assert found[0]["extra"] == {"since": "2020-02-01", "vip": True, "note": 'a "b"'}
    assert found[1]["extra"] == {}


def test_limit_takes_the_first_rows_of_a_table(load, land, documents):
    mapping = load(
        """
        source: erp
        stream: c
        tables: {mail: {order_by: N desc}}
        customer: {kind: =person, name.full: A, emails: {from: mail, value: M, limit: 1}}
        """
    )
    mail = [{"_parent": "1", "N": n, "M": f"a{n}@mueller.de"} for n in "132"]
    found = documents(mapping.apply({"c": land([{"A": "Ann"}]), "mail": land(mail)}, batch_id="b1"))
    assert [e["value"] for e in found["1"]["emails"]] == ["a3@mueller.de"]


def test_a_missing_column_stops_the_batch(load, land):
    mapping = load("{source: erp, stream: c, customer: {kind: =person, name.full: A, birth_date: B}}")
    with pytest.raises(SourceError, match="column B is mapped but was not landed"):
        mapping.apply({"c": land([{"A": "Ann"}])}, batch_id="b1")
    with pytest.raises(SourceError, match="was not landed"):
        mapping.apply({}, batch_id="b1")


def test_an_empty_batch_is_fine(load, land):
    mapping = load(
        "{source: erp, stream: c, tables: {t: {}}, customer: {kind: =person, name.full: A, emails: {from: t, value: M}}}"
    )
    mapped = mapping.apply({"c": land([])}, batch_id="b1")
    assert (mapped.customers.height, mapped.rejected.height, mapped.excluded.height) == (0, 0, 0)
