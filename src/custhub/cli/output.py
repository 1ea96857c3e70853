"""How the command talks: text for people, JSON for scripts, progress on terminals, errors as what/where/what next."""

from __future__ import annotations

import json
import sys
from typing import Any

from pydantic_core import to_jsonable_python
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars

from custhub.errors import ConfigError, CusthubError

console = Console(highlight=False, soft_wrap=True)


class TerminalProgress:
    """A bar per step on a terminal; a plain line when a step begins elsewhere. Writes to standard error."""

    def __init__(self) -> None:
        self._console = Console(stderr=True, highlight=False)
        self._steps: dict[str, Any] = {}
        columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
        self._bars = Bars(*columns, TimeElapsedColumn(), console=self._console, transient=True)
        if self._console.is_terminal:
            self._bars.start()

    def __call__(self, step: str, done: int, total: int | None = None) -> None:
        if not self._console.is_terminal:
            if step not in self._steps:
                self._steps[step] = done
                self._console.print(f"  {step} ...")
            return
        if step not in self._steps:
            self._steps[step] = self._bars.add_task(step, total=total)
        self._bars.update(self._steps[step], completed=done, total=total)

    def stop(self) -> None:
        if self._console.is_terminal:  # elsewhere the bars were never started, and would print an empty line
            self._bars.stop()


def plain(value: Any) -> Any:
    """A result as JSON-able values."""
    return to_jsonable_python(value, fallback=str)


def answer(result: object, text: str, *, as_json: bool) -> None:
    """Prints the result once, in the form that was asked for."""
    if as_json:
        sys.stdout.write(json.dumps(plain(result), ensure_ascii=False) + "\n")
    else:
        console.print(text, markup=False)


def complain(error: CusthubError, *, as_json: bool) -> int:
    """Prints an error and returns the exit code."""
    if as_json:
        problem: dict[str, Any] = {"error": type(error).__name__, "message": str(error)}
        if isinstance(error, ConfigError):
            problem["mistakes"] = plain(error.mistakes)
        sys.stderr.write(json.dumps(problem, ensure_ascii=False) + "\n")
    else:
        Console(stderr=True, highlight=False, soft_wrap=True).print(f"custhub: {error}", markup=False, style="red")
    return error.exit_code


def notice(line: str, *, as_json: bool) -> None:
    """A line on the way to the result; kept off standard output when that is JSON."""
    (Console(stderr=True, highlight=False, soft_wrap=True) if as_json else console).print(line, markup=False)
