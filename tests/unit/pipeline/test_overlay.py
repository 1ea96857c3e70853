import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from custhub.model import frames
from custhub.pipeline.overlay import Checked, delta

NONE = frames.empty(frames.RECORD)


def checked(
    customers: dict[str, str] | None = None,  # record key -> name
    *,
    rejected: tuple[str, ...] = (),
    refused: tuple[str, ...] = (),
    warned: tuple[str, ...] = (),
    excluded: tuple[str, ...] = (),
    deleted: tuple[str, ...] = (),
) -> Checked:
    customers = customers or {}
    row_keys = sorted({k.split("#")[0] for k in (*customers, *rejected, *excluded)})
    mapped = pl.DataFrame(
        {"key": list(customers), "name": [{"full": n} for n in customers.values()]},
        schema_overrides={"key": pl.String, "name": pl.Struct({"full": pl.String})},
    ).with_columns(
        system=pl.lit("erp"),
        row_key=pl.col("key").str.split("#").list.first(),
        kind=pl.lit("person"),
        batch_id=pl.lit("b"),
    )
    verdicts = pl.DataFrame(
        {"key": [*refused, *warned], "severity": ["quarantine"] * len(refused) + ["warn"] * len(warned)},
        schema={"key": pl.String, "severity": pl.String},
    ).with_columns(system=pl.lit("erp"), rule_id=pl.lit("R1"))
    refused_rows = pl.DataFrame({"key": rejected}, schema={"key": pl.String}).with_columns(
        system=pl.lit("erp"), row_key=pl.col("key").str.split("#").list.first()
    )
    rows = pl.DataFrame({"row_key": row_keys}, schema={"row_key": pl.String}).with_columns(
        system=pl.lit("erp"), batch_id=pl.lit("b"), position=pl.lit(1, dtype=pl.Int64)
    )
    keys = {"row_key": pl.String}
    return Checked(
        rows=rows.select("system", "row_key", "batch_id", "position"),
        customers=frames.conform(mapped, frames.CANONICAL),
        rejected=frames.conform(refused_rows, frames.REJECTED),
        excluded=pl.DataFrame({"row_key": excluded}, schema=keys).select(pl.lit("erp").alias("system"), "row_key"),
        verdicts=frames.conform(verdicts, frames.VERDICT),
        deleted=pl.DataFrame({"row_key": deleted}, schema=keys).select(pl.lit("erp").alias("system"), "row_key"),
    )


def laid(current: pl.DataFrame, change: pl.DataFrame) -> pl.DataFrame:
    rest = current.join(change, on=["system", "key"], how="anti")
    return pl.concat([rest, change]).sort("system", "key")


def places(records: pl.DataFrame) -> dict[str, str]:
    stale = pl.when("stale").then(pl.lit("+stale")).otherwise(pl.lit(""))
    return dict(records.select("key", pl.col("status") + stale).iter_rows())


def test_a_bad_new_version_keeps_the_last_good_one_as_stale() -> None:
    current = delta(NONE, checked({"1": "Müller", "2": "He"}))

    after = laid(current, delta(current, checked({"1": "###", "2": "###"}, refused=("1",))))

    assert places(after) == {"1": "attached+stale", "2": "attached"}
    assert "Müller" in after["doc"][0]


def test_a_row_refused_at_first_sight_is_quarantined_and_then_attached_when_mended() -> None:
    current = delta(NONE, checked(rejected=("1",)))
    assert places(current) == {"1": "quarantined"}
    assert current["doc"].to_list() == [None]

    after = laid(current, delta(current, checked({"1": "Müller"})))

    assert places(after) == {"1": "attached"}


def test_a_refused_row_keeps_all_its_customers() -> None:
    current = delta(NONE, checked({"1": "Org", "1#c": "Contact"}))

    after = laid(current, delta(current, checked(rejected=("1",))))

    assert places(after) == {"1": "attached+stale", "1#c": "attached+stale"}


def test_a_contact_that_is_gone_is_deleted_and_its_organisation_stays() -> None:
    current = delta(NONE, checked({"1": "Org", "1#c": "Contact"}))

    assert places(delta(current, checked({"1": "Org"}))) == {"1#c": "deleted"}


def test_excluded_and_deleted_rows_stay_in_the_books() -> None:
    current = delta(NONE, checked({"1": "A", "2": "B"}, excluded=("3",), deleted=("4",)))
    assert places(current) == {"1": "attached", "2": "attached", "3": "excluded", "4": "deleted"}

    after = laid(current, delta(current, checked(excluded=("1",), deleted=("2",))))

    assert places(after) == {"1": "excluded", "2": "deleted", "3": "excluded", "4": "deleted"}


def test_a_warning_is_kept_with_the_record() -> None:
    assert delta(NONE, checked({"1": "A"}, warned=("1",)))["failed_rules"].to_list() == [["R1"]]


KEYS = st.sampled_from(["1", "1#a", "1#b", "2", "2#a", "3"])
STEP = st.builds(
    lambda names, rejected, refused, excluded, deleted: checked(
        {k: v for k, v in names.items() if k.split("#")[0] not in excluded | deleted},
        rejected=tuple(k for k in sorted(rejected) if k not in names and k.split("#")[0] not in excluded | deleted),
        refused=tuple(k for k in sorted(refused) if k in names),
        excluded=tuple(sorted(excluded - deleted)),
        deleted=tuple(sorted(deleted)),
    ),
    st.dictionaries(KEYS, st.sampled_from("AB"), max_size=6),
    st.sets(KEYS),
    st.sets(KEYS),
    st.sets(st.sampled_from("123")),
    st.sets(st.sampled_from("123")),
)


@settings.get_profile("costly")
@given(st.lists(STEP, min_size=1, max_size=5))
def test_no_row_is_ever_lost_and_laying_twice_changes_nothing(steps: list[Checked]) -> None:
    current = NONE
    for step in steps:
        seen = set(current["row_key"]) | set(step.rows["row_key"]) | set(step.deleted["row_key"])
        change = delta(current, step)
        after = laid(current, change)

        assert set(after["row_key"]) == seen
        assert after.select("system", "key").is_unique().all()
        assert set(after["status"]) <= {"attached", "quarantined", "excluded", "deleted"}
        attached = after.filter(pl.col("status") == "attached")
        assert attached["doc"].null_count() == 0
        assert delta(after, step).is_empty()
        current = after
