"""How good clusters are: pairwise and by cluster, by threshold, with a picture; blocking recall apart."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from custhub.matching.arrays import Bools, Floats, Ints
from custhub.matching.weigh import ERRORS


@dataclass(frozen=True, slots=True)
class Figures:
    """Precision, recall and F1, and the counts they come from."""

    right: int
    found: int
    true: int

    @property
    def precision(self) -> float:
        return self.right / self.found if self.found else 1.0

    @property
    def recall(self) -> float:
        return self.right / self.true if self.true else 1.0

    @property
    def f1(self) -> float:
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Figures over pairs of records, and over whole clusters (exactly right clusters of two and more) where they are known."""

    pairs: Figures
    clusters: Figures | None
    records: int

    def as_dict(self) -> dict[str, float | int]:
        """Flat figures for printing and JSON."""
        pairs = {
            "records": self.records,
            "precision": round(self.pairs.precision, 5),
            "recall": round(self.pairs.recall, 5),
            "f1": round(self.pairs.f1, 5),
            "pairs_found": self.pairs.found,
            "pairs_true": self.pairs.true,
            "pairs_right": self.pairs.right,
        }
        if self.clusters is None:
            return pairs
        return pairs | {f"cluster_{n}": round(getattr(self.clusters, n), 5) for n in ("precision", "recall", "f1")}


def evaluate(clusters: npt.ArrayLike, truth: npt.ArrayLike) -> Evaluation:
    """Compares two labellings of the same records; labels may be of any type."""
    found, true = _numbers(clusters), _numbers(truth)
    if len(found) != len(true):
        raise ValueError("clusters and truth label different numbers of records")
    both = _numbers(found * (int(true.max(initial=0)) + 1) + true)
    size_found, size_true, size_both = (np.bincount(x) if len(x) else np.zeros(0, int) for x in (found, true, both))
    pairs = Figures(_pairs(size_both), _pairs(size_found), _pairs(size_true))
    same = (size_both[both] == size_found[found]) & (size_both[both] == size_true[true]) & (size_both[both] > 1)
    whole = Figures(len(np.unique(both[same])), int((size_found > 1).sum()), int((size_true > 1).sum()))
    return Evaluation(pairs, whole, len(found))


def evaluate_pairs(clusters: npt.ArrayLike, same: Ints, different: Ints) -> Evaluation:
    """Compares clusters with pairs of their rows that people called the same and different."""
    labels = np.asarray(clusters)
    kept, wrong = (int((labels[p[:, 0]] == labels[p[:, 1]]).sum()) for p in (same, different))
    return Evaluation(Figures(kept, kept + wrong, len(same)), None, len(labels))


def _numbers(labels: npt.ArrayLike) -> Ints:
    array = np.asarray(labels)
    if array.dtype == object:
        array = array.astype(str)
    return np.unique(array, return_inverse=True)[1].astype(np.int64)


def _pairs(sizes: Ints) -> int:
    return int((sizes * (sizes - 1) // 2).sum())


@dataclass(frozen=True, slots=True)
class Fit:
    """How well probabilities foretell labels: log loss (people err now and then), Brier score, and for each tenth of
    probability that occurs its labels, their mean probability and the share that is the same."""

    log_loss: float
    brier: float
    reliability: tuple[tuple[int, float, float], ...]

    def lines(self) -> list[str]:
        return [
            f"  of {count} said to be {mean:.0%}: {share:.0%} are the same" for count, mean, share in self.reliability
        ]

    @classmethod
    def of(cls, chance: Floats, same: Bools, counts: Floats) -> Fit:
        rows = []
        for tenth in range(10):
            at = np.minimum((chance * 10).astype(np.int64), 9) == tenth
            if at.any():
                number = counts[at].sum()
                shares = ((counts[at] @ values[at]) / number for values in (chance, same.astype(np.float64)))
                rows.append((round(number), *(round(float(share), 3) for share in shares)))
        brier = counts @ (chance - same) ** 2 / counts.sum()
        return cls(
            round(float(counts @ log_losses(chance, same) / counts.sum()), 4), round(float(brier), 4), tuple(rows)
        )


def log_losses(chance: Floats, same: Bools) -> Floats:
    """Log loss of each label, by people who err now and then."""
    right = np.where(same, chance, 1 - chance)
    losses: Floats = -np.log(ERRORS + (1 - 2 * ERRORS) * right)
    return losses


@dataclass(frozen=True, slots=True)
class Curve:
    """Precision and recall of scored pairs by threshold (thousandths of a bit), and what blocking reached at all."""

    thresholds: Ints
    precision: Floats
    recall: Floats
    blocking_recall: float

    @property
    def f1(self) -> Floats:
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / np.where(both > 0, both, 1)


def by_threshold(weight: Ints, right: Bools, true_pairs: int) -> Curve:
    """The curve of pairs with these weights, of which `right` ones are true, out of `true_pairs`."""
    order = np.argsort(-weight, kind="stable")
    hits, count = np.cumsum(right[order]), np.arange(1, len(order) + 1)
    last = np.flatnonzero(np.r_[weight[order][1:] != weight[order][:-1], True]) if len(order) else np.zeros(0, int)
    return Curve(
        weight[order][last],
        hits[last] / count[last],
        hits[last] / max(1, true_pairs),
        float(right.sum()) / max(1, true_pairs),
    )


def curve_svg(curve: Curve, width: int = 640, height: int = 320) -> str:
    """Precision (blue), recall (orange) and F1 (grey) over the threshold in bits, as an SVG picture."""
    left, right, top, bottom = 48, width - 12, 12, height - 36
    bits = np.clip(curve.thresholds / 1000, -15, 25)

    def line(values: Floats, colour: str) -> str:
        x = left + (bits + 15) / 40 * (right - left)
        y = bottom - values * (bottom - top)
        step = max(1, len(x) // 400)
        points = " ".join(f"{a:.1f},{b:.1f}" for a, b in zip(x[::step], y[::step], strict=True))
        return f'<polyline fill="none" stroke="{colour}" stroke-width="1.6" points="{points}"/>'

    marks = "".join(
        f'<text x="{left + (b + 15) / 40 * (right - left):.0f}" y="{bottom + 16}" font-size="11" text-anchor="middle">{b}</text>'
        for b in range(-15, 26, 5)
    ) + "".join(
        f'<text x="{left - 6}" y="{bottom - v * (bottom - top) + 4:.0f}" font-size="11" text-anchor="end">{v:.1f}</text>'
        f'<line x1="{left}" x2="{right}" y1="{bottom - v * (bottom - top):.0f}" y2="{bottom - v * (bottom - top):.0f}" stroke="#ddd"/>'
        for v in (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
    )
    lines = line(curve.f1, "#888") + line(curve.precision, "#1f77b4") + line(curve.recall, "#e6760f")
    title = f"precision (blue), recall (orange), F1 (grey) by threshold in bits; blocking reached {curve.blocking_recall:.1%}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif">'
        f"<title>{title}</title>{marks}{lines}"
        f'<text x="{(left + right) / 2:.0f}" y="{height - 4}" font-size="11" text-anchor="middle">{title}</text></svg>'
    )
