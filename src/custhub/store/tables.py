"""The tables. Rows of the versioned ones carry `run_no` and are only ever added; see the package's docstring.

Times are ISO 8601 text in UTC with microseconds, structured values JSON text: the same on both databases. Text sorts
bytewise on both.
"""

from __future__ import annotations

import sqlalchemy as sa

from custhub.store.columns import INT, NAMES, TEXT, columns
from custhub.store.documents import Document

metadata = sa.MetaData(naming_convention=NAMES)

# --- runs and commits ---

run = sa.Table(
    "run",
    metadata,
    sa.Column("run_no", INT, primary_key=True, autoincrement=True),
    sa.Column("run_id", TEXT, nullable=False, unique=True),
    *columns("kind at state base_seq:int? summary"),
)
run_part = sa.Table(  # how much of each table a run has staged
    "run_part", metadata, *columns("*run_no:int *name digest rows:int done:int")
)
commit_log = sa.Table(
    "commit_log",
    metadata,
    *columns("*seq:int"),
    sa.Column("run_no", INT, nullable=False, unique=True),
    *columns("first_event:int n_events:int at"),
    sa.Index("ix_commit_log_first_event", "first_event", "seq"),
)
feed_head = sa.Table("feed_head", metadata, *columns("*one:int seq:int next_event:int at"))

# --- what runs write ---

golden_version = sa.Table(
    "golden_version",
    metadata,
    *columns("*golden_id *run_no:int status moved_to? kind? display_name? members hash?"),
    sa.Column("doc", Document(), nullable=True),
    *columns("prov?"),
    *columns("ord:int?"),  # never null; that of the event that tells of this version, where one does
    sa.Index("ix_golden_version_run_no_ord", "run_no", "ord"),
)
golden_key = sa.Table(  # for look-ups by value; a row counts while its version is the golden customer's current one
    "golden_key",
    metadata,
    *columns(
        "*digest:int *run_no:int *ord:int"
    ),  # the digest of kind and value, see staging.key_digests; a version's place
    sqlite_with_rowid=False,
)
link = sa.Table(
    "link",
    metadata,
    *columns("*system *key *run_no:int golden_id?"),
    sa.Index("ix_link_run_no", "run_no"),
)
source_version = sa.Table(
    "source_version",
    metadata,
    *columns("*system *key *run_no:int row_key batch_id position:int? hash? status stale:flag failed_rules"),
    sa.Column("doc", Document(), nullable=True),
    sa.Index("ix_source_version_run_no", "run_no"),
)
event = sa.Table(
    "event",
    metadata,
    *columns("*run_no:int *ord:int golden_id type moved_to? gained lost changed cause?"),
)
quarantine = sa.Table(
    "quarantine",
    metadata,
    *columns("*run_no:int *ord:int system key? row_key? batch_id? stream? position:int? layer? rule_id field?"),
    *columns("reason? raw? severity?"),
    sa.Index("ix_quarantine_system_row_key", "system", "row_key"),
)
closing = sa.Table(  # ends a quarantine row, once its run is committed
    "closing",
    metadata,
    *columns("*opened_run:int *opened_ord:int *run_no:int status who? why?"),
    sa.Index("ix_closing_run_no", "run_no"),
)
task = sa.Table(
    "task",
    metadata,
    *columns("*key *run_no:int kind title refs golden_ids detail worth:int status assignee? answer?"),
    sa.Index("ix_task_run_no", "run_no"),
)

# --- what was landed ---

batch = sa.Table(
    "batch",
    metadata,
    sa.Column("batch_no", INT, primary_key=True, autoincrement=True),
    sa.Column("batch_id", TEXT, nullable=False, unique=True),
    *columns("source at folder full_load:flag"),
    *columns("state"),  # "landing" until the batch is whole: nobody sees it before
    *columns("ledger info run_no:int?"),
    sa.Index("ix_batch_run_no", "run_no"),
)
source_row = sa.Table(  # the latest batch_no of a key counts, among batches that are whole
    "source_row",
    metadata,
    *columns("*source *row_key *batch_no:int row_hash? position:int? present:flag"),
    sa.Index("ix_source_row_batch_no", "batch_no"),
)
source_state = sa.Table("source_state", metadata, *columns("*source state"))

# --- what people said ---

decision = sa.Table(
    "decision",
    metadata,
    *columns("*id run_no:int left_system left_key right_system right_key judgement by at reason superseded_by?"),
    sa.Index("ix_decision_run_no", "run_no"),
)
sa.Index(
    "uq_decision_live",
    decision.c.left_system,
    decision.c.left_key,
    decision.c.right_system,
    decision.c.right_key,
    unique=True,
    sqlite_where=decision.c.superseded_by.is_(None),
    postgresql_where=decision.c.superseded_by.is_(None),
)
pin = sa.Table(
    "pin",
    metadata,
    *columns("*id run_no:int anchor_system anchor_key attribute value by at reason until? seen? superseded_by?"),
    sa.Index("ix_pin_run_no", "run_no"),
)
sa.Index(
    "uq_pin_live",
    pin.c.anchor_system,
    pin.c.anchor_key,
    pin.c.attribute,
    unique=True,
    sqlite_where=pin.c.superseded_by.is_(None),
    postgresql_where=pin.c.superseded_by.is_(None),
)
approval = sa.Table(
    "approval",
    metadata,
    *columns("*plan_hash run_id budget by at"),
    sa.Index("ix_approval_run_id", "run_id"),
)

audit = sa.Table(  # see store.audit; body and salt are null once they are erased
    "audit",
    metadata,
    *columns("*no:int at what by salt? body? digest chain"),
)
erased = sa.Table(  # source keys that may not come back, as keyed digests; see store.erasing
    "erased", metadata, *columns("*digest system at")
)

# --- the house ---

key_count = sa.Table(  # key ledgers of runs that were about to be published; see store.carrying
    "key_count",
    metadata,
    *columns("*run_no:int *system upto:int"),
    *columns("seen:int attached:int quarantined:int deleted:int excluded:int stale:int withdrawn:int"),
)

lease = sa.Table("lease", metadata, *columns("*one:int holder until"))
model = sa.Table("model", metadata, *columns("*version text at adopted?"))
consumer = sa.Table("consumer", metadata, *columns("*name seq:int at"))
house = sa.Table("house", metadata, *columns("*name value"))

STAGED: dict[str, sa.Table] = {
    t.name: t for t in (source_version, link, golden_version, golden_key, event, quarantine, closing, task)
}
"""The tables that runs stage into."""
