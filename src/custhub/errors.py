"""Errors, sorted by what the reader should do about them.

Every error takes its ingredients, builds the sentence (what / where / what next) and keeps the ingredients as
attributes. None of them ever holds a customer's values.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


class CusthubError(Exception):
    """Base of all errors that a user can do something about; `exit_code` is what the command line returns."""

    exit_code = 2


@dataclass(frozen=True, slots=True)
class Mistake:
    """One mistake in a declaration: where it is, what is wrong, what to do."""

    file: str
    line: int | None
    key: str
    problem: str
    hint: str = ""

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        key = f":{self.key}" if self.key else ""
        return f"{place}{key}: {self.problem}" + (f" -> {self.hint}" if self.hint else "")


class ConfigError(CusthubError):
    """Fix the declaration: all mistakes that were found, not only the first."""

    def __init__(self, mistakes: Sequence[Mistake]) -> None:
        self.mistakes = tuple(mistakes)
        count = len(self.mistakes)
        head = "1 mistake" if count == 1 else f"{count} mistakes"
        super().__init__("\n".join([f"{head} in the declarations:", *(f"  {m}" for m in self.mistakes)]))


class UsageError(CusthubError):
    """The command or call was used wrongly."""

    def __init__(self, problem: str, hint: str = "") -> None:
        self.problem, self.hint = problem, hint
        super().__init__(problem + (f" -> {hint}" if hint else ""))


class SourceError(CusthubError):
    """A source system or file could not be read. `retryable` says whether trying again can help."""

    def __init__(self, source: str, where: str, problem: str, hint: str = "", *, retryable: bool = False) -> None:
        self.source, self.where, self.problem, self.hint, self.retryable = source, where, problem, hint, retryable
        super().__init__(f"source {source}: {where}: {problem}" + (f" -> {hint}" if hint else ""))


class StoreError(CusthubError):
    """The golden store could not do what was asked (unreachable, wrong schema version, full disk)."""

    def __init__(self, where: str, problem: str, hint: str = "", *, retryable: bool = False) -> None:
        self.where, self.problem, self.hint, self.retryable = where, problem, hint, retryable
        super().__init__(f"store {where}: {problem}" + (f" -> {hint}" if hint else ""))


class LeaseHeldError(CusthubError):
    """Another run holds the run lease."""

    exit_code = 1

    def __init__(self, holder: str, until: str) -> None:
        self.holder, self.until = holder, until
        super().__init__(f"another run is under way: {holder} holds the lease until {until} -> wait for it to end")


class SourcesFailedError(CusthubError):
    """Several things went wrong that do not hold up one another; each is told."""

    def __init__(self, errors: Sequence[CusthubError]) -> None:
        self.errors = tuple(errors)
        self.exit_code = max(e.exit_code for e in self.errors)
        super().__init__("\n".join([f"{len(self.errors)} errors:", *(f"  {e}" for e in self.errors)]))


class BalanceError(CusthubError):
    """A ledger of invariant 1 does not balance: a row would have been lost, so the run failed."""

    def __init__(self, ledger: str, where: str, parts: dict[str, int]) -> None:
        self.ledger, self.where, self.parts = ledger, where, dict(parts)
        figures = ", ".join(f"{name}={count}" for name, count in parts.items())
        super().__init__(
            f"{ledger} of {where} does not balance: {figures} -> nothing was applied; report this as a bug"
        )


class StoppedForPersonError(CusthubError):
    """The run stopped because a person has to look: a check that stops the batch, or a plan over its budget."""

    exit_code = 1

    def __init__(self, reason: str, hint: str) -> None:
        self.reason, self.hint = reason, hint
        super().__init__(f"{reason} -> {hint}")


class PlanMovedError(CusthubError):
    """Something the plan touches has changed since it was made; `golden_ids` are to be planned again."""

    exit_code = 1

    def __init__(self, golden_ids: Sequence[str]) -> None:
        self.golden_ids = tuple(golden_ids)
        super().__init__(f"{len(self.golden_ids)} golden customers of this plan have changed since -> plan again")


class ConflictError(CusthubError):
    """Two decisions of people contradict each other; both are named and nothing moves."""

    exit_code = 1

    def __init__(self, problem: str, decision_ids: Sequence[str]) -> None:
        self.problem, self.decision_ids = problem, tuple(decision_ids)
        super().__init__(f"{problem} (decisions {', '.join(self.decision_ids)}) -> a steward must settle it")


class NotFoundError(CusthubError):
    """No such golden customer, source record, run, task or plan."""

    def __init__(self, kind: str, name: str) -> None:
        self.kind, self.name = kind, name
        super().__init__(f"no {kind} {name}")


class ErasedError(CusthubError):
    """It was there, and somebody used a right to erasure."""

    def __init__(self, kind: str, name: str) -> None:
        self.kind, self.name = kind, name
        super().__init__(f"{kind} {name} was erased")
