"""What an undo works with."""

from __future__ import annotations

from dataclasses import dataclass

from custhub.plan import Before, Current
from custhub.stewardship.holding import Held
from custhub.store import Run


@dataclass(frozen=True, slots=True)
class Taken:
    """One undo before it is planned: what is now, what is to be again, and how it holds.

    `what` names it. `ended`: live decisions that simply end. `blocked`: why later work stands in the way, empty when it
    may go on. `rules`: prints of the rules whose work is taken back.
    """

    what: str
    current: Current
    before: Before
    held: Held
    runs: tuple[Run, ...] = ()
    batches: tuple[str, ...] = ()
    ended: tuple[str, ...] = ()
    blocked: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
