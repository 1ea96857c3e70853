"""Waits until a person has approved a plan that is over its budget.

The store holds the approval. Airflow's "Required actions" page is one place to give it; `custhub approve` and the steward
app are others. So the operator looks into the store first, asks, and while nobody answers looks again now and then.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from airflow.providers.standard.operators.hitl import HITLOperator
from airflow.sdk.exceptions import AirflowFailException

from custhub.dagkit import steps
from custhub.dagkit.calls import call_of, translated

APPROVE, REJECT, LOOK_AGAIN = "Approve", "Reject", "Look again"
LOOK_EVERY = timedelta(minutes=5)

SUBJECT = "Plan of {{ ti.xcom_pull(task_ids='plan')['run_id'] }} waits for approval"
BODY = """{% set plan = ti.xcom_pull(task_ids='plan') %}It is over its budget:

{% for why in plan['over'] %}- {{ why }}
{% endfor %}
Figures: {% for name, count in plan['summary'].items() if count %}{{ name }} {{ count }}  {% endfor %}

`custhub approve {{ plan['run_id'] }}` approves it as well."""


class PlanApproval(HITLOperator):
    """Passes at once when the plan is within its budget or approved already; fails when a person rejects it."""

    template_fields: Sequence[str] = ("subject", "body")

    def __init__(self, *, project: str, **options: Any) -> None:
        super().__init__(
            subject=SUBJECT,
            body=BODY,
            options=[APPROVE, REJECT, LOOK_AGAIN],
            defaults=LOOK_AGAIN,
            response_timeout=LOOK_EVERY,
            **options,
        )
        self.project = project

    def execute(self, context: Any) -> dict[str, Any]:
        planned = context["ti"].xcom_pull(task_ids="plan")
        with translated():
            if not planned["over"] or steps.is_approved(call_of(self.project, context), planned["run_id"]):
                return {"run_id": planned["run_id"], "asked": False}
        super().execute(context)  # parks the task: always raises
        raise AssertionError("a task that asks a person does not go on")

    def execute_complete(self, context: Any, event: dict[str, Any]) -> dict[str, Any]:
        if event.get("error_type") == "timeout":
            return self.execute(context)
        answer = super().execute_complete(context, event)
        (chosen,) = answer["chosen_options"]
        if chosen == LOOK_AGAIN:
            return self.execute(context)
        run_id = context["ti"].xcom_pull(task_ids="plan")["run_id"]
        by = (answer["responded_by_user"] or {}).get("name") or "airflow"
        if chosen == REJECT:
            raise AirflowFailException(f"the plan of {run_id} was rejected by {by} -> nothing was applied")
        with translated():
            steps.approve(call_of(self.project, context), run_id, by=by, at=datetime.now(UTC))
        return {"run_id": run_id, "asked": True, "by": by}
