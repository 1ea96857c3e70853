"""The tables. Rows of the versioned ones carry `run_no` and are only ever added; see the package's docstring.

Times are ISO 8601 text in UTC with microseconds, structured values JSON text: the same on both databases. Text sorts
bytewise on both.
"""

from __future__ import annotations

import sqlalchemy as sa

from custhub.store.documents import Document

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
INT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")  # SQLite: an INTEGER key is the row's own address

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    }
)


def _text(name: str, *, null: bool = False, pk: bool = False) -> sa.Column[str]:
    return sa.Column(name, TEXT, nullable=null, primary_key=pk)


def _int(name: str, *, null: bool = False, pk: bool = False) -> sa.Column[int]:
    return sa.Column(name, INT, nullable=null, primary_key=pk, autoincrement=False)


def _document() -> sa.Column[str]:
    return sa.Column("doc", Document(), nullable=True)


def _flag(name: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean(), nullable=False)


# --- runs and commits ---

run = sa.Table(
    "run",
    metadata,
    sa.Column("run_no", INT, primary_key=True, autoincrement=True),
    sa.Column("run_id", TEXT, nullable=False, unique=True),
    _text("kind"),
    _text("at"),
    _text("state"),
    _int("base_seq", null=True),
    _text("summary"),
)
run_part = sa.Table(  # how much of each table a run has staged
    "run_part", metadata, _int("run_no", pk=True), _text("name", pk=True), _text("digest"), _int("rows"), _int("done")
)
commit_log = sa.Table(
    "commit_log",
    metadata,
    _int("seq", pk=True),
    sa.Column("run_no", INT, nullable=False, unique=True),
    _int("first_event"),
    _int("n_events"),
    _text("at"),
    sa.Index("ix_commit_log_first_event", "first_event", "seq"),
)
feed_head = sa.Table("feed_head", metadata, _int("one", pk=True), _int("seq"), _int("next_event"), _text("at"))

# --- what runs write ---

golden_version = sa.Table(
    "golden_version",
    metadata,
    _text("golden_id", pk=True),
    _int("run_no", pk=True),
    _text("status"),
    _text("moved_to", null=True),
    _text("kind", null=True),
    _text("display_name", null=True),
    _text("members"),
    _text("hash", null=True),
    _document(),
    _text("prov", null=True),
    _int("ord", null=True),  # never null; that of the event that tells of this version, where one does
    sa.Index("ix_golden_version_run_no_ord", "run_no", "ord"),
)
golden_key = sa.Table(  # for look-ups by value; a row counts while its version is the golden customer's current one
    "golden_key",
    metadata,
    _int("digest", pk=True),  # of kind and value, see staging.key_digests
    _int("run_no", pk=True),
    _int("ord", pk=True),  # of the version
    sqlite_with_rowid=False,
)
link = sa.Table(
    "link",
    metadata,
    _text("system", pk=True),
    _text("key", pk=True),
    _int("run_no", pk=True),
    _text("golden_id", null=True),
    sa.Index("ix_link_run_no", "run_no"),
)
source_version = sa.Table(
    "source_version",
    metadata,
    _text("system", pk=True),
    _text("key", pk=True),
    _int("run_no", pk=True),
    _text("row_key"),
    _text("batch_id"),
    _int("position", null=True),
    _text("hash", null=True),
    _text("status"),
    _flag("stale"),
    _text("failed_rules"),
    _document(),
    sa.Index("ix_source_version_run_no", "run_no"),
)
event = sa.Table(
    "event",
    metadata,
    _int("run_no", pk=True),
    _int("ord", pk=True),
    _text("golden_id"),
    _text("type"),
    _text("moved_to", null=True),
    _text("gained"),
    _text("lost"),
    _text("changed"),
    _text("cause", null=True),
)
quarantine = sa.Table(
    "quarantine",
    metadata,
    _int("run_no", pk=True),
    _int("ord", pk=True),
    _text("system"),
    _text("key", null=True),
    _text("row_key", null=True),
    _text("batch_id", null=True),
    _text("stream", null=True),
    _int("position", null=True),
    _text("layer", null=True),
    _text("rule_id"),
    _text("field", null=True),
    _text("reason", null=True),
    _text("raw", null=True),
    _text("severity", null=True),
    sa.Index("ix_quarantine_system_row_key", "system", "row_key"),
)
closing = sa.Table(  # ends a quarantine row, once its run is committed
    "closing",
    metadata,
    _int("opened_run", pk=True),
    _int("opened_ord", pk=True),
    _int("run_no", pk=True),
    _text("status"),
    _text("who", null=True),
    _text("why", null=True),
    sa.Index("ix_closing_run_no", "run_no"),
)
task = sa.Table(
    "task",
    metadata,
    _text("key", pk=True),
    _int("run_no", pk=True),
    _text("kind"),
    _text("title"),
    _text("refs"),
    _text("golden_ids"),
    _text("detail"),
    _int("worth"),
    _text("status"),
    _text("assignee", null=True),
    _text("answer", null=True),
    sa.Index("ix_task_run_no", "run_no"),
)

# --- what was landed ---

batch = sa.Table(
    "batch",
    metadata,
    sa.Column("batch_no", INT, primary_key=True, autoincrement=True),
    sa.Column("batch_id", TEXT, nullable=False, unique=True),
    _text("source"),
    _text("at"),
    _text("folder"),
    _flag("full_load"),
    _text("state"),  # "landing" until the batch is whole: nobody sees it before
    _text("ledger"),
    _text("info"),
    _int("run_no", null=True),
    sa.Index("ix_batch_run_no", "run_no"),
)
source_row = sa.Table(  # the latest batch_no of a key counts, among batches that are whole
    "source_row",
    metadata,
    _text("source", pk=True),
    _text("row_key", pk=True),
    _int("batch_no", pk=True),
    _text("row_hash", null=True),
    _int("position", null=True),
    _flag("present"),
    sa.Index("ix_source_row_batch_no", "batch_no"),
)
source_state = sa.Table("source_state", metadata, _text("source", pk=True), _text("state"))

# --- what people said ---

decision = sa.Table(
    "decision",
    metadata,
    _text("id", pk=True),
    _int("run_no"),
    _text("left_system"),
    _text("left_key"),
    _text("right_system"),
    _text("right_key"),
    _text("judgement"),
    _text("by"),
    _text("at"),
    _text("reason"),
    _text("superseded_by", null=True),
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
    _text("id", pk=True),
    _int("run_no"),
    _text("anchor_system"),
    _text("anchor_key"),
    _text("attribute"),
    _text("value"),
    _text("by"),
    _text("at"),
    _text("reason"),
    _text("until", null=True),
    _text("seen", null=True),
    _text("superseded_by", null=True),
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
    _text("plan_hash", pk=True),
    _text("run_id"),
    _text("budget"),
    _text("by"),
    _text("at"),
    sa.Index("ix_approval_run_id", "run_id"),
)

audit = sa.Table(  # see store.audit; body and salt are null once they are erased
    "audit",
    metadata,
    _int("no", pk=True),
    _text("at"),
    _text("what"),
    _text("by"),
    _text("salt", null=True),
    _text("body", null=True),
    _text("digest"),
    _text("chain"),
)
erased = sa.Table(  # source keys that may not come back, as keyed digests; see store.erasing
    "erased", metadata, _text("digest", pk=True), _text("system"), _text("at")
)

# --- the house ---

key_count = sa.Table(  # key ledgers of runs that were about to be published; see store.carrying
    "key_count",
    metadata,
    _int("run_no", pk=True),
    _text("system", pk=True),
    _int("upto"),
    *(_int(name) for name in ("seen", "attached", "quarantined", "deleted", "excluded", "stale", "withdrawn")),
)

lease = sa.Table("lease", metadata, _int("one", pk=True), _text("holder"), _text("until"))
model = sa.Table("model", metadata, _text("version", pk=True), _text("text"), _text("at"), _text("adopted", null=True))
consumer = sa.Table("consumer", metadata, _text("name", pk=True), _int("seq"), _text("at"))
house = sa.Table("house", metadata, _text("name", pk=True), _text("value"))

STAGED: dict[str, sa.Table] = {
    t.name: t for t in (source_version, link, golden_version, golden_key, event, quarantine, closing, task)
}
"""The tables that runs stage into."""
