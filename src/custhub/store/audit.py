"""The audit log: what people decided, in a chain that cannot be rewritten unnoticed.

Each entry holds a digest of its content, keyed with a salt of its own, and a hash over the entry before, so that a changed,
removed or inserted entry breaks the chain. Erasure drops content and salt: the digest stays, the chain still holds, and
nobody can find out by trying what the content was. Whoever may write the whole database could make a new chain: keep its
head (`verify` tells it) somewhere else, and give it to the next `verify`.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from custhub.model.hashing import canonical_json
from custhub.store.balance import miscounted
from custhub.store.database import Database
from custhub.store.facts import RunKind
from custhub.store.tables import (
    STAGED,
    approval,
    audit,
    closing,
    commit_log,
    decision,
    feed_head,
    golden_key,
    pin,
    run,
    task,
)

Said = tuple[str, str, Mapping[str, Any]]
"""What kind of fact, who said it, and its content."""

_START = "0" * 64
_DECISION = ("id", "left_system", "left_key", "right_system", "right_key", "judgement", "by", "at", "reason")
_PIN = ("id", "anchor_system", "anchor_key", "attribute", "value", "by", "at", "reason", "until", "seen")
_APPROVAL = ("plan_hash", "run_id", "budget", "by", "at")
_WAIVER = ("opened_run", "opened_ord", "who", "why")
_SEEN = ("key", "run_no", "refs", "assignee", "answer")


@dataclass(frozen=True, slots=True)
class AuditReport:
    """`head` names the last entry as `number:hash`; `problems` are empty when the log holds."""

    entries: int
    erased: int
    head: str
    problems: tuple[str, ...]


def append(connection: Connection, at: str, said: Iterable[Said]) -> None:
    """Adds entries in the caller's transaction, one writer at a time."""
    entries = list(said)
    if not entries:
        return
    connection.execute(sa.select(feed_head).with_for_update()).one()
    last = connection.execute(sa.select(audit.c.no, audit.c.chain).order_by(audit.c.no.desc()).limit(1)).first()
    no, chain = (last.no, last.chain) if last else (0, _START)
    rows = []
    for what, by, content in entries:
        no, salt, body = no + 1, secrets.token_hex(16), canonical_json(dict(content))
        digest = _digest(salt, body)
        chain = _link(chain, no, at, what, by, digest)
        rows.append(
            {"no": no, "at": at, "what": what, "by": by, "salt": salt, "body": body, "digest": digest, "chain": chain}
        )
    connection.execute(audit.insert(), rows)


def facts_of(connection: Connection, run_no: int) -> Iterator[Said]:
    """What a run's rows say: its decisions, pins, waivers and tasks left as seen, as they stand in the tables."""
    for what, table, names in (("decision", decision, _DECISION), ("pin", pin, _PIN)):
        for row in connection.execute(sa.select(table).where(table.c.run_no == run_no).order_by(table.c.id)).mappings():
            yield what, row["by"], {name: row[name] for name in names}
    closed = sa.select(closing).where(closing.c.run_no == run_no, closing.c.status.in_(list(_CLOSED)))
    for row in connection.execute(closed.order_by(closing.c.opened_run, closing.c.opened_ord)).mappings():
        yield _CLOSED[row["status"]], row["who"] or "", {name: row[name] for name in _WAIVER}
    for row in connection.execute(_seen().where(task.c.run_no == run_no).order_by(task.c.key)).mappings():
        yield _seen_of(row)


def _seen_of(row: sa.RowMapping) -> Said:
    return "seen", str(row["assignee"]), {name: row[name] for name in _SEEN}


def _seen() -> sa.Select[Any]:
    """Tasks that a person has seen and left so; an erasure takes the answer away."""
    by_hand = sa.select(run.c.run_no).where(run.c.kind == RunKind.DECISION.value)
    left = (task.c.status == "asleep", task.c.assignee.is_not(None), task.c.answer.is_not(None))
    return sa.select(task).where(*left, task.c.run_no.in_(by_hand))


def approval_of(values: Mapping[str, Any]) -> Said:
    return "approval", str(values["by"]), {name: values[name] for name in _APPROVAL}


def take_up(connection: Connection, at: str, *, everything: bool) -> None:
    """What stands in the tables of a store from before there was a log begins it; of one from before tasks left as seen were
    told, only these, where the log has them not."""
    if not everything:
        known: dict[str, dict[str, str]] = {}
        for row in connection.execute(sa.select(audit).where(audit.c.what == "seen", audit.c.body.is_not(None))):
            _remember(known, row)
        left = connection.execute(_seen().order_by(task.c.run_no, task.c.key)).mappings()
        untold = [row for row in left if f"{row['key']}/{row['run_no']}" not in known.get("seen", {})]
        return append(connection, at, [_seen_of(row) for row in untold])
    runs = sa.select(commit_log.c.run_no).order_by(commit_log.c.seq)
    facts = [said for run_no in connection.scalars(runs).all() for said in facts_of(connection, run_no)]
    given = connection.execute(sa.select(approval).order_by(approval.c.at, approval.c.plan_hash)).mappings()
    append(connection, at, [*facts, *(approval_of(dict(row)) for row in given)])


def verify(database: Database, expect: str | None = None) -> AuditReport:
    """Works out the chain again, whether decisions, pins, approvals and waivers are what the log says, and whether every
    commit and all rows that it wrote are there.

    `expect`: a head that was noted before; it must still be in the chain.
    """
    problems: list[str] = []
    no, chain = 0, _START
    known: dict[str, dict[str, str]] = {}
    empty: set[int] = set()
    noted = expect is None
    with database.read() as connection:
        for row in connection.execute(sa.select(audit).order_by(audit.c.no)):
            no += 1
            if row.no != no:
                problems.append(f"entry {no} is missing")
                no = row.no
            if row.body is None:
                empty.add(no)
            elif _digest(row.salt or "", row.body) != row.digest:
                problems.append(f"entry {row.no} does not say what it said")
            else:
                _remember(known, row)
            chain = _link(chain, row.no, row.at, row.what, row.by, row.digest)
            if chain != row.chain:
                problems.append(f"the chain breaks at entry {row.no}")
                chain = row.chain
            noted = noted or expect == f"{row.no}:{row.chain}"
        problems += _against_tables(connection, known)
    told = {stripped for body in known.get("erasure", {}).values() for stripped in json.loads(body)["stripped"]}
    problems += [f"entry {one} is empty, and no erasure says so" for one in sorted(empty - told)]
    if not noted:
        problems.append(f"the head {expect} that was noted is not in the log")
    problems += _lost(database)
    return AuditReport(no, len(empty), f"{no}:{chain}", tuple(problems))


def _lost(database: Database) -> Iterator[str]:
    """Commits and rows of runs that are there no more, or were never written by custhub."""
    with database.read() as connection:
        made = connection.execute(sa.select(feed_head.c.seq)).scalar_one()
        kept = connection.execute(sa.select(sa.func.count()).select_from(commit_log)).scalar_one()
    if made != kept:
        yield f"{made} commits were made, and {kept} are there"
    counted = [table for table in STAGED.values() if table is not golden_key]  # an erasure takes these away
    for table, run_no, written, there in miscounted(database, counted):
        yield f"run {run_no} wrote {written} rows into {table}, and {there} are there"


def entries(database: Database, limit: int) -> list[dict[str, Any]]:
    """The latest entries, newest first."""
    select = sa.select(audit.c.no, audit.c.at, audit.c.what, audit.c.by, audit.c.body)
    with database.read() as connection:
        rows = connection.execute(select.order_by(audit.c.no.desc()).limit(limit)).mappings().all()
    return [{**row, "body": None if row["body"] is None else json.loads(row["body"])} for row in rows]


def strip(connection: Connection, refs: set[tuple[str, str]], *, by: str, at: str, name: str) -> int:
    """Drops content and salt of all entries about some source records; their digests stay. `name`: of the erasure."""
    stripped = []
    for row in connection.execute(sa.select(audit.c.no, audit.c.body).where(audit.c.body.is_not(None))):
        said = json.loads(row.body)
        about = {(said.get(f"{side}_system"), said.get(f"{side}_key")) for side in ("left", "right", "anchor")}
        about |= {tuple(ref.split(":", 1)) for ref in json.loads(said.get("refs", "[]"))}
        if about & refs:
            stripped.append(row.no)
    for no in stripped:
        connection.execute(audit.update().where(audit.c.no == no).values(salt=None, body=None))
    append(connection, at, [("erasure", by, {"id": name, "stripped": stripped})])
    return len(stripped)


def _digest(salt: str, body: str) -> str:
    return hmac.new(bytes.fromhex(salt), body.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()


def _link(before: str, no: int, at: str, what: str, by: str, digest: str) -> str:
    return hashlib.sha256("\n".join((before, str(no), at, what, by, digest)).encode()).hexdigest()


_CLOSED = {"waived": "waiver", "revoked": "unwaive"}
"""Closings of quarantined rows that a person made, by their status: what the log calls them."""

_IDENTITY = {
    "decision": ("id",),
    "pin": ("id",),
    "approval": ("plan_hash",),
    "seen": ("key", "run_no"),
    **dict.fromkeys(_CLOSED.values(), ("opened_run", "opened_ord")),
}


def _remember(known: dict[str, dict[str, str]], row: Any) -> None:
    """What the log says last of each fact, by its name."""
    said = json.loads(row.body)
    known.setdefault(row.what, {})["/".join(str(said[n]) for n in _IDENTITY.get(row.what, ("id",)))] = row.body


def _against_tables(connection: Connection, known: dict[str, dict[str, str]]) -> Iterator[str]:
    """Facts that the tables tell otherwise than the log, do not tell, or tell without the log."""
    committed = sa.select(closing).join(commit_log, commit_log.c.run_no == closing.c.run_no)
    sources: tuple[tuple[str, Any, tuple[str, ...]], ...] = (
        ("decision", sa.select(decision), _DECISION),
        ("pin", sa.select(pin), _PIN),
        ("approval", sa.select(approval), _APPROVAL),
        ("seen", _seen(), _SEEN),
        *((what, committed.where(closing.c.status == status), _WAIVER) for status, what in _CLOSED.items()),
    )
    for what, select, names in sources:
        logged = dict(known.get(what, {}))
        for row in connection.execute(select).mappings():
            name = "/".join(str(row[n]) for n in _IDENTITY[what])
            body = logged.pop(name, None)
            if body is None:
                yield f"{what} {name} is not in the log"
            elif body != canonical_json({n: row[n] for n in names}):
                yield f"{what} {name} is not what the log says"
            if row.get("superseded_by") == "released" and name not in known.get("release", {}):
                yield f"{what} {name} was ended, and the log does not say so"
        yield from (f"{what} {name} is in the log and nowhere else" for name in logged)
