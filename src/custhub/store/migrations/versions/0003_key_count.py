"""Key ledgers as they were when runs were published, so that the next run works out its own from what it changes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
INT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
FIGURES = ("seen", "attached", "quarantined", "deleted", "excluded", "stale", "withdrawn")


def upgrade() -> None:
    op.create_table(
        "key_count",
        sa.Column("run_no", INT, nullable=False, autoincrement=False),
        sa.Column("system", TEXT, nullable=False),
        *(sa.Column(name, INT, nullable=False) for name in ("upto", *FIGURES)),
        sa.PrimaryKeyConstraint("run_no", "system", name="pk_key_count"),
    )
