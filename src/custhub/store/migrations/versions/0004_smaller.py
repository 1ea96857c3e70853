"""A smaller store: documents as bytes, and look-up keys as digests that point to a version by its number in the run.

Documents that are there stay as they are and readable, new ones are compressed (store.documents). SQLite asks no type of a
value, so its tables of documents stay as they are.
"""

from __future__ import annotations

import hashlib
from collections import Counter

import sqlalchemy as sa
from alembic import op

from custhub.store.columns import columns

revision = "0004"
down_revision = "0003"

_ROWS = 20_000


def upgrade() -> None:
    connection = op.get_bind()
    if connection.dialect.name == "postgresql":
        for table in ("source_version", "golden_version"):
            op.execute(f"ALTER TABLE {table} ALTER COLUMN doc TYPE bytea USING convert_to(doc, 'UTF8')")
        op.execute("ALTER TABLE golden_key RENAME CONSTRAINT pk_golden_key TO pk_golden_key_old")
    op.execute("ALTER TABLE golden_version RENAME COLUMN event_ord TO ord")
    _number(connection)
    op.drop_index("ix_golden_version_run_no", "golden_version")
    op.create_index("ix_golden_version_run_no_ord", "golden_version", ["run_no", "ord"])
    op.rename_table("golden_key", "golden_key_old")
    op.create_table(
        "golden_key",
        *columns("digest:int run_no:int ord:int"),
        sa.PrimaryKeyConstraint("digest", "run_no", "ord", name="pk_golden_key"),
        sqlite_with_rowid=False,
    )
    _file_keys(connection)
    op.drop_table("golden_key_old")


def _number(connection: sa.Connection) -> None:
    """Versions of which no event tells get the numbers after the run's events."""
    last = Counter(
        {
            row.run_no: row.n
            for row in connection.execute(sa.text("SELECT run_no, max(ord) AS n FROM event GROUP BY run_no"))
        }
    )
    untold = "SELECT run_no, golden_id FROM golden_version WHERE ord IS NULL ORDER BY run_no, golden_id"
    rows = []
    for run_no, golden_id in connection.execute(sa.text(untold)):
        last[run_no] += 1
        rows.append({"n": last[run_no], "r": run_no, "g": golden_id})
    if rows:
        set_ = sa.text("UPDATE golden_version SET ord = :n WHERE golden_id = :g AND run_no = :r")
        connection.execute(set_, rows)


def _file_keys(connection: sa.Connection) -> None:
    old = (
        "SELECT k.kind, k.value, k.run_no, v.ord FROM golden_key_old k"
        " JOIN golden_version v ON v.golden_id = k.golden_id AND v.run_no = k.run_no"
    )
    new = sa.text("INSERT INTO golden_key (digest, run_no, ord) VALUES (:d, :r, :o) ON CONFLICT DO NOTHING")
    found = connection.execute(sa.text(old), execution_options={"stream_results": True})
    for some in found.partitions(_ROWS):
        connection.execute(new, [{"d": _digest(kind, value), "r": r, "o": o} for kind, value, r, o in some])


def _digest(kind: str, value: str) -> int:
    return int.from_bytes(hashlib.blake2b(f"{kind}\n{value}".encode(), digest_size=8).digest(), "big", signed=True)
