"""What people said of some pairs: it teaches where it foretells other labels, and changes nothing else."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from custhub.matching import Decided, Labels, MatchResult, Model, evaluate, explain_result, infer_rules, match
from custhub.matching.engine import match_in_order
from custhub.matching.weigh import patterns_of

_FILE = Path(__file__).resolve().parents[3] / "benchmarks" / "matching" / "unfamiliar.py"
_spec = importlib.util.spec_from_file_location("unfamiliar_sets_to_learn", _FILE)
assert _spec is not None and _spec.loader is not None
unfamiliar = importlib.util.module_from_spec(_spec)
sys.modules[_spec.name] = unfamiliar
_spec.loader.exec_module(unfamiliar)


class Desk:
    """A made-up set, and a person who knows the truth of every other customer and is asked the most doubtful pairs."""

    def __init__(self, name: str, seed: int = 11) -> None:
        frame = unfamiliar.made(name, seed)
        self.truth = np.unique(frame["cluster"].to_numpy().astype(str), return_inverse=True)[1]
        self.frame = frame.drop("cluster", "_file", strict=False)
        self.rules = infer_rules(self.frame)
        found = match_in_order(self.frame, self.rules)
        left, right = found.order[found.scored.left], found.order[found.scored.right]
        asked = np.flatnonzero((self.truth[left] % 2 == 0) & (self.truth[right] % 2 == 0))
        asked = asked[np.argsort(np.abs(found.scored.weight[asked]), kind="stable")]
        self.pairs = np.stack([left, right], axis=1)[asked]
        self.weight = found.scored.weight[asked]

    def says(self, count: int, *, wrong: float = 0.0, seed: int = 1) -> Labels:
        pairs = self.pairs[:count]
        same = self.truth[pairs[:, 0]] == self.truth[pairs[:, 1]]
        same ^= np.random.default_rng(seed).random(len(same)) < wrong
        return Labels(Decided(pairs[same], pairs[~same]))

    def match(self, labels: Labels | None = None) -> MatchResult:
        return match(self.frame, self.rules, labels=labels)

    def f1(self, result: MatchResult) -> float:
        """Over the customers of whom nobody said anything."""
        others = self.truth % 2 == 1
        return evaluate(result.clusters[others], self.truth[others]).pairs.f1


@pytest.fixture(scope="module")
def goods() -> Desk:
    return Desk("goods")


@pytest.mark.parametrize("seed", [11, 12])
def test_labels_help_with_customers_they_say_nothing_of(seed: int) -> None:
    desk = Desk("goods", seed)
    before, after = desk.match(), desk.match(desk.says(200))
    assert after.learned is not None and after.learned.used
    assert after.learned.with_labels.log_loss < after.learned.without.log_loss  # type: ignore[union-attr]
    assert desk.f1(after) >= desk.f1(before) + 0.03


@settings(max_examples=8, deadline=None)
@given(st.sampled_from(["goods", "voters", "people_one_name"]), st.integers(0, 99))
def test_one_wrong_label_in_twenty_does_no_harm(name: str, seed: int) -> None:
    desk = _desk(name)
    before, after = desk.match(), desk.match(desk.says(300, wrong=0.05, seed=seed))
    assert desk.f1(after) >= desk.f1(before) - 0.02


def _desk(name: str, known: dict[str, Desk] = {}) -> Desk:  # noqa: B006 - one desk for all examples
    return known[name] if name in known else known.setdefault(name, Desk(name))


@pytest.mark.parametrize("name", ["firms_german", "voters", "restaurants"])
def test_labels_that_agree_with_the_model_change_no_customer(name: str) -> None:
    desk = _desk(name)
    same = desk.weight > 0
    result = desk.match(Labels(Decided(desk.pairs[same], desk.pairs[~same])))
    assert result.clusters.tolist() == desk.match().clusters.tolist()


@pytest.mark.parametrize("count", [1, 19])
def test_too_few_labels_are_told_and_change_nothing(goods: Desk, count: int) -> None:
    result = goods.match(goods.says(count))
    assert result.learned is not None and not result.learned.used
    assert "too few" in result.learned.as_text()
    assert result.model.version == goods.match().model.version


def test_known_customers_teach_as_their_pairs_do(goods: Desk) -> None:
    known = np.where(goods.truth % 2 == 0, goods.truth, -1)
    result = goods.match(Labels(Decided(), known))
    assert result.learned is not None and result.learned.used
    assert result.learned.same + result.learned.different == len(goods.pairs)
    assert goods.f1(result) > goods.f1(goods.match())


def test_the_order_of_rows_and_labels_changes_nothing_and_the_model_keeps_what_it_learned(goods: Desk) -> None:
    labels = goods.says(200)
    order = np.random.default_rng(5).permutation(goods.frame.height)
    place = np.argsort(order)
    moved = Labels(Decided(place[labels.pairs.same][::-1, ::-1], place[labels.pairs.different][::-1]))
    result = goods.match(labels)
    model = match(goods.frame[order], goods.rules, labels=moved).model
    assert result.model.version == model.version != goods.match().model.version
    again = match(goods.frame, goods.rules, model=Model.from_json(model.to_json()))
    assert again.clusters.tolist() == result.clusters.tolist()
    assert again.pairs.equals(result.pairs)


def test_many_comparisons_have_patterns_too() -> None:
    rng = np.random.default_rng(1)
    codes = [rng.integers(0, 15, 50).astype(np.uint8) for _ in range(40)]  # 15^40 possible patterns
    codes = [np.concatenate([c, c[:10]]) for c in codes]
    numbers, patterns, counts = patterns_of(codes, [15] * 40)
    assert sorted(counts.tolist()) == [1] * 40 + [2] * 10
    assert all((pattern[numbers] == c).all() for pattern, c in zip(patterns, codes, strict=True))


def test_contradicting_labels_teach_different(goods: Desk) -> None:
    pair = goods.pairs[:1]
    pairs, same = Labels(Decided(pair, pair[:, ::-1])).among(*np.zeros((2, 0), dtype=np.int64))
    assert len(pairs) == 1 and not same[0]


def test_learned_weights_explain_themselves(goods: Desk) -> None:
    result = goods.match(goods.says(200))
    first = result.pairs.row(0, named=True)
    told = explain_result(goods.frame, result, first["left"], first["right"])
    assert told.weight == first["weight"] == told.start + told.once + sum(r.weight for r in told.reasons)
