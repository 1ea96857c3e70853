"""How columns are written down, for the tables and for the migrations."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
INT = sa.BigInteger().with_variant(sa.Integer(), "sqlite")  # SQLite: an INTEGER key is the row's own address
_TYPES: dict[str, Any] = {"": TEXT, "int": INT, "flag": sa.Boolean()}

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
}


def columns(words: str) -> Iterator[sa.Column[Any]]:
    """Columns by name: texts, or `name:int`, `name:flag`; `*name` is part of the key, `name?` may be null."""
    for word in words.split():
        name, _, kind = word.strip("*?").partition(":")
        key, null = word.startswith("*"), word.endswith("?")
        yield sa.Column(name, _TYPES[kind], nullable=null, primary_key=key, autoincrement=False)
