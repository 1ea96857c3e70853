"""What stewards do: decide on tasks, look at quarantined rows, try them again, accept them, take back what was done.

Each call is one small run of its own in the store (who, when, why). What follows from a decision for golden customers is
planned and applied by the next pipeline run; an undo takes effect at once.
"""

from custhub.stewardship.deciding import (
    ASKING,
    TELLING,
    Answer,
    acknowledge,
    answer_task,
    decide,
    open_task,
    pair_of,
)
from custhub.stewardship.erasing import ErasureReport, erase
from custhub.stewardship.inbox import Inbox, inbox
from custhub.stewardship.pinning import Fixed, Standing, pin_value, pins, unpin
from custhub.stewardship.quarantine import quarantined, retry, retry_row, unwaive, waive
from custhub.stewardship.releasing import Released, release
from custhub.stewardship.requesting import confirm_erasure, refuse_erasure, request_erasure
from custhub.stewardship.undoing import UndoReport, undo
