"""Clusters by evidence: two clusters become one only if the weights over all pairs across them speak for it.

Pairs that were never compared count as a small penalty. Clusters that are each other's best neighbour are joined in
rounds, so the result depends on weights alone, not on the order of rows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from custhub.matching.arrays import Bools, Ints, group, ordered

UNSEEN = -1_000
"""Weight of a pair that no key brought together, in thousandths of a bit."""


@dataclass(slots=True)
class Links:
    """Weights between clusters, in the order of `first` < `second`: sum of weights and number of compared pairs."""

    first: Ints
    second: Ints
    weight: Ints
    seen: Ints

    def only(self, keep: Bools) -> Links:
        return Links(self.first[keep], self.second[keep], self.weight[keep], self.seen[keep])


def cluster(left: Ints, right: Ints, weight: Ints, rows: int, *, least: int = 0, unseen: int = UNSEEN) -> Ints:
    """Labels (lowest row of each cluster). Joins while the mean weight across two clusters is above `least`."""
    labels = components(left[weight > least], right[weight > least], rows)
    inside = np.flatnonzero(labels[left] == labels[right])
    inside = inside[ordered(left[inside] * np.int64(rows) + right[inside])[1]]
    links = Links(left[inside], right[inside], weight[inside], np.ones(len(inside), dtype=np.int64))
    sizes = np.ones(rows, dtype=np.int64)
    clusters = np.arange(rows)
    while True:
        score = _scores(links, sizes, unseen, least)
        # Where nothing speaks for a join any more the component is done.
        open_ = np.zeros(rows, dtype=bool)
        open_[labels[links.first[score > 0]]] = True
        going = open_[labels[links.first]]
        if not going.any():
            return clusters
        links, score = links.only(going), score[going]
        joined = _best_friends(links, score, rows)
        moved = np.arange(rows)
        moved[links.second[joined]] = links.first[joined]
        sizes[links.first[joined]] += sizes[links.second[joined]]
        clusters = moved[clusters]
        links = _joined_links(links, moved, rows)


def components(left: Ints, right: Ints, rows: int) -> Ints:
    """Connected components: each row's label is the lowest row that it is connected with."""
    labels = np.arange(rows)
    while len(left):
        # The higher of two labels gets the lowest that is tied to it, and all follow to the end of what came of it.
        low, high = np.minimum(labels[left], labels[right]), np.maximum(labels[left], labels[right])
        np.minimum.at(labels, high, low)
        while (labels[labels] != labels).any():
            labels = labels[labels]
        apart = labels[left] != labels[right]
        left, right = left[apart], right[apart]
    return labels


def _scores(links: Links, sizes: Ints, unseen: int, least: int) -> Ints:
    """Sum of weights over all cross pairs, less what is asked for each of them."""
    crossing = sizes[links.first] * sizes[links.second]
    score: Ints = links.weight + (crossing - links.seen) * unseen - crossing * least
    return score


def _best_friends(links: Links, score: Ints, rows: int) -> Ints:
    """Positions of links whose clusters are each other's best; ties go to the lower partner."""
    at = np.flatnonzero(score > 0)
    at = at[ordered(score.max() - score[at])[1]]
    best = np.full(rows, len(score), dtype=np.int64)
    # Assigned from the worst to the best: the best stays.
    place = np.arange(len(at))
    for ends in (links.first, links.second):
        mine = np.full(rows, len(score), dtype=np.int64)
        mine[ends[at][::-1]] = place[::-1]
        best = np.minimum(best, mine)
    chosen: Ints = at[(best[links.first[at]] == place) & (best[links.second[at]] == place)]
    return chosen


def _joined_links(links: Links, moved: Ints, rows: int) -> Links:
    a, b = moved[links.first], moved[links.second]
    keep = a != b
    low, high = np.minimum(a, b)[keep], np.maximum(a, b)[keep]
    keys, numbers = group(low * np.int64(rows) + high)
    weight = np.zeros(len(keys), dtype=np.int64)
    seen = np.zeros(len(keys), dtype=np.int64)
    np.add.at(weight, numbers, links.weight[keep])
    np.add.at(seen, numbers, links.seen[keep])
    return Links(keys // rows, keys % rows, weight, seen)
