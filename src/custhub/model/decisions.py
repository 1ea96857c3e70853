"""What people decided: facts that no machine overrides."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from custhub.model.refs import SourceRef


class Judgement(StrEnum):
    """A person's word on two source records. HELD is the word of an undo: keep apart until a person releases it."""

    SAME = "same"
    DIFFERENT = "different"
    UNSURE = "unsure"
    HELD = "held"


@dataclass(frozen=True, slots=True)
class Decision:
    """One judgement on one pair of source records; `left` sorts before `right`."""

    id: str
    left: SourceRef
    right: SourceRef
    judgement: Judgement
    by: str
    at: str
    reason: str

    def __post_init__(self) -> None:
        if not self.left < self.right:
            raise ValueError("a decision is on two records, the lower reference left")


@dataclass(frozen=True, slots=True)
class Pin:
    """A person fixed an attribute of the golden customer that holds `anchor`; `value` is JSON text."""

    id: str
    anchor: SourceRef
    attribute: str
    value: str
    by: str
    at: str
    reason: str
    until: str | None = None
    seen: str | None = None  # hash of the unpinned winner when the pin was set: if that moves, a task opens


class TaskKind(StrEnum):
    """Why something is in the steward's inbox."""

    POSSIBLE_DUPLICATE = "possible_duplicate"
    DRIFTED_APART = "drifted_apart"
    CONFLICT = "conflict"
    CLUSTER_TOO_LARGE = "cluster_too_large"
    TWO_OWNERS = "two_owners"
    PIN_MOVED = "pin_moved"
    KEY_REUSED = "key_reused"
    CHECK_FAILED = "check_failed"
    FOUR_EYES = "four_eyes"
    ERASURE = "erasure"


@dataclass(frozen=True, slots=True)
class Task:
    """Something for a person. `key` is stable over runs, so that a task is opened once and closes itself."""

    key: str
    kind: TaskKind
    title: str  # without personal values
    refs: tuple[str, ...]  # source references that it is about
    golden_ids: tuple[str, ...]
    detail: str = "{}"  # JSON text
    worth: int = 0  # the higher, the earlier it is shown
