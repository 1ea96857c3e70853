"""Checking rows: every failing record is named, and an errored check never passes for a failed one."""

from __future__ import annotations

import os
import re
import signal
import sys
from typing import Any

import polars as pl
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from custhub import declaration
from custhub.model.frames import CANONICAL, GOLDEN, VERDICT, conform, encode_docs
from custhub.quality import CheckResult, Suite, check, gx, load_suite, loaded_beside

NOT_NULL = "expect_column_values_to_not_be_null"
REGEX = "expect_column_values_to_match_regex"
BETWEEN = "expect_column_values_to_be_between"
UNIQUE = "expect_column_values_to_be_unique"
ROWS = "expect_table_row_count_to_be_between"
EMAIL = "^[^@]+@[^@]+$"


def suite_of(*rules: dict[str, Any], layer: str = "canonical", name: str | None = None) -> Suite:
    filled = [{"description": "It holds.", "severity": "warn", **r} for r in rules]
    text = yaml.safe_dump({"layer": layer, "rules": filled}, sort_keys=False)
    return load_suite(declaration.parse(text, name or f"expectations/{layer}.customer.yml"))


def customers(*people: dict[str, Any]) -> pl.DataFrame:
    rows = [{"system": "erp", "key": f"{i:04}", "kind": "person", **p} for i, p in enumerate(people)]
    empty: dict[str, list[Any]] = {name: [] for name, dtype in CANONICAL.items() if isinstance(dtype, pl.List)}
    return conform(pl.DataFrame([{**empty, **r} for r in rows], schema=CANONICAL), CANONICAL)


def email(value: str) -> dict[str, str]:
    return {"value": value}


def keys(result: CheckResult, rule_id: str) -> list[str]:
    return result.verdicts.filter(pl.col("rule_id") == rule_id)["key"].to_list()


@pytest.mark.parametrize("severity", ["warn", "quarantine", "stop"])
def test_a_failed_rule_names_its_records(severity: str) -> None:
    rule = {"id": "name", "expectation": NOT_NULL, "column": "name.full", "severity": severity}
    result = check(suite_of(rule), customers({"name": {"full": "A"}}, {"name": {"full": None}}, {"name": None}))
    (outcome,) = result.outcomes
    assert (outcome.status, outcome.checked, outcome.failing, outcome.severity) == ("failed", 3, 2, severity)
    assert result.verdicts.schema == VERDICT
    assert keys(result, "name") == ["0001", "0002"]
    assert result.verdicts["severity"].unique().to_list() == [severity]
    assert result.verdicts["field"][0] == "name.full"


def test_reasons_hold_no_values() -> None:
    rule = {"id": "form", "expectation": REGEX, "column": "emails.value", "with": {"regex": EMAIL}}
    result = check(suite_of(rule), customers({"emails": [email("secret-person")]}))
    assert "secret" not in str(result.outcomes) + str(result.verdicts.to_dicts())
    assert result.outcomes[0].message == "1 of 1 values of emails.value fail: It holds."


def test_all_failing_rows_are_found_beyond_any_cap() -> None:
    people = [{"name": {"full": None if i % 2 else "A"}} for i in range(1000)]
    suite = suite_of({"id": "name", "expectation": NOT_NULL, "column": "name.full"})
    assert keys(check(suite, customers(*people)), "name") == [f"{i:04}" for i in range(1, 1000, 2)]


def test_chunks_find_what_one_run_finds(monkeypatch: pytest.MonkeyPatch) -> None:
    frame = customers(*({"emails": [email("x")] * (i % 3)} for i in range(50)))
    rules = (
        {"id": "form", "expectation": REGEX, "column": "emails.value", "with": {"regex": EMAIL}, "mostly": 0.5},
        {"id": "count", "expectation": ROWS, "with": {"min_value": 50}},
    )
    whole = check(suite_of(*rules), frame)
    monkeypatch.setattr("custhub.quality.checking.CHUNK", 7)
    seen: list[int] = []
    parts = check(suite_of(*rules), frame, progress=lambda step, done, total=None: seen.append(done))
    assert whole.outcomes == parts.outcomes
    assert whole.verdicts.equals(parts.verdicts)
    assert seen == sorted(seen)


def test_every_element_of_a_list_is_checked_and_names_its_record() -> None:
    frame = customers(
        {"emails": [email("a@b"), email("nonsense")]},
        {"emails": []},
        {"emails": [email("bad"), email("worse")]},
        {"addresses": [{"lines": ["x", ""]}, {"lines": []}], "name": {"full": "N", "aliases": ["", "b"]}},
        {"emails": [email("c@d")], "websites": ["ftp"]},
    )
    result = check(
        suite_of(
            {"id": "form", "expectation": REGEX, "column": "emails.value", "with": {"regex": EMAIL}},
            {"id": "has", "expectation": BETWEEN, "column": "emails.count", "with": {"min_value": 1}},
            {"id": "line", "expectation": REGEX, "column": "addresses.lines", "with": {"regex": "."}},
            {"id": "alias", "expectation": REGEX, "column": "name.aliases", "with": {"regex": "."}},
            {"id": "web", "expectation": REGEX, "column": "websites", "with": {"regex": "^http"}},
        ),
        frame,
    )
    assert keys(result, "form") == ["0000", "0002"]
    assert keys(result, "has") == ["0001", "0003"]
    assert [keys(result, name) for name in ("line", "alias", "web")] == [["0003"], ["0003"], ["0004"]]
    assert (result.outcomes[0].checked, result.outcomes[0].failing) == (5, 3)


def test_when_and_unless_choose_the_rows() -> None:
    frame = customers(
        {"kind": "person", "identifiers": [{"type": "vat", "value": "x"}, {"type": "lei", "value": "y"}]},
        {"kind": "organisation", "identifiers": [{"type": "vat", "value": "z"}]},
        {"kind": "organisation", "gender": "f", "identifiers": [{"type": "vat", "value": "9"}]},
        {"kind": "organisation", "identifiers": [{"type": None, "value": "q"}]},
    )
    rule = {"expectation": REGEX, "column": "identifiers.value", "with": {"regex": "^[0-9]$"}}
    result = check(
        suite_of(
            {"id": "vat", **rule, "when": {"identifiers.type": ["vat", "duns"]}},
            {"id": "both", **rule, "when": {"identifiers.type": "vat", "kind": "organisation"}},
            {"id": "typed", **rule, "unless": {"identifiers.type": None}},
            {"id": "blank", **rule, "when": {"gender": None}, "unless": {"kind": "person"}},
            {"id": "none", **rule, "when": {"kind": "robot"}},
        ),
        frame,
    )
    assert keys(result, "vat") == ["0000", "0001"]
    assert keys(result, "both") == ["0001"]
    assert keys(result, "typed") == ["0000", "0001"]
    assert keys(result, "blank") == ["0001", "0003"]
    assert result.outcomes[-1].status == "passed"
    assert result.outcomes[-1].checked == 0


def test_attributes_of_the_project_and_dates_and_numbers() -> None:
    frame = customers(
        {"extra": '{"tier": "gold", "score": "12"}', "birth_date": "1850"},
        {"extra": '{"tier": "tin", "score": "many"}', "birth_date": "1990-02"},
        {"extra": None, "birth_date": None},
        {"extra": '{"score": "7"}', "birth_date": "2001-12-31"},
    )
    result = check(
        suite_of(
            {
                "id": "tier",
                "expectation": "expect_column_values_to_be_in_set",
                "column": "extra.tier",
                "with": {"value_set": ["gold"]},
            },
            {"id": "score", "expectation": BETWEEN, "column": "extra.score", "as": "number", "with": {"min_value": 10}},
            {
                "id": "born",
                "expectation": BETWEEN,
                "column": "birth_date",
                "as": "date",
                "with": {"min_value": "1900-01-01", "max_value": "2000-01-01"},
            },
        ),
        frame,
    )
    assert [keys(result, name) for name in ("tier", "score", "born")] == [["0001"], ["0003"], ["0000", "0003"]]


def test_an_errored_check_is_not_a_failed_one() -> None:
    frame = pl.DataFrame({"_key": ["1", "2"], "AGE": ["12", "secret"], "NAME": ["a", None]})
    suite = suite_of(
        {"id": "gone", "expectation": NOT_NULL, "column": "NO_SUCH", "severity": "quarantine"},
        {"id": "type", "expectation": BETWEEN, "column": "AGE", "with": {"min_value": 3}, "severity": "stop"},
        {"id": "name", "expectation": NOT_NULL, "column": "NAME", "severity": "quarantine"},
        layer="landed",
        name="expectations/landed.crm.yml",
    )
    result = check(suite, frame)
    assert [o.status for o in result.outcomes[:2]] == ["errored", "errored"]
    assert [o.rule_id for o in result.outcomes if o.status == "errored"] == ["gone", "type"]
    assert not any((o.severity, o.status) == ("stop", "failed") for o in result.outcomes)
    assert "NO_SUCH" in result.outcomes[0].message
    assert "secret" not in result.outcomes[1].message
    assert "Error" in result.outcomes[1].message or "Not" in result.outcomes[1].message
    assert result.verdicts.select("system", "key", "rule_id").rows() == [("crm", "2", "name")]


def test_set_rules_see_the_whole_column_but_name_changed_records_only() -> None:
    known = customers(*({"identifiers": [{"type": "vat", "value": v}]} for v in ("1", "2", "3", "2")))
    changed = known.filter(pl.col("key").is_in(["0000", "0003"]))
    suite = suite_of(
        {"id": "unique", "expectation": UNIQUE, "column": "identifiers.value", "severity": "quarantine"},
        {"id": "volume", "expectation": ROWS, "with": {"min_value": 10}, "severity": "stop"},
        {
            "id": "mean",
            "expectation": "expect_column_mean_to_be_between",
            "column": "emails.count",
            "with": {"max_value": 1},
        },
    )
    result = check(suite, changed, current=known)
    unique, volume, mean = result.outcomes
    assert (unique.status, unique.checked, unique.failing) == ("failed", 4, 2)
    assert keys(result, "unique") == ["0003"]
    assert (volume.status, mean.status) == ("failed", "passed")
    assert [o.rule_id for o in result.outcomes if (o.severity, o.status) == ("stop", "failed")] == ["volume"]
    assert set(result.verdicts["rule_id"]) == {"unique"}


def test_mostly_is_met_to_the_last_row_and_then_nobody_is_named() -> None:
    people = [{"name": {"full": None if i < 10 else "A"}} for i in range(100)]
    rule = {"expectation": NOT_NULL, "column": "name.full"}
    result = check(
        suite_of({"id": "ok", **rule, "mostly": 0.9}, {"id": "no", **rule, "mostly": 0.91}), customers(*people)
    )
    assert [(o.status, o.failing) for o in result.outcomes] == [("passed", 10), ("failed", 10)]
    assert keys(result, "ok") == []
    assert len(keys(result, "no")) == 10


def test_rules_over_several_columns() -> None:
    frame = pl.DataFrame({"_key": ["1", "2", "3"], "A": ["x", "y", None], "B": ["x", "z", "w"], "key": ["q", "q", "q"]})
    suite = suite_of(
        {"id": "same", "expectation": "expect_column_pair_values_to_be_equal", "columns": ["A", "B"],
         "with": {"ignore_row_if": "either_value_is_missing"}},
        {"id": "twice", "expectation": "expect_compound_columns_to_be_unique", "columns": ["A", "key"],
         "with": {"ignore_row_if": "any_value_is_missing"}},
        {"id": "shape", "expectation": "expect_table_columns_to_match_set", "with": {"column_set": ["A", "B", "key"]}},
        {"id": "there", "expectation": "expect_column_to_exist", "column": "C"},
        layer="landed", name="expectations/landed.erp.yml",
    )  # fmt: skip
    result = check(suite, frame)
    assert [o.status for o in result.outcomes] == ["failed", "passed", "passed", "failed"]
    assert keys(result, "same") == ["2"]


def test_golden_rules_see_active_golden_customers() -> None:
    people = customers({"name": {"full": "A"}}, {"name": None}, {"name": None})
    goldens = conform(
        pl.DataFrame({"golden_id": ["g1", "g2", "g3"], "status": ["active", "active", "merged"]}).with_columns(
            encode_docs(people)
        ),
        GOLDEN,
    )
    suite = suite_of({"id": "golden.name", "expectation": NOT_NULL, "column": "name.full"}, layer="golden")
    result = check(suite, goldens)
    assert result.verdicts.select("system", "key", "layer").rows() == [("golden", "g2", "golden")]


def test_no_rows_pass_without_loading_great_expectations(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("custhub.quality.gx.measure", None)
    result = check(suite_of({"id": "name", "expectation": NOT_NULL, "column": "name.full"}), customers())
    assert [(o.status, o.checked) for o in result.outcomes] == [("passed", 0)]
    assert result.verdicts.schema == VERDICT


values = st.one_of(st.none(), st.text(alphabet="ab1 @é中", max_size=4))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(values, st.one_of(st.none(), st.integers(-5, 5)), st.lists(values, max_size=3)), max_size=12))
def test_failing_ids_equal_a_plain_filter(rows: list[tuple[str | None, int | None, list[str | None]]]) -> None:
    frame = customers(
        *(
            {"name": {"full": name}, "phones": [{"value": p, "rank": rank} for p in phones]}
            for name, rank, phones in rows
        )
    )
    result = check(
        suite_of(
            {"id": "regex", "expectation": REGEX, "column": "phones.value", "with": {"regex": "^[a1]"}},
            {"id": "null", "expectation": NOT_NULL, "column": "name.full"},
            {"id": "range", "expectation": BETWEEN, "column": "phones.rank", "with": {"min_value": -2, "max_value": 3}},
        ),
        frame,
    )
    flat = frame.select("key", "name", "phones").explode("phones").filter(pl.col("phones").is_not_null())
    flat = flat.unnest("phones").select("key", "value", "rank")
    plain = {
        "regex": flat.filter(~pl.col("value").str.contains("^[a1]"))["key"],
        "null": frame.filter(pl.col("name").struct.field("full").is_null())["key"],
        "range": flat.filter(~pl.col("rank").is_between(-2, 3))["key"],
    }
    for rule_id, expected in plain.items():
        assert keys(result, rule_id) == expected.unique().sort().to_list()
    assert re.fullmatch("(passed|failed)+", "".join(o.status for o in result.outcomes))


def test_a_process_beside_finds_the_same_and_may_die(monkeypatch: pytest.MonkeyPatch) -> None:
    suite = suite_of(
        {"id": "form", "expectation": REGEX, "column": "emails.value", "with": {"regex": EMAIL}},
        {"id": "name", "expectation": NOT_NULL, "column": "name.full"},
    )
    frame = customers({"emails": [email("a@b"), email("a")]}, {"name": {"full": "A"}})
    expected = check(suite, frame)
    monkeypatch.delitem(sys.modules, "great_expectations")
    with loaded_beside():
        with monkeypatch.context() as not_here:
            not_here.setattr(gx, "measure_here", None)
            beside = check(suite, frame)
        (helper,) = gx._helpers
        assert helper.pid
        os.kill(helper.pid, signal.SIGKILL)
        monkeypatch.undo()
        after = check(suite, frame)
    assert not gx._helpers
    for result in (beside, after):
        assert result.outcomes == expected.outcomes
        assert_frame_equal(result.verdicts, expected.verdicts)
