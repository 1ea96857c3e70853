"""Who moves and changes the number is still who they were, until a person or clear evidence says otherwise."""

from __future__ import annotations

import json
import shutil
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import yaml

from custhub import pipeline, stewardship
from custhub.errors import UsageError
from custhub.matching import NeverRule, hub_rules
from custhub.model.decisions import Judgement, TaskKind
from custhub.model.refs import SourceRef
from custhub.pipeline import explain_pair

NAMES = ["Anna Schulze", "Bernd Krause", "Carla Vogt", "Dieter Lang", "Eva Brandt", "Frank Seidel", "Gerda Pohl"]
ELSEWHERE = {"street": "Hafenstr. 7", "city": "Hamburg", "zip": "20095", "phone": "+49 40 777888"}
OPEN = {**ELSEWHERE, "email": "as@example.com", "born": ""}  # only the name is left: neither the same nor another
SOMEBODY = {**ELSEWHERE, "email": "rh@example.com", "born": "1931-12-30", "name": "Rita Haas"}
KEY = "drifted_apart:erp:E0|shop:S0"


def ids(small: Any) -> dict[str, str]:
    return dict(small.golden().explode("members").select("members", "golden_id").iter_rows())


def asked(small: Any, status: str = "open") -> list[str]:
    with small.hub() as hub:
        return hub.store.tasks(status=status, kind=TaskKind.DRIFTED_APART)["key"].to_list()


def answer(small: Any, word: Judgement) -> None:
    at = datetime.fromisoformat("2026-01-05T08:00:00+00:00") + timedelta(days=small.day, hours=1)
    with small.hub() as hub:
        stewardship.answer_task(hub, KEY, word, by="anna", at=at, reason="seen the contract")


@pytest.fixture
def moved(new_project: Any, person: Any) -> Any:
    """A project in which one of two sources lost nearly all that it had in common with the other about one customer."""
    small = new_project()
    small.shop_rows = [person(f"S{i}", name) for i, name in enumerate(NAMES)]
    small.erp([person(f"E{i}", name) for i, name in enumerate(NAMES)])
    small.shop(small.shop_rows)
    small.run()
    small.born = ids(small)
    assert small.born["shop:S0"] == small.born["erp:E0"]
    small.shop([{**small.shop_rows[0], **OPEN}, *small.shop_rows[1:]])
    small.report = small.run()
    return small


def test_a_customer_stays_one_and_a_person_is_asked(moved: Any) -> None:
    assert moved.report.matched.kept_together == 1
    assert ids(moved) == moved.born
    assert asked(moved) == [KEY]
    with moved.hub() as hub:
        text = explain_pair(hub, SourceRef("erp", "E0"), SourceRef("shop", "S0")).text
        golden = hub.store.golden(moved.born["shop:S0"])
    assert "are one golden customer" in text
    assert "limits.split_existing" in text
    assert "Hamburg" in golden.doc

    events, hash_ = moved.events().height, moved.hash()
    moved.run()
    moved.run(full=True)
    assert (moved.events().height, moved.hash(), ids(moved), asked(moved)) == (events, hash_, moved.born, [KEY])


def test_a_customer_whom_a_person_joins_with_another_does_not_lose_a_record_by_it(moved: Any) -> None:
    third = {"street": "Ring 3", "city": "Köln", "zip": "50667", "phone": "+49 221 555444", "email": "a@example.net"}
    rows = [
        {**moved.shop_rows[0], **OPEN},
        *moved.shop_rows[1:],
        {**moved.shop_rows[0], **third, "born": "", "id": "S9"},
    ]
    moved.shop(rows)
    moved.run()
    assert ids(moved)["shop:S9"] != ids(moved)["shop:S0"]
    with moved.hub() as hub:
        refs, at = (
            (SourceRef("shop", "S0"), SourceRef("shop", "S9")),
            datetime.fromisoformat("2026-02-05T08:00:00+00:00"),
        )
        stewardship.decide(hub, *refs, Judgement.SAME, by="anna", at=at, reason="")

    moved.run()

    now = ids(moved)
    assert now["shop:S9"] == now["shop:S0"] == now["erp:E0"]
    told = moved.events().filter(pl.col("golden_id") == now["shop:S9"])["cause"].to_list()[-1]
    assert json.loads(told)["why"] == "decision"
    moved.run(full=True)
    assert ids(moved) == now


def test_a_store_made_anew_keeps_customers_whole_and_their_ids_when_these_are_carried_over(
    moved: Any, new_project: Any, tmp_path: Path
) -> None:
    """With the default limits, what stays one depends on what was one."""
    with moved.hub() as hub:
        pipeline.export(hub, tmp_path / "all.parquet")
        model = hub.store.model()
    anew, carried = new_project(), new_project()
    for small, kept in ((anew, None), (carried, pipeline.exported_ids(tmp_path / "all.parquet"))):
        for name in ("shop.csv", "erp.db"):
            shutil.copyfile(moved.folder / name, small.folder / name)
        shutil.copytree(moved.folder / ".custhub" / "models", small.folder / ".custhub" / "models")
        with small.hub() as hub:
            hub.store.save_model(*model)
            hub.store.adopt_model(model[0])
        small.run(standing=kept)

    assert (anew.hash() == moved.hash(), ids(anew)["shop:S0"] == ids(anew)["erp:E0"]) == (False, False)
    assert (carried.hash(), ids(carried), asked(carried)) == (moved.hash(), moved.born, [KEY])
    with pytest.raises(UsageError, match="golden customers already"):
        carried.run(standing=kept)


def test_what_is_asked_does_not_depend_on_whether_a_record_was_there_before(new_project: Any, person: Any) -> None:
    small = new_project()
    shop = [person(f"S{i}", name) for i, name in enumerate(NAMES)]
    small.erp([person(f"E{i}", name) for i, name in enumerate(NAMES)])
    small.shop(shop)
    small.run()
    moved = [{**shop[0], **OPEN}, {**shop[0], **OPEN, "id": "R0"}]  # the second is new
    small.shop([*moved, *shop[1:]])
    small.run()
    assert ids(small)["shop:R0"] == ids(small)["shop:S0"] == ids(small)["erp:E0"]
    first = asked(small)
    assert len(first) == 1

    small.shop([*moved, *shop[1:6], {**shop[6], "city": "Potsdam"}])
    small.run()
    assert asked(small) == first


def test_a_new_customer_who_would_be_a_doubtful_match_is_not_merged(new_project: Any, person: Any) -> None:
    """What keeps a customer whole brings nobody together."""
    small = new_project()
    small.erp([person(f"E{i}", name) for i, name in enumerate(NAMES)])
    small.shop([person("S0", NAMES[0], **OPEN), *(person(f"S{i}", NAMES[i]) for i in range(1, 7))])
    small.run()
    assert ids(small)["shop:S0"] != ids(small)["erp:E0"]
    assert asked(small) == []


def test_clear_evidence_parts_a_customer(moved: Any) -> None:
    moved.shop([{**moved.shop_rows[0], **SOMEBODY}, *moved.shop_rows[1:]])
    moved.run()
    now = ids(moved)
    assert now["erp:E0"] == moved.born["erp:E0"] != now["shop:S0"]
    assert asked(moved) == []


def test_the_limit_is_the_projects_to_set(moved: Any) -> None:
    moved.declare("mappings/golden.customer.yml", moved.GOLDEN + "limits: {split_existing: 0.999}\n")
    moved.run()
    assert ids(moved)["shop:S0"] != ids(moved)["erp:E0"] == moved.born["erp:E0"]
    assert asked(moved) == []


def test_the_task_goes_when_the_records_agree_again(moved: Any) -> None:
    moved.shop(moved.shop_rows)
    moved.run()
    assert ids(moved) == moved.born
    assert asked(moved) == []


@pytest.mark.parametrize("word", [Judgement.SAME, Judgement.DIFFERENT, Judgement.UNSURE])
def test_a_persons_word_holds(moved: Any, word: Judgement) -> None:
    answer(moved, word)
    for full in (False, True):
        moved.run(full=full)
        now = ids(moved)
        assert (now["shop:S0"] == now["erp:E0"]) == (word is not Judgement.DIFFERENT)
        assert now["erp:E0"] == moved.born["erp:E0"]
        assert asked(moved) == []
    assert asked(moved, "asleep") == ([KEY] if word is Judgement.UNSURE else [])


def test_a_part_that_is_surely_another_customer_goes_there(moved: Any, person: Any) -> None:
    """The shop's key was given to a customer of the ERP who has been there all along."""
    moved.shop([{**moved.shop_rows[1], "id": "S0"}, *moved.shop_rows[1:]])
    moved.run()
    now = ids(moved)
    assert now["shop:S0"] == now["erp:E1"] == moved.born["erp:E1"]
    assert now["erp:E0"] == moved.born["erp:E0"]
    assert asked(moved) == []


@pytest.mark.parametrize("never", [[], [NeverRule(field="birth_date")]])
def test_what_may_never_be_one_customer_is_parted_at_once(new_project: Any, person: Any, never: Any) -> None:
    small = new_project()
    rules = hub_rules().model_copy(update={"never": never}).model_dump(mode="json", exclude_defaults=True)
    small.declare("mappings/golden.customer.yml", small.GOLDEN + yaml.safe_dump({"match": rules}))
    shop = [person(f"S{i}", name) for i, name in enumerate(NAMES)]
    small.erp([person(f"E{i}", name) for i, name in enumerate(NAMES)])
    small.shop(shop)
    small.run()
    assert ids(small)["shop:S0"] == ids(small)["erp:E0"]
    small.shop([{**shop[0], **ELSEWHERE, "email": "as@example.com", "born": "1931-12-30"}, *shop[1:]])
    small.run()
    assert (ids(small)["shop:S0"] != ids(small)["erp:E0"]) == bool(never)
