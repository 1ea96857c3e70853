"""The audit log, and the keys of erased source records."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
INT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "audit",
        sa.Column("no", INT, nullable=False, autoincrement=False),
        *(sa.Column(name, TEXT, nullable=False) for name in ("at", "what", "by")),
        *(sa.Column(name, TEXT, nullable=True) for name in ("salt", "body")),
        *(sa.Column(name, TEXT, nullable=False) for name in ("digest", "chain")),
        sa.PrimaryKeyConstraint("no", name="pk_audit"),
    )
    op.create_table(
        "erased",
        *(sa.Column(name, TEXT, nullable=False) for name in ("digest", "system", "at")),
        sa.PrimaryKeyConstraint("digest", name="pk_erased"),
    )
