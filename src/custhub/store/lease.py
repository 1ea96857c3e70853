"""The run lease: one run at a time, over Airflow's tasks and the command line."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa

from custhub.errors import CusthubError, LeaseHeldError
from custhub.store.database import Database
from custhub.store.runs import Clock
from custhub.store.tables import lease
from custhub.store.views import stamp


@dataclass(frozen=True, slots=True)
class Leases:
    """Takes, renews and gives back the one lease of a store. Holders are told apart by name only."""

    database: Database
    clock: Clock

    def acquire(self, holder: str, ttl: timedelta) -> None:
        """Takes the lease when it is free, run out, or the holder's own, which keeps it. Raises LeaseHeldError."""
        now = self.clock()
        values = {"holder": holder, "until": stamp(now + ttl)}
        free = sa.or_(lease.c.holder == holder, lease.c.until <= stamp(now))
        insert = self.database.insert(lease).values(one=1, **values)
        take = insert.on_conflict_do_update(index_elements=[lease.c.one], set_=values, where=free)
        with self.database.write() as connection:
            connection.execute(take)
            held = connection.execute(sa.select(lease.c.holder, lease.c.until)).one()
        if held.holder != holder:
            raise LeaseHeldError(held.holder, held.until)

    def release(self, holder: str) -> None:
        """Gives the lease back; harmless when it is not the holder's."""
        with self.database.write() as connection:
            connection.execute(lease.delete().where(lease.c.holder == holder))

    @contextmanager
    def hold(self, holder: str, ttl: timedelta) -> Iterator[HeldLease]:
        """Holds the lease for a block and renews it in the background, three times per `ttl`."""
        self.acquire(holder, ttl)
        held = HeldLease(self, holder, ttl)
        held.start()
        try:
            yield held
        finally:
            held.stop()
            self.release(holder)


class HeldLease:
    """A lease that is being held; `check` before a step that must not run twice."""

    def __init__(self, leases: Leases, holder: str, ttl: timedelta) -> None:
        self._leases, self._holder, self._ttl = leases, holder, ttl
        self._ended = threading.Event()
        self._lost: CusthubError | None = None
        self._thread = threading.Thread(target=self._keep, name="custhub-lease", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._ended.set()
        self._thread.join()

    def check(self) -> None:
        """Raises LeaseHeldError (or StoreError) when the lease could not be kept."""
        if self._lost is not None:
            raise self._lost
        self._leases.acquire(self._holder, self._ttl)

    def _keep(self) -> None:
        while not self._ended.wait(self._ttl.total_seconds() / 3):
            try:
                self._leases.acquire(self._holder, self._ttl)
                self._lost = None
            except LeaseHeldError as taken:
                self._lost = taken
                return
            except CusthubError as error:  # the database may be back before the lease runs out
                self._lost = error
