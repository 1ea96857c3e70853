"""map -> check: a batch's rows become canonical customers, refused rows, and verdicts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import polars as pl

from custhub.errors import StoppedForPersonError
from custhub.mapping import NOTHING_MAPPED
from custhub.model import frames
from custhub.model.hashing import hash_texts
from custhub.model.ledger import RowLedger
from custhub.pipeline.extracting import landed_rows
from custhub.pipeline.hub import Folder, Hub
from custhub.pipeline.overlay import Checked
from custhub.quality import CheckResult, RuleOutcome, check
from custhub.store import QUARANTINED, Batch, BatchState

ROWS = ["row_key", "batch_id", "position"]


@dataclass(frozen=True, slots=True)
class MapReport:
    """What became of a batch's rows in mapping; `unknown_codes` as `list=code` with the rows that hold it."""

    batch_id: str
    rows: int
    customers: int
    rejected: int
    excluded: int
    unknown_codes: dict[str, int]
    doubtful: dict[str, int]  # values let through with a warning, by rule


def map_batch(hub: Hub, batch_id: str) -> MapReport:
    """Maps the rows of a batch that are still the latest of their keys; writes the frames into the batch's folder."""
    batch = hub.store.batch(batch_id)
    folder = hub.batch_folder(batch_id)
    work = _latest(hub, batch, folder.read("work"))
    mapping = hub.project.mappings[batch.source]
    torn = _torn(hub, batch.source, work)
    landed = landed_rows(hub, batch.source, work.join(torn, on="row_key", how="anti", maintain_order="left"))
    mapped = mapping.apply(landed, batch_id=batch_id) if landed else NOTHING_MAPPED
    rejected = pl.concat([mapped.rejected, torn, _orphans(hub, batch, folder)])
    written = {"customers": mapped.customers, "rejected": rejected, "excluded": mapped.excluded}
    written |= {"issues": mapped.issues, "mapped": work}
    for name, frame in written.items():
        folder.write(name, frame)
    ledger = _with_excluded(batch, folder.read("work"), mapped.excluded)
    ledger.check(batch_id)
    unknown = {f"{row[0]}={row[1]}": int(row[2]) for row in mapped.unknown_codes.iter_rows()}
    hub.store.set_batch(batch_id, state=BatchState.MAPPED, ledger=ledger, info={"unknown_codes": unknown})
    doubtful = dict(mapped.issues["rule_id"].value_counts().sort("rule_id").iter_rows())
    rows = work.height, mapped.customers.height, rejected.height, mapped.excluded.height
    return MapReport(batch_id, *rows, unknown, doubtful)


def _latest(hub: Hub, batch: Batch, work: pl.DataFrame) -> pl.DataFrame:
    """A row that was landed again since is the newer batch's business."""
    if batch.info["root"] and hub.store.batches(source=batch.source)[-1].batch_id == batch.batch_id:
        return work  # its own rows; those that are worked on again may have been withdrawn meanwhile
    latest = hub.store.rows(batch.source).filter("present").select("row_key", "batch_id")
    return work.join(latest, on=["row_key", "batch_id"], how="semi", maintain_order="left")


def _with_excluded(batch: Batch, work: pl.DataFrame, excluded: pl.DataFrame) -> RowLedger:
    """The row ledger with the rows that a named filter left out taken out of new and changed."""
    landed = work.filter(pl.col("change").is_in(["new", "changed"]))
    kept = dict(landed.join(excluded, on="row_key", how="anti").group_by("change").len().iter_rows())
    new, changed = kept.get("new", 0), kept.get("changed", 0)
    return replace(batch.ledger, new=new, changed=changed, excluded=landed.height - new - changed)


def _torn(hub: Hub, source: str, work: pl.DataFrame) -> pl.DataFrame:
    """Families with a row that cannot be read, as refused rows, unless a person accepted them without that child row."""
    parts = [frames.empty(frames.REJECTED)]
    for (batch_id,), rows in work.group_by("batch_id", maintain_order=True):
        batch = hub.store.batch(str(batch_id))
        unread = hub.batch_folder(batch.batch_id).read("unread")
        lost = pl.read_parquet(hub.batch_folder(batch.batch_id).path / "landed" / batch.info["unreadable"])
        lost = lost.join(rows, left_on="_key", right_on="row_key", how="semi", maintain_order="left")
        parts.append(_refused(_matters(lost, batch, unread["row_key"]), batch))
    accepted = hub.store.quarantine(system=source, status="waived")
    return pl.concat(parts).join(accepted, on=["row_key", "batch_id", "rule_id"], how="anti", maintain_order="left")


def _matters(lost: pl.DataFrame, batch: Batch, unread: pl.Series) -> pl.DataFrame:
    """Child rows, and root rows in place of which no readable one counts; those come first."""
    is_root = pl.col("stream") == batch.info["root"]
    matters = lost.filter(~is_root | pl.col("_key").is_in(unread.implode()))
    return pl.concat([matters.filter(is_root), matters.filter(~is_root)])


def _refused(lost: pl.DataFrame, batch: Batch) -> pl.DataFrame:
    """Unreadable rows (root rows first) as one refused row a family."""
    is_root = pl.col("stream").first() == batch.info["root"]
    streams = pl.col("stream").unique(maintain_order=True).str.join(", ")
    torn = pl.format("a row of {} that belongs to it cannot be read: {}", streams, pl.col("reason").first())
    families = lost.group_by("_key", maintain_order=True).agg(
        pl.col("stream", "position").first(),
        pl.col("raw").str.join("\n"),
        rule_id=pl.when(is_root)
        .then(pl.col("rule_id").first())
        .otherwise(pl.lit(f"landed.{batch.source}.child_unreadable")),
        reason=pl.when(is_root).then(pl.col("reason").first()).otherwise(torn),
    )
    told = {"system": pl.lit(batch.source), "batch_id": pl.lit(batch.batch_id), "layer": pl.lit("landed")}
    return frames.conform(families.with_columns(key="_key", row_key="_key", **told), frames.REJECTED)


def cannot_be_read(hub: Hub, batch_id: str, row_key: str) -> bool:
    """Whether the row that the batch landed for this key could not be read."""
    return row_key in hub.batch_folder(batch_id).read("unread")["row_key"]


def _orphans(hub: Hub, batch: Batch, folder: Folder) -> pl.DataFrame:
    """Rows kept raw that belong to no customer: unreadable ones and child rows without a root row, as refused rows."""
    if not batch.info["root"]:
        return frames.empty(frames.REJECTED)
    landed, root = folder.path / "landed", batch.info["root"]
    # Those of a family that is here are its matter.
    unread = folder.read("unread").rename({"row_key": "_key"})
    homes = pl.concat([unread, pl.read_parquet(landed / batch.info["streams"][root], columns=["_key"])])
    unreadable = pl.read_parquet(landed / batch.info["unreadable"])
    alone = [
        unreadable.filter(pl.col("stream") == root).join(unread, on="_key", how="anti", maintain_order="left"),
        unreadable.filter(pl.col("stream") != root).join(homes, on="_key", how="anti", maintain_order="left"),
    ]
    parts = [
        pl.concat(alone).select("stream", "position", "rule_id", "reason", "raw"),
        *_orphan_rows(landed, batch, folder.read("orphans")),
    ]
    rows = pl.concat(parts)
    # Without a key of its own a row is known by its content, so that tomorrow's snapshot does not open it again.
    place = pl.concat_str("stream", pl.col("raw").fill_null(""), separator="\n")
    key = pl.lit("?") + place.map_batches(hash_texts, return_dtype=pl.String).str.slice(0, 16)
    named = rows.with_columns(
        key=key, row_key=key, system=pl.lit(batch.source), batch_id=pl.lit(batch.batch_id), layer=pl.lit("landed")
    )
    return frames.conform(named, frames.REJECTED).unique("key", keep="first", maintain_order=True)


def _orphan_rows(landed: Any, batch: Batch, orphans: pl.DataFrame) -> list[pl.DataFrame]:
    parts = []
    for (stream,), keys in orphans.group_by("stream", maintain_order=True):
        rows = pl.read_parquet(landed / batch.info["streams"][stream])
        rows = rows.join(keys.select("_position"), on="_position", how="semi", maintain_order="left")
        values = [c for c in rows.columns if not c.startswith("_")]
        parts.append(
            rows.select(
                stream=pl.lit(stream),
                position="_position",
                rule_id=pl.lit(f"landed.{batch.source}.orphan"),
                reason=pl.lit(f"its parent is not among the rows of {batch.info['root']}"),
                raw=pl.struct(values).struct.json_encode(),
            )
        )
    return parts


@dataclass(frozen=True, slots=True)
class CheckReport:
    """What the expectations said of a batch. `stopped`: ids of rules that stop it."""

    batch_id: str
    outcomes: tuple[RuleOutcome, ...]
    quarantined: int
    warned: int
    stopped: tuple[str, ...]


def check_batch(hub: Hub, batch_id: str, *, accept: bool = False) -> CheckReport:
    """Checks a mapped batch against landed.<source> and canonical.customer and writes the verdicts.

    The batch becomes `checked` unless a rule of severity stop failed and nobody accepts it.
    """
    batch, folder = hub.store.batch(batch_id), hub.batch_folder(batch_id)
    landed, canonical = _landed_check(hub, batch, folder), _canonical_check(hub, batch, folder)
    results = [r for r in (landed, canonical) if r is not None]
    outcomes = tuple(o for r in results for o in r.outcomes)
    verdicts = pl.concat([frames.empty(frames.VERDICT), *(r.verdicts for r in results)])
    verdicts = _without_waived(hub, batch, verdicts)
    folder.write("verdicts", verdicts)
    stopped = tuple(o.rule_id for o in outcomes if o.severity == "stop" and o.status != "passed")
    if not stopped or accept:
        hub.store.set_batch(batch_id, state=BatchState.CHECKED, info={"outcomes": [asdict(o) for o in outcomes]})
    counts = dict(verdicts.unique(["system", "key", "severity"]).group_by("severity").len().iter_rows())
    return CheckReport(batch_id, outcomes, counts.get("quarantine", 0), counts.get("warn", 0), stopped)


def refuse_stopped(reports: Sequence[CheckReport]) -> None:
    """Raises StoppedForPersonError, naming batches and rules, when a batch was stopped."""
    stopped = [r for r in reports if r.stopped]
    if stopped:
        names = "; ".join(f"{r.batch_id}: {', '.join(r.stopped)}" for r in stopped)
        raise StoppedForPersonError(
            f"checks stop {len(stopped)} batch(es): {names}",
            "correct the source or the rule and run again, or accept them with --approve",
        )


def _landed_check(hub: Hub, batch: Batch, folder: Folder) -> CheckResult | None:
    suite = hub.project.suite(f"landed.{batch.source}")
    if suite is None or not batch.info["root"]:
        return None
    rows = landed_rows(hub, batch.source, folder.read("mapped")).get(batch.info["root"])
    if rows is None or rows.is_empty():
        return None
    return check(suite, rows, progress=hub.progress)


def _canonical_check(hub: Hub, batch: Batch, folder: Folder) -> CheckResult | None:
    """None also for a later batch that brings nothing new: the source's rows are those of batches that are checked
    themselves, and that may be waiting for this very run, so that the hub knows of no customer yet."""
    suite = hub.project.suite("canonical.customer")
    customers = folder.read("customers")
    nothing = all(folder.read(name).is_empty() for name in ("mapped", "deleted"))
    if suite is None or (nothing and len(hub.store.batches(batch.source)) > 1):
        return None
    current = None
    if suite.has_set_rules:
        records = hub.store.records().filter(pl.col("status") == "attached")
        rest = records.join(customers, on=["system", "key"], how="anti", maintain_order="left")
        # Documents are opened for what the rules look at only: this is the one place whose cost grows with the base.
        rest = rest.select("system", "key").hstack(frames.decode_docs(rest["doc"], suite.set_columns))
        current = pl.concat([frames.conform(rest, frames.CANONICAL), customers])
    return check(suite, customers, current=current, progress=hub.progress)


def _without_waived(hub: Hub, batch: Batch, verdicts: pl.DataFrame) -> pl.DataFrame:
    """A person accepted these rows in spite of these rules; that holds until the row comes with other content."""
    waived = hub.store.quarantine(system=batch.source, status="waived")
    work = hub.batch_folder(batch.batch_id).read("mapped").select("row_key", landed_in="batch_id")
    same = waived.join(work, on="row_key", how="inner").filter(pl.col("batch_id") == pl.col("landed_in"))
    return verdicts.join(same, on=["system", "key", "rule_id"], how="anti", maintain_order="left")


def checked_rows(hub: Hub, batch: Batch) -> tuple[Checked, pl.DataFrame]:
    """What a checked batch contributes to the overlay, and its rows for quarantine (store.QUARANTINED)."""
    folder = hub.batch_folder(batch.batch_id)
    work = _latest(hub, batch, folder.read("mapped"))
    system = pl.lit(batch.source).alias("system")
    latest = work.select("row_key")
    mapped = folder.read("customers")
    customers = mapped.filter(pl.col("row_key").is_in(latest["row_key"].implode()))
    rejected = folder.read("rejected").filter(
        pl.col("row_key").is_in(latest["row_key"].implode()) | pl.col("row_key").str.starts_with("?")
    )
    verdicts = folder.read("verdicts").filter(pl.col("severity") != "stop")
    by_row, by_record = verdicts.filter(pl.col("layer") == "landed"), verdicts.filter(pl.col("layer") != "landed")
    refused = by_row.filter(pl.col("severity") == "quarantine").select("system", row_key="key").unique()
    customers = customers.filter(~pl.col("row_key").is_in(refused["row_key"].implode()))
    row_rejects = frames.conform(
        refused.with_columns(key="row_key").join(work, on="row_key", how="left"), frames.REJECTED
    )
    keyed = rejected.filter(~pl.col("row_key").str.starts_with("?"))
    checked = Checked(
        rows=work.select(system, *ROWS),
        customers=customers,
        rejected=pl.concat([keyed, row_rejects]),
        excluded=folder.read("excluded").join(latest, on="row_key", how="semi").select(system, "row_key"),
        verdicts=pl.concat([by_record, _spread(by_row, customers), _doubts(folder.read("issues"))]),
        deleted=_gone(hub, batch, folder.read("deleted")).select(system, "row_key"),
    )
    return checked, _quarantine(hub, batch, work, rejected, _with_row_keys(verdicts, mapped))


def _gone(hub: Hub, batch: Batch, deleted: pl.DataFrame) -> pl.DataFrame:
    """Deleted rows that are still gone: a key that a batch deletes may have come back since."""
    if deleted.is_empty():
        return deleted
    present = hub.store.rows(batch.source).filter("present")
    return deleted.join(present, on="row_key", how="anti")


def _with_row_keys(verdicts: pl.DataFrame, customers: pl.DataFrame) -> pl.DataFrame:
    """Verdicts on landed rows are keyed by the row already; those on customers take the row they came from."""
    rows = customers.select("system", "key", "row_key")
    joined = verdicts.join(rows, on=["system", "key"], how="left", maintain_order="left")
    return joined.with_columns(row_key=pl.coalesce("row_key", "key"))


def _doubts(issues: pl.DataFrame) -> pl.DataFrame:
    """Values that mapping let through although it doubts them, as warnings: they lower the record's trust."""
    return frames.conform(issues.with_columns(severity=pl.lit("warn"), layer=pl.lit("mapping")), frames.VERDICT)


def _spread(by_row: pl.DataFrame, customers: pl.DataFrame) -> pl.DataFrame:
    """Warnings on landed rows, as warnings on all customers of the row."""
    warned = by_row.filter(pl.col("severity") == "warn").rename({"key": "row_key"})
    spread = warned.join(customers.select("system", "row_key", "key"), on=["system", "row_key"], how="inner")
    return frames.conform(spread, frames.VERDICT)


def _quarantine(
    hub: Hub, batch: Batch, work: pl.DataFrame, rejected: pl.DataFrame, verdicts: pl.DataFrame
) -> pl.DataFrame:
    """Refused rows and failed checks of severity quarantine, with the raw row."""
    failed = verdicts.filter(pl.col("severity") == "quarantine")
    rows = failed.join(work.select(*ROWS), on="row_key", how="left", maintain_order="left")
    raw = _raw_rows(hub, batch, rows.select(*ROWS).drop_nulls().unique())
    rows = rows.join(raw, on="row_key", how="left", maintain_order="left")
    placed = pl.concat([frames.conform(rows, frames.REJECTED), rejected]).with_columns(severity=pl.lit("quarantine"))
    return frames.conform(placed, QUARANTINED)


def _raw_rows(hub: Hub, batch: Batch, rows: pl.DataFrame) -> pl.DataFrame:
    """The raw root rows as JSON text: row_key, raw, stream."""
    out = [pl.DataFrame(schema={"row_key": pl.String, "raw": pl.String, "stream": pl.String})]
    if not rows.is_empty():
        root = hub.store.batch(str(rows["batch_id"][0])).info["root"]
        landed = landed_rows(hub, batch.source, rows)[root]
        values = [c for c in landed.columns if not c.startswith("_")]
        raw = pl.struct(values).struct.json_encode().alias("raw")
        out.append(landed.select(pl.col("_key").alias("row_key"), raw, pl.lit(root).alias("stream")))
    return pl.concat(out)
