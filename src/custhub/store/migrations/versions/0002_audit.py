"""The audit log, and the keys of erased source records."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from custhub.store.columns import columns

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "audit",
        *columns("no:int at what by salt? body? digest chain"),
        sa.PrimaryKeyConstraint("no", name="pk_audit"),
    )
    op.create_table(
        "erased",
        *columns("digest system at"),
        sa.PrimaryKeyConstraint("digest", name="pk_erased"),
    )
