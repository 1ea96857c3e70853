"""The story of a value names its record, the source's own column, the rule and what lost."""

from __future__ import annotations

from datetime import UTC, datetime

from custhub.golden import Basis, Survivorship, explain_values
from custhub.model.decisions import Pin
from custhub.model.refs import SourceRef

AT = datetime(2026, 1, 1, tzinfo=UTC)
RULES = Survivorship.model_validate({"sources": {"erp": 90, "crm": 60}})
ROWS = {
    "crm:1": {"gender": "f", "name": {"full": "Jo"}, "emails": [{"value": "jo@x.org"}]},
    "erp:7": {"gender": "m", "name": {"full": "Joan"}, "failed": []},
    "web:3": {},
}
FIELDS = {"erp": {"gender": ("kna1.sex",), "name.full": ("kna1.name1", "kna1.name2")}, "crm": {"name": ("NAME",)}}


def test_winner_with_rule_source_field_and_loser(make_records):
    story = explain_values(make_records(ROWS), ["gender"], Basis(RULES, AT), FIELDS)[0]
    assert (story.value, story.source, story.rule, story.because) == ("m", "erp:7", "t", "the most trusted source")
    assert [(c.ref, c.value, c.won, c.source_fields) for c in story.candidates] == [
        ("erp:7", "m", True, ("kna1.sex",)),
        ("crm:1", "f", False, ()),
    ]


def test_part_of_a_name_is_explained_by_the_group(make_records):
    story = explain_values(make_records(ROWS), ["name.full"], Basis(RULES, AT), FIELDS)[0]
    assert (story.value, story.source) == ("Joan", "erp:7")
    assert [c.source_fields for c in story.candidates] == [("kna1.name1", "kna1.name2"), ("NAME",)]


def test_lists_name_the_records_that_brought_entries(make_records):
    story = explain_values(make_records(ROWS), ["emails"], Basis(RULES, AT))[0]
    assert story.rule == "a" and [c.ref for c in story.candidates if c.won] == ["crm:1"]


def test_pinned_value_names_the_pin(make_records):
    pin = Pin("p1", SourceRef("crm", "1"), "gender", '"x"', "ann", "2025-01-01T00:00:00Z", "asked her")
    story = explain_values(make_records(ROWS), ["gender"], Basis(RULES, AT, [pin]))[0]
    assert (story.value, story.rule, story.pin, story.source) == ("x", "p", "p1", None)
    assert not any(c.won for c in story.candidates)
