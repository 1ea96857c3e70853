from datetime import UTC, datetime
from itertools import islice
from uuid import UUID

from custhub.model.ids import uuid7s

AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def test_ids_are_version_7_and_carry_the_time() -> None:
    drawn = UUID(next(uuid7s(AT, "run")))

    assert drawn.version == 7
    assert drawn.int >> 80 == int(AT.timestamp() * 1000)


def test_ids_increase_and_never_repeat() -> None:
    drawn = list(islice(uuid7s(AT, "run"), 5000))

    assert drawn == sorted(set(drawn))


def test_the_same_run_draws_the_same_ids_and_another_run_others() -> None:
    first, again, other = (list(islice(uuid7s(AT, seed), 10)) for seed in ("a", "a", "b"))

    assert first == again
    assert not set(first) & set(other)
