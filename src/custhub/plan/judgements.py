"""Whether people's decisions can all be true at once: same is transitive, and different may not lie across it."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from custhub.errors import ConflictError
from custhub.model.decisions import Decision, Judgement

APART = (Judgement.DIFFERENT, Judgement.HELD)


@dataclass(frozen=True, slots=True)
class Contradiction:
    """A decision that keeps two records apart, and the decisions that make them the same."""

    apart: Decision
    same: tuple[Decision, ...]

    @property
    def refs(self) -> tuple[str, str]:
        return str(self.apart.left), str(self.apart.right)

    @property
    def decision_ids(self) -> tuple[str, ...]:
        return (self.apart.id, *(d.id for d in self.same))


def contradictions(decisions: Sequence[Decision]) -> list[Contradiction]:
    """All contradictions among live decisions, by the references they are about."""
    edges: dict[str, list[tuple[str, Decision]]] = {}
    for decision in sorted(decisions, key=lambda d: d.id):
        if decision.judgement is Judgement.SAME:
            left, right = str(decision.left), str(decision.right)
            edges.setdefault(left, []).append((right, decision))
            edges.setdefault(right, []).append((left, decision))
    found = []
    for decision in decisions:
        if decision.judgement in APART:
            chain = _chain(edges, str(decision.left), str(decision.right))
            if chain:
                found.append(Contradiction(decision, chain))
    return sorted(found, key=lambda c: (c.refs, c.apart.id))


def check_decisions(decisions: Sequence[Decision]) -> None:
    """Raises ConflictError with the decisions of the first contradiction, if there is one."""
    for found in contradictions(decisions):
        left, right = found.refs
        raise ConflictError(
            f"{left} and {right} are judged {found.apart.judgement.value} and, step by step, the same",
            found.decision_ids,
        )


def _chain(edges: dict[str, list[tuple[str, Decision]]], start: str, end: str) -> tuple[Decision, ...]:
    """The shortest chain of `same` decisions from one record to the other; empty when there is none."""
    came: dict[str, tuple[str, Decision] | None] = {start: None}
    queue = deque([start])
    while queue:
        here = queue.popleft()
        if here == end:
            break
        for there, decision in edges.get(here, ()):
            if there not in came:
                came[there] = (here, decision)
                queue.append(there)
    steps: list[Decision] = []
    step = came.get(end)
    while step is not None:
        steps.append(step[1])
        step = came[step[0]]
    return tuple(reversed(steps))
