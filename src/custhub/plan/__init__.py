"""What would change, as a list of small changes; `explain` prints it and `apply_plan` does it, from the same list."""

from custhub.plan.apply import apply_plan
from custhub.plan.budget import over_budget, spending, within
from custhub.plan.build import make_plan
from custhub.plan.explain import explain
from custhub.plan.frames import CHANGE, PAYLOAD, Action, Why
from custhub.plan.hold import HELD, Held, hold_merges
from custhub.plan.inputs import Current, Evidence, Inspection, RunInfo
from custhub.plan.judgements import APART, Contradiction, check_decisions, contradictions
from custhub.plan.plan import MERGES, Plan, plan_hash
from custhub.plan.tasks import refused_word
from custhub.plan.undoing import Before, make_undo
