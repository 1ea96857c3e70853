"""Key ledgers as they were when runs were published, so that the next run works out its own from what it changes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from custhub.store.columns import columns

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "key_count",
        *columns("run_no:int system upto:int"),
        *columns("seen:int attached:int quarantined:int deleted:int excluded:int stale:int withdrawn:int"),
        sa.PrimaryKeyConstraint("run_no", "system", name="pk_key_count"),
    )
