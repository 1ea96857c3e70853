"""Stewards' decisions teach the matching model and measure it; a model that the hub has outgrown is told."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from custhub import pipeline, stewardship
from custhub.cli import texts
from custhub.errors import UsageError
from custhub.matching import Model
from custhub.model.decisions import Judgement
from custhub.model.refs import SourceRef

pytestmark = pytest.mark.story

AT = datetime(2026, 3, 1, 9, tzinfo=UTC)
MOVED = {"born": "", "email": "", "street": "Neue Gasse 7", "city": "Bonn", "zip": "53111"}
GIVEN = ("Anna", "Bernd", "Carla", "Dieter", "Emma", "Frank")
FAMILY = ("Schulze", "Krause", "Vogt", "Lehmann", "Brandt", "Seidel", "Winkler", "Arnold")


@pytest.fixture
def decided(small: Any, person: Any) -> Any:
    """Customers who moved and kept their phone are the same, said a steward; who share a flat only are not."""
    names = [f"{given} {family}" for family in FAMILY for given in GIVEN]
    here = [person(f"S{n}", name) for n, name in enumerate(names)]
    there = []
    for n, name in enumerate(names):
        if n % 2:
            there.append(person(f"E{n}", name, phone=here[n]["phone"], **MOVED))
        else:
            flat = {k: here[n][k] for k in ("street", "city", "zip")}
            there.append(
                person(f"E{n}", f"{GIVEN[(n + 3) % 6]} {FAMILY[(n + 2) % 8]}", born="", email="", phone="", **flat)
            )
    small.shop(here)
    small.erp(there)
    small.run()
    with small.hub() as hub:
        for n in range(30):
            word = Judgement.SAME if n % 2 else Judgement.DIFFERENT
            refs = SourceRef("erp", f"E{n}"), SourceRef("shop", f"S{n}")
            stewardship.decide(hub, *refs, word, by="anna", at=AT, reason="asked them")
    small.run()
    return small


def test_training_with_labels_says_what_they_did_and_repeats(decided: Any) -> None:
    with decided.hub() as hub:
        without = pipeline.train(hub, labels=False)
        told = pipeline.train(hub, labels=True)
        again = pipeline.train(hub, labels=True)
    assert without.learned is None
    assert told.learned is not None
    assert (told.learned.same, told.learned.different) == (15, 15)
    assert (told.version != without.version) == told.learned.used
    assert again.version == told.version
    assert "labels: 15 same, 15 different" in texts.trained(told)


def test_the_model_is_measured_by_decisions_not_by_what_they_made_of_the_customers(decided: Any) -> None:
    with decided.hub() as hub:
        judged = pipeline.judge(hub)
    assert (judged.same, judged.different) == (15, 15)
    assert judged.merged.right <= judged.merged.found <= judged.compared + 15
    assert sum(count for count, _, _ in judged.fit.reliability) == 30
    assert "15 same and 15 different pairs" in texts.judged(judged)


def test_nothing_to_measure_is_an_error_that_says_so(small: Any) -> None:
    with small.hub() as hub, pytest.raises(UsageError, match="nobody has decided"):
        pipeline.judge(hub)


def test_a_hub_that_has_outgrown_its_model_is_told_until_it_is_trained(
    small: Any, person: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("custhub.pipeline.models.MANY", 10)
    rows = [person(f"S{n}", f"{GIVEN[n % 6]} {FAMILY[n % 8]}") for n in range(24)]
    small.shop(rows[:4])
    assert small.run().planned.advice is None
    small.shop(rows)
    report = small.run()
    assert report.planned.advice == "the matching model was trained on 4 records, there are 24 now -> custhub train"
    assert f"Advice: {report.planned.advice}" in texts.run(report)
    with small.hub() as hub:
        assert Model.from_json(hub.store.model()[1]).statistics.rows == 4
        pipeline.train(hub, labels=False)
    assert small.run().planned.advice is None
