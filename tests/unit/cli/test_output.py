"""How the command talks: JSON-able reports, exit codes, aligned tables."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from custhub.cli import texts
from custhub.cli.app import COMMANDS, app_for
from custhub.cli.output import TerminalProgress, answer, complain, plain
from custhub.errors import (
    ConfigError,
    CusthubError,
    LeaseHeldError,
    Mistake,
    SourceError,
    SourcesFailedError,
    StoppedForPersonError,
    UsageError,
)
from custhub.model.ledger import KeyLedger, RowLedger
from custhub.stewardship import UndoReport


@dataclass(frozen=True)
class Report:
    name: str
    folder: Path
    parts: dict[str, tuple[int, ...]]


def test_a_report_becomes_plain_json(capsys: pytest.CaptureFixture[str]) -> None:
    answer(Report("günther", Path("a/b"), {"x": (1, 2)}), "not asked for", as_json=True)

    assert json.loads(capsys.readouterr().out) == {"name": "günther", "folder": "a/b", "parts": {"x": [1, 2]}}
    assert plain({1: None}) == {"1": None}


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (UsageError("wrong", "do it right"), 2),
        (SourceError("erp", "stream customer", "is gone"), 2),
        (LeaseHeldError("another run", "soon"), 1),
        (StoppedForPersonError("too many deletes", "look"), 1),
        (SourcesFailedError([StoppedForPersonError("a", "b"), SourceError("erp", "stream x", "is gone")]), 2),
        (SourcesFailedError([StoppedForPersonError("a", "b"), StoppedForPersonError("c", "d")]), 1),
    ],
)
def test_an_error_gives_its_code_and_its_words_on_standard_error(
    error: CusthubError, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert complain(error, as_json=False) == code
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == f"custhub: {error}\n"

    assert complain(error, as_json=True) == code
    assert json.loads(capsys.readouterr().err) == {"error": type(error).__name__, "message": str(error)}


def test_mistakes_are_told_one_by_one_to_scripts(capsys: pytest.CaptureFixture[str]) -> None:
    complain(ConfigError([Mistake("connectors/erp.yml", 3, "kind", "is not known", "use sql")]), as_json=True)

    (mistake,) = json.loads(capsys.readouterr().err)["mistakes"]
    assert (mistake["file"], mistake["line"], mistake["key"]) == ("connectors/erp.yml", 3, "kind")


def test_an_error_with_brackets_is_printed_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    complain(UsageError("give [bold]one[/bold] name"), as_json=False)

    assert "[bold]one[/bold]" in capsys.readouterr().err


def test_progress_is_one_line_a_step_when_nobody_watches(capsys: pytest.CaptureFixture[str]) -> None:
    progress = TerminalProgress()
    for done in (1, 2, 3):
        progress("map", done)
    progress("check", 1, 1)
    progress.stop()

    captured = capsys.readouterr()
    assert captured.err.splitlines() == ["  map ...", "  check ..."]
    assert captured.out == ""


def test_ledgers_are_aligned_tables() -> None:
    keys = texts.key_balance({"erp": KeyLedger(seen=1200, attached=1200), "shop": KeyLedger(seen=7, deleted=7)})
    lines = keys.splitlines()
    assert len({len(line.rstrip()) for line in lines[1:]}) == 1
    rows = texts.row_balance({"erp": RowLedger(landed=3, new=3)}, {"erp": 2}, ["erp: customer.tier added"])
    assert rows.splitlines()[-1] == "  erp: customer.tier added"


def test_every_command_can_be_reached_alone_and_with_all_others() -> None:
    def names(words: list[str]) -> set[str]:
        app = app_for(words)
        commands = {c.name or c.callback.__name__ for c in app.registered_commands if c.callback}
        return commands | {str(g.name) for g in app.registered_groups}

    assert names([]) == set(COMMANDS)
    for name in COMMANDS:
        assert name in names([name])


def test_an_undo_tells_counts_first_and_what_stands_in_the_way() -> None:
    counts = {"merge": 0, "revive": 2, "update": 1}
    dry = UndoReport(
        "undo-1", "run run-1", ("run-1",), ("shop-1",), counts, 3, ("d1",), ("run-2 came since",), ("mind",)
    )

    lines = texts.undone(dry).splitlines()

    assert lines[0] == "run run-1: 2 revive, 1 update"
    assert "  in the way: run-2 came since" in lines
    assert lines[-1] == "nothing was done: --with-later takes the later work back too"
    assert texts.undone(replace(dry, seq=7, blocked=())).endswith("custhub release undo-1")
