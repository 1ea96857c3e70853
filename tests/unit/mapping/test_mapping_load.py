"""Mistakes in a mapping file: all at once, each at its line."""

from __future__ import annotations

import textwrap

import pytest

from custhub.errors import ConfigError

HEAD = """\
source: erp
stream: c
customer:
  kind: =person
  name.full: A
"""


def _mistakes(load, text, **options):
    with pytest.raises(ConfigError) as caught:
        load(text, **options)
    return [(m.line, m.key, m.problem, m.hint) for m in caught.value.mistakes]


@pytest.mark.parametrize(
    ("line", "key", "problem"),
    [
        ("birth_day: A", "customer.birth_day", "the canonical customer has no field birth_day"),
        ("name: A", "customer.name", "no field name"),
        ("extra.: A", "customer.extra.", "no field extra."),
        ("gender: {column: A, clean: gendr}", "customer.gender.clean", "no cleaner gendr"),
        ("phones: {value: {column: A, clean: {name: phone, contry: DE}}}", "customer.phones.value.clean.contry", "no option contry"),
        ("phones: {value: {column: A, clean: {name: phone, region: LAND}}}", "customer.phones.value.clean.region", "LAND is no country code"),
        ("gender: {column: A, codes: sexes}", "customer.gender.codes", "code list sexes is not declared"),
        ("gender: {column: Z}", "customer.gender.column", "stream c has no column Z"),
        ("gender: t.Z", "customer.gender", "stream c has no column t.Z"),
        ("emails: {from: mail, value: A}", "customer.emails.from", "table mail is not declared"),
        ("emails: {type: =work}", "customer.emails", "an item of emails needs `value`"),
        ("relations: {to: A}", "customer.relations", "an item of relations needs `type`"),
        ("identifiers: {type: =vat, value: A, number: B}", "customer.identifiers.number", "is not a known key"),
        ("status: =dead", "customer.status", "status cannot be dead"),
        ("status: {column: A, on_invalid: keep}", "customer.status.on_invalid", "cannot keep"),
        ("status: {column: A, on_invalid: drop}", "customer.status.on_invalid", "'keep', 'blank' or 'reject'"),
        ("gender: {column: A, format: '%d'}", "customer.gender.format", "`format` means nothing for gender"),
        ("birth_date: {column: A, time_zone: Europe/Berlim}", "customer.birth_date.time_zone", "no time zone"),
        ("gender: {column: A, constant: B}", "customer.gender", "exactly one of"),
        ("gender: {split: {by: '/'}}", "customer.gender", "exactly one of"),
        ("gender: [A]", "customer.gender", "must be a column"),
        ("gender: 7", "customer.gender", "must be a column"),
        ("gender: {template: 'no holes'}", "customer.gender.template", "is not a template"),
        ("gender: {column: A, split: {by: '/', pattern: x}}", "customer.gender.split", "split needs"),
        ("gender: {column: A, split: {pattern: '('}}", "customer.gender.split.pattern", "is not a regular expression"),
        ("gender: {column: A, split: {pattern: 'a(?:b)'}}", "customer.gender.split", "has no group 1"),
        ("gender: {column: A, when: {column: A}}", "customer.gender.when", "needs a test"),
        ("gender: {column: A, when: {column: A, equal: X}}", "customer.gender.when.equal", "is not a known key"),
        ("gender: {column: A, when: {equals: X}}", "customer.gender.when", "exactly one of"),
        ("gender: {column: A, when: {column: A, equals: 1}}", "customer.gender.when.equals", "must be text: put it in quotes"),
        ("gender: {column: A, when: {column: A, matches: '['}}", "customer.gender.when.matches", "is not a regular expression"),
        ("gender: {column: A, when: {has: mail}}", "customer.gender.when.has", "table mail is not declared"),
        ("gender: {column: A, when: {all: [{column: Z, blank: true}]}}", "customer.gender.when.all.0.column", "no column Z"),
        ("organisation_views: {organisation: A, credit_limit: {column: A, number: '1 234.56'}}", "customer.organisation_views.credit_limit.number", "Input should be"),
    ],
)  # fmt: skip
def test_a_mistake_is_told_at_its_line(load, line, key, problem):
    found = _mistakes(load, HEAD + f"  {line}\n", columns={"c": ("A", "B")})
    assert [(m[0], m[1]) for m in found] == [(6, key)], found
    assert problem in found[0][2]


def test_hints_guess_what_was_meant(load):
    text = HEAD + "  birth_dat: A\n  name: B\n  gender: AGF\n  status: {column: A, codes: stats}\n"
    text += "codes: {status: {values: {X: active}}}\n"
    hints = [m[3] for m in _mistakes(load, text, columns={"c": ("A", "B", "AGE")})]
    expected = ["did you mean birth_date?", "write name.full: ...", "did you mean AGE?", "did you mean status?"]
    assert hints == expected


def test_all_mistakes_come_at_once(load):
    text = """\
    source: erp
    stream: c
    tables:
      mail: {streem: adr6}
      adrc: {order_by: DATE_FORM desc, on: {ADRNR: ADDRNUMBR}}
    codes:
      kinds: {values: {P: person, C: company}, unknown: default}
    exclude:
      - {name: tests, when: {column: NAME, starts_with: test}}
      - {name: tests, when: {column: A, equals: X}}
    customer:
      kind: {column: A, codes: kinds}
      name.full: {join: [A, B, Q]}
      birth_date: {column: A, clean: phone}
      emails:
        - {from: mail, value: M}
        - {from: post, value: M}
      oops: [1]
    contacts:
      - {from: people, fields: {name.full: A}}
    """
    columns = {"c": ("A", "B", "ADRNR"), "adr6": ("M",), "adrc": ("DATE_FROM", "ADDRNUMBER"), "mail": ("M",)}
    found = _mistakes(load, textwrap.dedent(text), columns=columns)
    assert [(line, problem) for line, _, problem, _ in found] == [
        (4, "is not a known key"),
        (5, "stream adrc has no column ADDRNUMBR"),
        (5, "stream adrc has no column DATE_FORM"),
        (7, "`unknown: default` needs a `default`"),
        (9, "stream c has no column NAME"),
        (10, "name tests stands twice"),
        (12, "kind cannot be company"),
        (13, "stream c has no column Q"),
        (14, "a date is cleaned as date"),
        (17, "table post is not declared"),
        (18, "must be a column, `=constant` (numbers in quotes) or a mapping"),
        (20, "table people is not declared"),
    ]


@pytest.mark.parametrize(
    ("text", "line", "problem"),
    [
        ("stream: c\ncustomer: {kind: =person, name.full: A}", 1, "Field required"),
        ("source: erp\nstream: c", 1, "needs `customer:` or a list `customers:`"),
        ("source: erp\nstream: c\ncustomer: {name.full: A}", 3, "`kind` is not mapped"),
        ("source: erp\nstream: c\ncustomer: {kind: =person}", 3, "no name is mapped"),
        ("source: erp\nstream: d\ncustomer: {kind: =person, name.full: A}", 2, "the connector has no stream d"),
        ("source: ERP\nstream: c\ncustomer: {kind: =person, name.full: A}", 1, "is not a name"),
        ("- a", 1, "valid dictionary"),
        ("source: erp\nstream: c\ntables: {t: {of: x}}\ncustomer: {kind: =person, name.full: A}", 3, "table x is not"),
        ("source: erp\nstream: c\ntables: {t: {of: t, on: {A: A}}}\ncustomer: {kind: =person, name.full: A}", 3, "circle"),
        ("source: erp\nstream: c\ntables: {t: {}, u: {of: t}}\ncustomer: {kind: =person, name.full: A}", 3, "needs `on:`"),
        ("source: erp\nstream: c\ncodes: {k: {values: {01: a}}}\ncustomer: {kind: =person, name.full: A}", 3, "must be text"),
        ("source: erp\nstream: c\ncustomers: [{fields: {kind: =person, name.full: A}}, {fields: {kind: =person, name.full: B}}]", 3, "only one customer"),
    ],
)  # fmt: skip
def test_mistakes_of_the_whole(load, text, line, problem):
    found = _mistakes(load, text, columns={"c": ("A", "B"), "t": ("A",), "u": ("A",)})
    assert found[0][0] == line
    assert problem in found[0][2]


def test_a_filter_of_a_table_sees_only_that_table(load):
    (found,) = _mistakes(load, HEAD + "tables: {mail: {where: {column: c.A, blank: true}}}\n")
    assert (found[0], found[2]) == (6, "c cannot be seen from a row of mail")


def test_without_known_columns_names_are_taken_on_trust(load):
    assert load(HEAD).fields["name.full"] == ("c.A",)


def test_an_unknown_time_zone_of_the_connector_is_a_mistake(load):
    assert "no time zone" in _mistakes(load, HEAD, time_zone="Middle/Earth")[0][2]
