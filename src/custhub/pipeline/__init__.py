"""The use cases of a run, in order: extract -> land -> map -> check -> match -> plan -> apply -> publish.

Each step takes the hub and an id and returns a small report; it can be repeated, and a finished step repeated changes
nothing. The command line (`run_all`) and the DAGs call the same steps.
"""

from custhub.pipeline.everything import Options, RunReport, apply_saved, plan_all, run_all, run_of_plan
from custhub.pipeline.explaining import explain_golden, explain_pair
from custhub.pipeline.extracting import extract_batch, rework_batch
from custhub.pipeline.hub import Hub
from custhub.pipeline.indexing import find_alike
from custhub.pipeline.learning import Judged, TrainReport, judge, train
from custhub.pipeline.models import frequencies
from custhub.pipeline.planning import confirmed_customers
from custhub.pipeline.publishing import export, exported_ids, publish_run, push
from custhub.pipeline.refining import cannot_be_read, refuse_stopped
from custhub.pipeline.relating import Kinship, Related, related
from custhub.pipeline.runs import (
    ApplyReport,
    PlanReport,
    apply_run,
    approve,
    balanced,
    check_pending,
    checks_beside,
    gate,
    map_pending,
    match_run,
    plan_run,
    rework,
    run_id_of,
    sweep,
)
from custhub.pipeline.stripping import strip_files
