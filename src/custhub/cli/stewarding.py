"""`custhub quarantine`, `decide`, `undo`, `release`, `audit`, `erase`: rows that failed, and what was done and should not have been."""

from __future__ import annotations

from typing import Annotated, Literal

import polars as pl
import typer

from custhub import stewardship
from custhub.cli.context import now, open_hub, user
from custhub.cli.options import JsonOption, ProjectOption, Said, command, exclusive
from custhub.cli.texts import erased, undone
from custhub.errors import StoppedForPersonError
from custhub.model.decisions import Judgement
from custhub.model.refs import reference
from custhub.pipeline import Hub

quarantine = typer.Typer(help="Rows that failed, with reasons.", no_args_is_help=True)

audit = typer.Typer(help="What people decided, in a chain that cannot be rewritten unnoticed.", no_args_is_help=True)


@quarantine.command("list")
@command
def list_(
    hub: Hub,
    source: Annotated[str | None, typer.Option(help="only this source")] = None,
    limit: Annotated[int, typer.Option(help="at most so many")] = 50,
    waived: Annotated[bool, typer.Option("--waived", help="those that people accepted instead")] = False,
) -> Said:
    """Open rows, without their values."""
    rows = hub.store.quarantine(system=source, status="waived" if waived else "open").drop("raw")
    shown = rows.head(limit)
    return shown.to_dicts(), _table(shown, rows.height)


def _table(rows: pl.DataFrame, total: int) -> str:
    if not total:
        return "quarantine is empty"
    lines = [f"{total} reasons to hold rows" + (f", the first {rows.height}:" if rows.height < total else ":")]
    for row in rows.iter_rows(named=True):
        where = f"{row['system']}:{row['key']} ({row['stream'] or row['layer']} row {row['position']})"
        lines.append(f"  {row['id'][:12]}  {where}  {row['rule_id']}: {row['reason']}")
    return "\n".join(lines)


@quarantine.command()
@command
def show(
    hub: Hub,
    row: Annotated[str, typer.Argument(help="its id, or the first characters of it")],
) -> Said:
    """One row with its raw values."""
    found = stewardship.quarantined(hub, row)
    return found, "\n".join(f"{k:12} {v}" for k, v in found.items() if v is not None)


@quarantine.command()
@exclusive
def retry(
    hub: Hub,
    source: Annotated[str | None, typer.Option(help="only this source")] = None,
) -> Said:
    """Put quarantined rows to work again with the next run, after a fix of mapping or rules."""
    batches = stewardship.retry(hub, source=source, at=now())
    text = f"{len(batches)} batch(es) wait for the next run: custhub run" if batches else "nothing to try again"
    return batches, text


@quarantine.command()
@exclusive
def waive(
    hub: Hub,
    row: Annotated[str, typer.Argument(help="its id, or the first characters of it")],
    reason: Annotated[str, typer.Option(help="why this row is right in spite of the rule")],
) -> Said:
    """Accept a row in spite of the rule, until it comes with other content."""
    batch = stewardship.waive(hub, row, by=user(), at=now(), reason=reason)
    return {"batch": batch}, "accepted; the next run takes it in: custhub run"


@quarantine.command()
@exclusive
def unwaive(
    hub: Hub,
    row: Annotated[str, typer.Argument(help="its id, or the first characters of it")],
    reason: Annotated[str, typer.Option(help="why this row should not have been accepted")],
) -> Said:
    """Take a waiver back: the next run checks the row anew and goes back to the last good version before it."""
    batch = stewardship.unwaive(hub, row, by=user(), at=now(), reason=reason)
    return {"batch": batch}, "taken back; the next run checks the row anew: custhub run"


@command
def decide(
    hub: Hub,
    left: Annotated[str, typer.Argument(help="a source record, SYSTEM:KEY")],
    right: Annotated[str, typer.Argument(help="another one")],
    judgement: Annotated[Literal["same", "different", "unsure"], typer.Argument(help="what they are")],
    reason: Annotated[str, typer.Option(help="how you know; asked for with `different`")] = "",
) -> Said:
    """Say of two source records that they are the same customer, or different ones; no rule undoes it."""
    refs, said = (reference(left), reference(right)), Judgement(judgement)
    done = stewardship.decide(hub, *refs, said, by=user(), at=now(), reason=reason)
    stored = (
        f"decision {done.decision}: the next run follows it (custhub run); take it back: custhub undo {done.decision}"
    )
    return done, "a second person has to agree: see the inbox" if done.waits else stored


@exclusive
def undo(
    hub: Hub,
    target: Annotated[str, typer.Argument(help="a run, a merged golden customer, or a decision, by its id")],
    reason: Annotated[str, typer.Option(help="why, for those who read it later")] = "",
    with_later: Annotated[bool, typer.Option("--with-later", help="later work that depends on it too")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="say what would be taken back, and do nothing")] = False,
) -> Said:
    """Take back what a run, a merge or a decision did, tell the subscribers, and hold it until it is released."""
    report = stewardship.undo(hub, target, by=user(), at=now(), reason=reason, with_later=with_later, dry=dry_run)
    return report, undone(report)


@exclusive
def release(
    hub: Hub,
    target: Annotated[str, typer.Argument(help="an undo, or one decision that it holds, by its id")],
) -> Said:
    """Let go of what an undo holds: the next run may do it again."""
    report = stewardship.release(hub, target, by=user(), at=now())
    text = (
        f"{report.ended} held decisions ended, {report.again} of people count again, {len(report.batches)} batches wait: "
        "custhub run"
    )
    return report, text


@audit.command()
@command
def verify(
    hub: Hub,
    expect: Annotated[str | None, typer.Option(help="a head noted before: it must still be in the log")] = None,
) -> Said:
    """Work out the chain again: is all that people said what the log says, and is every row there that a run wrote?"""
    report = hub.store.verify_audit(expect)
    if report.problems:
        more = f" and {len(report.problems) - 10} more" if len(report.problems) > 10 else ""
        problem = f"the audit log does not hold: {'; '.join(report.problems[:10])}{more}"
        raise StoppedForPersonError(problem, "compare with a backup: somebody wrote past custhub")
    text = f"{report.entries} entries hold, {report.erased} of them erased; head {report.head} (note it elsewhere)"
    return report, text


@audit.command("list")
@command
def entries(
    hub: Hub,
    limit: Annotated[int, typer.Option(help="at most so many")] = 50,
) -> Said:
    """The latest entries, newest first, without their content."""
    found = [{k: v for k, v in entry.items() if k != "body"} for entry in hub.store.audit(limit)]
    lines = [f"{entry['no']:>6}  {entry['at']}  {entry['what']:10} {entry['by']}" for entry in found]
    return found, "\n".join(lines) or "nothing was decided yet"


@command
def erase(
    target: Annotated[str, typer.Argument(help="a source row as system:key, or a golden customer by its id")],
    project: ProjectOption = None,
    reason: Annotated[str, typer.Option(help="why, for those who read it later; no personal values")] = "",
    yes: Annotated[bool, typer.Option("--yes", help="do not ask")] = False,
    json: JsonOption = False,
) -> Said:
    """Right to erasure: take somebody's values out of everything that custhub keeps. There is no undo."""
    if not yes and not json:
        typer.confirm(f"erase {target} for good?", abort=True)
    with open_hub(project, holder="erase") as hub:
        report = stewardship.erase(hub, target, by=user(), at=now(), reason=reason)
    return report, erased(report)
