"""The two ledgers of "no row is lost"."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from custhub.errors import BalanceError


@dataclass(frozen=True, slots=True)
class RowLedger:
    """Where each landed row of a batch went."""

    landed: int
    new: int = 0
    changed: int = 0
    unchanged: int = 0
    superseded: int = 0
    excluded: int = 0
    unreadable: int = 0

    def check(self, batch_id: str) -> None:
        """Raises BalanceError when the parts do not add up to what was landed."""
        parts = asdict(self)
        if parts.pop("landed") != sum(parts.values()) or min(parts.values()) < 0:
            raise BalanceError("row ledger", f"batch {batch_id}", asdict(self))


@dataclass(frozen=True, slots=True)
class KeyLedger:
    """Where each source key that was ever seen is now. `stale` is a part of `attached`, told apart for the reader;
    `withdrawn` was brought by a run that was undone and is held back."""

    seen: int
    attached: int = 0
    quarantined: int = 0
    deleted: int = 0
    excluded: int = 0
    stale: int = 0
    withdrawn: int = 0

    def check(self, system: str) -> None:
        """Raises BalanceError when a key is nowhere or in two places."""
        places = self.attached + self.quarantined + self.deleted + self.excluded + self.withdrawn
        if self.seen != places or self.stale > self.attached:
            raise BalanceError("key ledger", f"source {system}", asdict(self))
