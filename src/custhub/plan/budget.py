"""What a plan takes from the limits, and whether it stays within them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from custhub.golden import Budget, Limits

if TYPE_CHECKING:
    from custhub.plan.plan import Plan


def spending(plan: Plan) -> dict[str, int]:
    """What the plan takes from each budget; an approval is given for these figures."""
    counts = plan.counts
    return {
        "merges": counts["merge"],
        "splits": counts["split"],
        "retired": counts["retire"],
        "changed": plan.changed_customers,
    }


def over_budget(plan: Plan, limits: Limits) -> list[str]:
    """One sentence for every budget that the plan exceeds; empty: it may be applied without a person."""
    told = []
    for name, spent in spending(plan).items():
        budget: Budget = getattr(limits, name)
        allowed = budget.allowed(plan.active_before)
        if spent > allowed:
            told.append(
                f"{name}: {spent} of {plan.active_before} golden customers, limits.{name} allows {allowed} in one run"
            )
    return told


def within(spent: dict[str, int], approved: dict[str, int]) -> bool:
    """Whether a plan made again stays within what was approved."""
    return all(count <= approved.get(name, 0) for name, count in spent.items())
