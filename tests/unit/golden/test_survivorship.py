"""One golden value out of several: each rule decides where it should."""

from __future__ import annotations

import json

import pytest

from custhub.declaration import check, parse
from custhub.errors import ConfigError
from custhub.golden import Survivorship, count_values, survive, value_hash
from custhub.model.decisions import Pin
from custhub.model.refs import SourceRef

DAY1, DAY2 = "2025-01-01T00:00:00Z", "2025-06-01T00:00:00Z"


def test_trusted_source_wins_over_newer_and_more(golden):
    rows = {
        "crm:1": {"gender": "f", "source_updated_at": DAY2},
        "crm:2": {"gender": "f", "source_updated_at": DAY2},
        "erp:1": {"gender": "m", "source_updated_at": DAY1},
    }
    told = golden(rows, {"sources": {"erp": 90, "crm": 60}})
    assert told["gender"] == "m" and told["prov"]["gender"] == [2, "t"]


def test_a_projects_own_expression_comes_first(golden):
    rows = {
        "erp:1": {"extra": {"class": "X"}, "source_updated_at": DAY2},
        "crm:1": {"extra": {"class": "B"}, "source_updated_at": DAY1},
        "crm:2": {"extra": {"class": "C"}},
    }
    text = "CASE WHEN value = 'X' THEN 0 WHEN updated_at IS NULL THEN 0.5 ELSE trust / 100 END"
    told = golden(rows, {"sources": {"erp": 90, "crm": 60}, "fields": {"extra.class": {"expression": text}}})
    assert told["extra"]["class"] == "B" and told["prov"]["extra.class"] == [0, "x"]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("value >", "no SQL expression"),
        ("turnover", "no column turnover"),
        ("MAX(trust)", "one candidate at a time"),
        ("updated_at > CURRENT_DATE", "clock"),
        ("value", "gives String"),
    ],
)
def test_an_expression_that_cannot_be_is_refused_at_load(text, complaint):
    with pytest.raises(ValueError, match=complaint):
        Survivorship.model_validate({"fields": {"gender": {"expression": text}}})


def test_an_expression_may_speak_of_the_clock_in_a_text_of_its_own(golden):
    rows = {"erp:1": {"gender": "m"}, "crm:1": {"gender": "f"}}
    chosen = {"fields": {"gender": {"expression": "value = 'f' and value != 'now'"}}}
    assert golden(rows, {"sources": {"erp": 90, "crm": 10}, **chosen})["gender"] == "f"


def test_null_never_beats_a_value_unless_the_source_may_clear(golden):
    rows = {"erp:1": {"source_updated_at": DAY2}, "crm:1": {"gender": "f", "source_updated_at": DAY1}}
    rules = {"sources": {"erp": 90, "crm": 10}}
    assert golden(rows, rules)["gender"] == "f"
    assert "gender" not in golden(rows, {**rules, "fields": {"gender": {"may_clear": ["erp"]}}})


def test_failed_check_lowers_trust(golden):
    rows = {"erp:1": {"gender": "m", "failed": ["canonical.gender"]}, "crm:1": {"gender": "f"}}
    assert golden(rows, {"sources": {"erp": 90, "crm": 60}})["gender"] == "f"
    assert golden(rows, {"sources": {"erp": 90, "crm": 60}, "failed_check": 0})["gender"] == "m"


@pytest.mark.parametrize(("curve", "winner"), [("straight", "f"), ("fast_first", "f"), ("slow_first", "m")])
def test_trust_falls_with_age_along_its_curve(golden, curve, winner):
    """A quarter year old of one year: 90 falls to 67 straight, 50 fast first, 84 slow first; the other has 70."""
    rows = {
        "erp:1": {"gender": "m", "source_updated_at": "2025-10-01T00:00:00Z"},
        "crm:1": {"gender": "f", "source_updated_at": "2020-01-01T00:00:00Z"},
    }
    erp = {"trust": 90, "min": 0, "days": 365, "curve": curve}
    assert golden(rows, {"sources": {"erp": erp, "crm": 70}})["gender"] == winner


def test_latest_date_then_majority_then_medoid(golden):
    dated = {"a:1": {"gender": "m", "source_updated_at": DAY1}, "a:2": {"gender": "f", "source_updated_at": DAY2}}
    assert golden(dated)["prov"]["gender"] == [1, "r"]
    majority = {
        "a:1": {"birth_date": "1980-01-01"},
        "a:2": {"birth_date": "1980-01-02"},
        "a:3": {"birth_date": "1980-01-02"},
    }
    assert golden(majority)["prov"]["birth_date"] == [1, "f"]
    near = {
        "a:1": {"parent": "e:xxxxxx"},
        "a:2": {"parent": "e:sydney"},
        "a:3": {"parent": "e:sidney"},
        "a:4": {"parent": "e:sidny"},
    }
    told = golden(near)
    assert (told["parent"], told["prov"]["parent"]) == ("e:sidney", [2, "m"])


def test_frozen_model_breaks_what_the_cluster_cannot(golden, make_records):
    rows = {"a:1": {"name": {"family": "smiht"}}, "a:2": {"name": {"family": "smith"}}}
    assert golden(rows)["name"]["family"] == "smiht"
    seen = count_values(make_records({f"x:{n}": {"name": {"family": "Smith"}, "golden": str(n)} for n in range(3)}))
    told = golden(rows, frequencies=seen)
    assert told["name"]["family"] == "smith" and told["prov"]["name"] == [1, "w"]


def test_same_value_in_another_case_counts_together_and_keeps_the_better_spelling(golden):
    rows = {
        "a:1": {"name": {"full": "MÜLLER AG"}},
        "a:2": {"name": {"full": "Müller AG"}},
        "a:3": {"name": {"full": "Meier AG"}},
    }
    told = golden(rows)
    assert told["name"] == {"full": "Müller AG", "aliases": ["Meier AG"]} and told["display_name"] == "Müller AG"


def test_name_moves_as_one_unless_taken_apart(golden):
    rows = {
        "a:1": {"name": {"given": "Anna", "family": "Muller"}},
        "a:2": {"name": {"given": "Ana", "family": "Müller"}},
        "a:3": {"name": {"given": "Anna", "family": "Müler"}},
        "a:4": {"name": {"given": "Ann", "family": "Müller"}},
    }
    group = golden(rows)["name"]
    assert (group["given"], group["family"]) in {(r["name"]["given"], r["name"]["family"]) for r in rows.values()}
    apart = golden(rows, {"fields": {"name": {"group": False}}})["name"]
    assert (apart["given"], apart["family"]) == ("Anna", "Müller")


def test_field_rule_comes_before_trust(golden):
    rows = {"erp:1": {"extra": {"note": "short"}}, "crm:1": {"extra": {"note": "much longer"}}}
    trust = {"sources": {"erp": 90, "crm": 10}}
    assert golden(rows, trust)["extra"] == {"note": "short"}
    assert golden(rows, {**trust, "fields": {"extra.note": "longest"}})["extra"] == {"note": "much longer"}
    order = {**trust, "fields": {"extra.note": {"rule": "trust", "sources": ["crm", "erp"]}}}
    assert golden(rows, order)["extra"] == {"note": "much longer"}


def test_extra_attributes_come_from_different_records_and_decimals_stay_text(golden):
    rows = {"a:1": {"extra": {"segment": "A", "none": None}}, "a:2": {"extra": {"discount": 2.50, "segment": "A"}}}
    assert golden(rows)["extra"] == {"discount": "2.5", "segment": "A"}
    assert golden({"a:2": rows["a:2"]})["extra"] == {"discount": "2.5", "segment": "A"}


def test_lists_are_united_once_per_value_with_type_and_rank(golden):
    rows = {
        "crm:1": {"emails": [{"value": "B@x.org"}, {"value": "a@x.org", "type": "work"}]},
        "erp:1": {"emails": [{"value": "A@x.org", "rank": 1}]},
    }
    emails = golden(rows, {"sources": {"erp": 90}})["emails"]
    assert emails == [{"value": "A@x.org", "type": "work", "rank": 1}, {"value": "B@x.org", "rank": 2}]
    assert golden(rows, {"fields": {"emails": {"rule": "aggregate", "keep": 1}}})["emails"][0]["rank"] == 1


@pytest.mark.parametrize("with_extension", ["erp", "crm"])
def test_the_extension_of_a_phone_stays_when_another_source_has_the_number_without_one(golden, with_extension):
    said = {"erp": "021 5555-8888", "crm": "+86 21 5555 8888"} | {with_extension: "021-55558888转801"}
    number = "+862155558888"
    rows = {f"{system}:1": {"phones": [{"value": number, "raw": raw}]} for system, raw in said.items()}
    told = golden(rows, {"sources": {"erp": 90}})["phones"]
    assert told == [{"value": number, "raw": "021-55558888转801", "rank": 1}]


def test_addresses_are_the_same_by_normal_form_and_stay_whole(golden):
    rows = {
        "a:1": {"addresses": [{"street": "High St.", "house_number": "1", "city": "York"}]},
        "a:2": {"addresses": [{"type": "billing", "street": "high st", "house_number": "1", "city": "YORK"}]},
        "a:3": {"addresses": [{"city": "Leeds", "postal_code": "LS1"}]},
    }
    told = golden(rows)["addresses"]
    assert {(a.get("type"), a["city"]) for a in told} == {("billing", "YORK"), (None, "Leeds")}


@pytest.mark.parametrize(
    ("states", "kept"),
    [(["granted", "denied"], "denied"), (["granted", "unknown"], "unknown"), (["revoked", "unknown"], "revoked")],
)
def test_most_restrictive_consent_wins_whatever_the_trust(golden, states, kept):
    rows = {
        f"s{n}:1": {
            "consents": [{"purpose": "marketing", "channel": "email", "state": state}],
            "source_updated_at": day,
        }
        for n, (state, day) in enumerate(zip(states, (DAY2, DAY1), strict=True))
    }
    consents = golden(rows, {"sources": {"s0": 100, "s1": 0}})["consents"]
    assert [c["state"] for c in consents] == [kept]


def test_organisation_views_are_kept_apart_and_named_by_their_record(golden):
    view = {"system": "erp", "organisation": "1000"}
    rows = {
        "erp:1": {"organisation_views": [{**view, "credit_limit": "500"}]},
        "erp:2": {"organisation_views": [{**view, "payment_terms": "30 days"}]},
    }
    views = golden(rows)["organisation_views"]
    assert views == [{**view, "key": "1", "credit_limit": "500"}, {**view, "key": "2", "payment_terms": "30 days"}]


def test_a_customer_is_never_its_own_parent_or_branch(golden):
    rows = {
        "a:1": {"parent": "a:2", "relations": [{"type": "branch_of", "to": "a:2"}]},
        "a:2": {"relations": [{"type": "related", "to": "b:9"}]},
    }
    told = golden(rows)
    assert "parent" not in told and told["relations"] == [{"type": "related", "to": "b:9"}]


def test_pins_win_run_out_and_remember_what_lies_beneath(golden):
    rows = {"a:1": {"gender": "f", "name": {"full": "Jo"}}, "a:2": {"gender": "f"}}
    anchor = SourceRef("a", "2")
    pins = [
        Pin("p1", anchor, "gender", '"x"', "ann", DAY1, ""),
        Pin("p2", anchor, "name.full", '"Joanna"', "ann", DAY1, ""),
        Pin("p3", anchor, "birth_date", '"1980"', "ann", DAY1, "", until="2025-12-31T00:00:00Z"),
    ]
    told = golden(rows, pins=pins)
    assert told["gender"] == "x" and told["display_name"] == "Joanna" and "birth_date" not in told
    assert told["prov"]["pins"]["gender"] == {"pin": "p1", "seen": value_hash("f")}


def test_mistakes_in_the_declaration_are_told_with_their_line():
    text = "sources:\n  erp: {trust: 120}\n  crm: {min: 3}\nfields:\n  emails: longest\n  colour: trust\n"
    with pytest.raises(ConfigError) as caught:
        check(parse(text, "golden.customer.yml"), Survivorship)
    places = {(m.line, m.key) for m in caught.value.mistakes}
    assert (2, "sources.erp.trust") in places and any(key == "sources.crm" for _, key in places)


def test_attributes_that_do_not_exist_are_mistakes():
    with pytest.raises(ValueError, match="colour"):
        Survivorship.model_validate({"fields": {"colour": "trust"}})
    with pytest.raises(ValueError, match="no list"):
        Survivorship.model_validate({"fields": {"gender": "aggregate"}})


def test_empty_frame_gives_no_customers(make_records):
    frame = make_records({"a:1": {}}).clear()
    assert survive(frame, Survivorship(), at=__import__("datetime").datetime(2026, 1, 1).astimezone()).is_empty()


def test_single_record_goes_straight_through(golden):
    fields = {"name": {"full": "Jo"}, "phones": [{"value": "+4420", "rank": 3}], "languages": ["en"]}
    told = golden({"a:1": fields})
    assert told["phones"] == [{"value": "+4420", "rank": 1}] and told["languages"] == ["en"] and told["prov"] == {}
    assert json.dumps(told["members"]) == '["a:1"]'
