"""The golden customers that a plan writes, against the golden rules: what fails becomes a task, and nothing is held up."""

from __future__ import annotations

import json
from collections.abc import Sequence

import polars as pl

from custhub.model.decisions import Task, TaskKind
from custhub.pipeline.hub import Hub
from custhub.plan import Inspection
from custhub.quality import CheckResult, Outcome, Rule, RuleOutcome, Suite, check

RULES = "expectations/golden.customer"
"""The golden rules' fingerprint in the project, and in the summary of a run that was planned with them."""


class Inspector:
    """Asked once by planning; `outcomes` then tells how the rules ended.

    `tasks` are the open and sleeping ones (store.TASK). `everything`: the rules are others than at the last run, so all
    golden customers are looked at, not only those that are written.
    """

    def __init__(self, hub: Hub, tasks: pl.DataFrame, *, everything: bool) -> None:
        self.hub, self.everything = hub, everything
        self.waiting = _by_rule(tasks)
        self.outcomes: tuple[RuleOutcome, ...] = ()

    def __call__(self, written: pl.DataFrame) -> Inspection:
        """What the rules say of `written` (GOLDEN), and of customers with a task: others may have cured them."""
        suite = self.hub.project.suite("golden.customer")
        if written.is_empty() and not self.everything:
            return Inspection()
        if suite is None:
            return Inspection(ended=frozenset(self.waiting["key"]))
        current = self._current(suite, written)
        asked = written.select("golden_id").vstack(self.waiting.select("golden_id")).unique()
        among = current["golden_id"].is_in(asked["golden_id"].implode())
        frame = current if self.everything or among.all() else current.filter(among)
        result = check(suite, frame, current=current, progress=self.hub.progress)
        self.outcomes = result.outcomes
        tasks = _tasks(suite, result, frame)
        return Inspection(tasks, self._ended(result, tasks))

    def _current(self, suite: Suite, written: pl.DataFrame) -> pl.DataFrame:
        """Active golden customers as they will be: all, where a rule compares them, else those with a task."""
        whole = suite.has_set_rules or self.everything
        ids = None if whole else self.waiting["golden_id"].drop_nulls().unique().to_list()
        before = self.hub.store.goldens(ids=ids).select(written.columns).join(written, on="golden_id", how="anti")
        return pl.concat([before, written]).filter(pl.col("status") == "active").sort("golden_id")

    def _ended(self, result: CheckResult, tasks: list[Task]) -> frozenset[str]:
        """Waiting tasks that no rule upholds. A rule that could not be checked says nothing: its tasks stay."""
        upheld = {task.key for task in tasks}
        unproven = {o.rule_id for o in result.outcomes if o.status == Outcome.ERRORED}
        rows = self.waiting.select("key", "rule_id").iter_rows()
        return frozenset(key for key, rule_id in rows if key not in upheld and rule_id not in unproven)


def _by_rule(tasks: pl.DataFrame) -> pl.DataFrame:
    """key, golden_id and rule_id of the tasks that golden rules have opened."""
    mine = tasks.filter((pl.col("kind") == TaskKind.CHECK_FAILED) & pl.col("status").is_in(["open", "asleep"]))
    rule = pl.col("detail").str.json_path_match("$.rule").alias("rule_id")
    return mine.select("key", pl.col("golden_ids").list.first().alias("golden_id"), rule)


def _tasks(suite: Suite, result: CheckResult, customers: pl.DataFrame) -> list[Task]:
    """One task per golden customer and failed rule; a rule on a figure of all customers gets one without customer."""
    rules = {rule.id: rule for rule in suite.rules}
    members = customers.select(key="golden_id", members="members")
    rows = result.verdicts.join(members, on="key", how="left", maintain_order="left")
    failed = [rules[o.rule_id] for o in result.outcomes if o.status == Outcome.FAILED]
    named = rows.select("rule_id", "key", "members").iter_rows()
    return [
        *(_task(rule) for rule in failed if not rule.kind.names_rows),
        *(_task(rules[rule_id], golden_id, refs or ()) for rule_id, golden_id, refs in named),
    ]


def _task(rule: Rule, golden_id: str | None = None, refs: Sequence[str] = ()) -> Task:
    """The detail names the paths, no values: the page reads them at sight, from the customer as it is then."""
    detail = json.dumps({"rule": rule.id, "paths": [*rule.columns, *rule.condition_paths]}, ensure_ascii=False)
    key = ":".join([TaskKind.CHECK_FAILED, rule.id, *([golden_id] if golden_id else [])])
    ids = (golden_id,) if golden_id else ()
    return Task(key, TaskKind.CHECK_FAILED, rule.spec.description, tuple(refs), ids, detail)
