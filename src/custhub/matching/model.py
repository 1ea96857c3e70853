"""The matching model: everything that was learned, frozen, versioned and written so that it diffs well.

Training makes a model, scoring uses it. Under the same model whether two records are compared, and with what weight,
depends on these two records alone; that is what makes an incremental run equal to a full one.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from custhub.errors import UsageError
from custhub.matching.arrays import Frequencies, Ints
from custhub.matching.block import BlockPlan
from custhub.matching.prepare import Statistics
from custhub.matching.rules import MatchRules
from custhub.matching.weigh import CLASSES, Weights
from custhub.model.hashing import text_hash

FORMAT = 2


@dataclass(frozen=True)
class Model:
    """Rules, value statistics, blocking plan and weights of one training."""

    rules: MatchRules
    statistics: Statistics
    plan: BlockPlan
    weights: Weights

    @cached_property
    def version(self) -> str:
        """A short hash of everything in the model."""
        return text_hash(self.to_json())[:12]

    def check_fits(self, rules: MatchRules) -> None:
        """Raises UsageError when `rules` compare other fields, or have other keys, than those it was trained with."""
        names = [f.name for f, g in zip(rules.fields, self.rules.fields, strict=False) if f != g]
        names += [f.name for f in (*rules.fields[len(self.rules.fields) :], *self.rules.fields[len(rules.fields) :])]
        if names or rules.keys != self.rules.keys:
            what = ", ".join(names) or "keys"
            hint = "train a new one (custhub train), or take the change back"
            raise UsageError(f"the matching model was trained with other match rules ({what})", hint)

    def to_json(self) -> str:
        """JSON text with one value a line; hashes stand for values, so no personal value is in it."""
        document = {
            "format": FORMAT,
            "rules": self.rules.model_dump(mode="json", exclude_defaults=True),
            "weights": _weights_to(self.weights),
            "keys": ["&".join(key) for key in self.plan.keys],
            "splitters": ["&".join(names) for names in self.plan.splitters],
            "split_blocks": _hex(self.plan.split),
            "left_out_blocks": _hex(self.plan.left_out),
            "rows": self.statistics.rows,
            "day_first": self.statistics.day_first,
            "common_values": self.statistics.common,
            "words": self.statistics.words,
        }
        return _text(document)

    @classmethod
    def from_json(cls, text: str) -> Model:
        """The model that `to_json` wrote. Raises UsageError when the text is not one of this version."""
        try:
            data = json.loads(text)
            if data["format"] != FORMAT:
                raise UsageError(
                    f"the model has format {data['format']}, not {FORMAT}", "train a new one (custhub train)"
                )
            return cls(
                MatchRules.model_validate(data["rules"]),
                Statistics(
                    data["rows"],
                    {name: _table_from(table) for name, table in data["common_values"].items()},
                    {n: {p: _table_from(t) for p, t in tables.items()} for n, tables in data["words"].items()},
                    data["day_first"],
                ),
                BlockPlan(
                    tuple(_parts(key) for key in data["keys"]),
                    tuple(_parts(names) for names in data["splitters"]),
                    _unhex(data["split_blocks"]),
                    _unhex(data["left_out_blocks"]),
                ),
                _weights_from(data["weights"]),
            )
        except (KeyError, TypeError, ValueError) as e:
            raise UsageError(
                f"this is not a matching model: {type(e).__name__}", "train a new one (custhub train)"
            ) from e


def _parts(text: str) -> tuple[str, ...]:
    return tuple(text.split("&")) if text else ()


def _hex(hashes: Ints) -> list[str]:
    return [f"{h:010x}" for h in hashes.tolist()]


def _unhex(texts: list[str]) -> Ints:
    return np.array([int(t, 16) for t in texts], dtype=np.int64)


def _text(value: Any, margin: str = "\n") -> str:
    """As json.dumps with sorted keys and one value a line, but many times faster: most of a model is tables of numbers
    by hash."""
    inner = margin + " "
    if isinstance(value, dict) and value:
        if isinstance(next(iter(value)), int):
            lines = [f'"{key:016x}": {value[key]}' for key in sorted(value)]
        else:
            lines = [f"{json.dumps(key, ensure_ascii=False)}: {_text(value[key], inner)}" for key in sorted(value)]
        return f"{{{inner}{f',{inner}'.join(lines)}{margin}}}"
    if isinstance(value, list) and value:
        return f"[{inner}{f',{inner}'.join(_text(item, inner) for item in value)}{margin}]"
    return json.dumps(value, ensure_ascii=False)


def _table_from(table: dict[str, int]) -> dict[int, int]:
    return Frequencies((int(key, 16), value) for key, value in table.items())


def _weights_to(weights: Weights) -> dict[str, Any]:
    return {
        "note": weights.note,
        "shares": weights.shares.tolist(),
        "levels": {
            name: {kind: " ".join(map(str, row)) for kind, row in zip(CLASSES, table.tolist(), strict=True)}
            for name, table in zip(weights.names, weights.levels, strict=True)
        },
        "order": list(weights.names),
    }


def _weights_from(data: dict[str, Any]) -> Weights:
    def table(rows: dict[str, str]) -> Ints:
        return np.array([[int(v) for v in rows[kind].split(" ")] for kind in CLASSES], dtype=np.int64)

    return Weights(
        tuple(data["order"]),
        tuple(table(data["levels"][name]) for name in data["order"]),
        np.array(data["shares"], dtype=np.int64),
        data["note"],
    )
