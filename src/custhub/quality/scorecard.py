"""How well the data keeps its rules, in a few figures."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from custhub.quality.checking import Outcome, RuleOutcome


@dataclass(frozen=True, slots=True)
class Scorecard:
    """Counts over rules, and the outcomes that a person should read: errored first, then the most failing values."""

    rules: int
    passed: int
    failed: int
    errored: int
    checked: int
    failing: int
    to_read: tuple[RuleOutcome, ...]

    def __str__(self) -> str:
        share = 100.0 * (self.checked - self.failing) / self.checked if self.checked else 100.0
        return (
            f"{self.passed} of {self.rules} rules hold, {self.failed} fail, {self.errored} could not be checked; "
            f"{share:.2f} % of {self.checked} checked values are good"
        )


def scorecard(outcomes: Iterable[RuleOutcome]) -> Scorecard:
    """The summary of one or more checks."""
    all_ = tuple(outcomes)
    by_status = {status: [o for o in all_ if o.status == status] for status in Outcome}
    worst = sorted(by_status[Outcome.FAILED], key=lambda o: (-o.failing, o.rule_id))
    return Scorecard(
        rules=len(all_),
        passed=len(by_status[Outcome.PASSED]),
        failed=len(worst),
        errored=len(by_status[Outcome.ERRORED]),
        checked=sum(o.checked for o in all_),
        failing=sum(o.failing for o in all_),
        to_read=(*by_status[Outcome.ERRORED], *worst),
    )
