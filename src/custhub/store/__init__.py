"""The golden store: tables, migrations, reads and the one place that commits. SQLite or PostgreSQL, same code.

Every write belongs to a *run* (a pipeline run, a steward's click, an undo). A run's rows are only ever added, in short
transactions, and mean nothing until one row for it is in `commit_log`: readers see all of a run or nothing, and the
feed's order is the order of commits. Later commits win.

The whole interface (everything below is importable from `custhub.store`):

    store = Store.open(url)                       # "sqlite:///golden.db" | "postgresql+psycopg://..."; also `with`
    store.migrate()                               # up to date, from empty too; StoreError when the schema is newer
    store.check_schema()                          # StoreError unless exactly this version (for readers that may not migrate)
    store.close(); store.head() -> int            # seq of the latest commit, 0 when none
    store.epoch() -> str                          # identity of this store, for caches beside it

Landing
    store.source_state(source) -> dict            # the cursors to hand to extract(); {} at first
    store.rows(source, withdrawn=False) -> ROW    # latest landed row per key: row_key,row_hash,batch_id,position,present
    store.land(Batch(...), rows, gone=None, state={...})
        # rows: row_key,row_hash,position (new and changed only); gone: frame with row_key, deleted at the source.
        # All or nothing; landing the same batch_id again changes nothing; short transactions only.
    store.batch(batch_id) -> Batch                # NotFoundError
    store.batches(source=None, states=()) -> list[Batch]              # in landing order
    store.set_batch(batch_id, state=None, ledger=None, info=None)     # info is merged into what is there

Runs (big: open, stage, publish; small: write)
    store.open_run(run_id, at, kind=RunKind.RUN, *, batches=()) -> Run   # same run_id again: the same run (resume)
    store.stage(run_no, Changes(records=, links=, goldens=, events=, quarantine=, closings=, tasks=), progress=silent)
        # Each frame whole, once. Again with the same frames: goes on where it stopped. With another frame: replaces it.
    store.publish_run(run_no, base_seq, Facts()) -> seq               # PlanMovedError(golden_ids); again: the same seq
        # also sets the run's batches to `applied`
    store.write(run_id, at, Changes(), Facts(), *, kind=RunKind.DECISION, base_seq=None) -> seq
        # a small run in ONE transaction (a click); same conflicts; same run_id again: the same seq
    store.abandon_run(run_no)                     # sweeps what it staged, frees its batches
    store.save_summary(run_no, {...}); store.run(run_id) -> Run; store.runs(kind=None, limit=50) -> list[Run]
    with store.lease(holder, ttl) as lease: ...   # one run at a time; renews itself; LeaseHeldError
    store.acquire_lease(holder, ttl), also to keep it; release_lease(holder)      # for a DAG's separate tasks

    store.written(run_nos) -> Written             # keys of what runs wrote: refs (system,key), golden_ids, tasks
    store.later_writers(run_no) -> {run_no: how many}     # later commits that wrote the same keys
    store.records_of(rows); golden_ids_of(refs); last_members(id); erased_keys(source, keys)        # see store.erasing
    store.link_history(refs) -> LINK + seq        # where a few records have been, in commit order

Reads (records, links, goldens, golden, golden_by_source, lookup and key_ledger take view=View(upto=seq | as_of=datetime,
including=run_no, without=run_nos); a plan reads with upto=head and publishes with base_seq=head)
    store.records(systems=None, refs=None) -> RECORD                  # refs: frame with system,key
    store.links(refs=None) -> LINK                                    # without those attached to none
    store.former_links(refs) -> LINK                                  # of records attached to none: where they were last
    store.active_count() -> int                                       # golden customers there are
    store.goldens(ids=None) -> GOLDENS                                # GOLDEN + born, seq; merged/retired ones too, moved_to collapsed
    store.golden(golden_id) -> GoldenCustomer | None                  # follows merges
    store.golden_by_source(system, key) -> GoldenCustomer | None
    store.lookup(kind, value, limit=None) -> list[str]                # golden ids by phone|email|identifier|name
        # and by household|head|tie, see store.kinship; keys_of(GOLDEN) -> kind, value, golden_id
    store.timeline(golden_id) -> frame                                # seq, at, run_id, run_kind, type, changed, gained, lost, moved_to, cause, status, hash
    store.events(since, limit) -> FEED                                # seq > since, in commit order, gapless
    store.key_ledgers(systems) -> {system: KeyLedger}                 # all counted anew; key_ledger(system): of one
    store.carry_keys(systems, run_no) -> {system: KeyLedger}          # checks a staged run by what it changes; BalanceError

People's facts (decisions and pins are written through Facts)
    store.decisions(refs=None, live=True) -> list[DecisionRow]; store.pins(live=True) -> list[Pin]
    store.quarantine(system=None, status="open", limit=None) -> QUARANTINE    # closings refer to its `id`
    store.tasks(status="open", kind=None, limit=None) -> TASK + opened_run, opened_at, run_no; store.task(key)
    store.verify_audit(expect=None) -> AuditReport; store.audit(limit) -> entries, newest first      # see store.audit
    store.approve(Approval(...)); store.approvals(run_id) -> list[Approval]
    store.save_model(version, text); store.adopt_model(version); store.model(version=None) -> (version, text) | None
    store.consumer(name) -> int; store.set_consumer(name, seq)        # cursors of registered feed consumers
"""

from custhub.store.audit import AuditReport
from custhub.store.facts import (
    CLOSING,
    FEED,
    GOLDENS,
    LATEST,
    QUARANTINE,
    QUARANTINED,
    ROW,
    TASK,
    Approval,
    Batch,
    BatchState,
    Changes,
    DecisionRow,
    Erasing,
    Facts,
    GoldenCustomer,
    Run,
    RunKind,
    RunState,
    View,
    task_frame,
)
from custhub.store.history import Written
from custhub.store.inbox import REVOKED
from custhub.store.kinship import HEAD, HOUSEHOLD, TIE, declared
from custhub.store.staging import keys_of
from custhub.store.store import Store
