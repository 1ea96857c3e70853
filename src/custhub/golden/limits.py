"""The `limits:` section of mappings/golden.customer.yml: how much one run may change before a person has to agree."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from custhub.declaration import Spec


class Budget(Spec):
    """So many, or this share of the golden customers there are, whichever is more."""

    count: int = Field(default=0, ge=0)
    share: float = Field(default=0.0, ge=0, le=1)

    def allowed(self, active: int) -> int:
        return max(self.count, int(active * self.share))


def _short_form(value: Any) -> Any:
    return {"count": value} if isinstance(value, int) and not isinstance(value, bool) else value


_Count = Annotated[int, Field(ge=0)]
_Budget = Annotated[Budget, BeforeValidator(_short_form, json_schema_input_type=_Count | Budget)]


class Limits(Spec):
    """Budgets per run, counted in existing golden customers; what is new costs nothing."""

    merges: _Budget = Field(default=Budget(count=50, share=0.02), description="existing ids that go by merging")
    splits: _Budget = Field(default=Budget(count=50, share=0.02), description="ids that lose members to others")
    retired: _Budget = Field(default=Budget(count=50, share=0.05), description="ids whose records are all gone")
    changed: _Budget = Field(default=Budget(count=1000, share=0.30), description="ids whose values or members change")
    merge_existing: float = Field(
        default=0.98, ge=0.5, le=1, description="probability from which two golden customers that exist are merged"
    )
    split_existing: float = Field(
        default=0.05, ge=0.001, le=0.999, description="probability below which a golden customer that exists is parted"
    )
    review_per_day: int | None = Field(
        default=None, ge=1, description="tasks that the inbox shows a day, those worth most first; the others wait"
    )
    four_eyes: bool = Field(
        default=False, description="customers that people have vouched for become one only when two people say so"
    )
