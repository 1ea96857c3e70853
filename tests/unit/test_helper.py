"""A helper answers; one that has ended, or that another process started, says so at once."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import pytest

from custhub.helper import FAILED, Helper

ADDS = "from custhub.helper import answer; answer(int, lambda a, b: a + b)"


@pytest.fixture
def helper() -> Iterator[Helper]:
    helper = Helper(ADDS)
    yield helper
    helper.close()


def test_it_answers_one_question_after_the_other(helper: Helper) -> None:
    assert [helper.ask(1, 2), helper.ask("a", "b")] == [3, "ab"]


def test_one_that_died_is_told(helper: Helper) -> None:
    helper.wait()
    assert helper.pid
    os.kill(helper.pid, signal.SIGKILL)
    with pytest.raises(FAILED):
        helper.ask(1, 2)


def test_one_that_cannot_do_the_work_is_told(helper: Helper) -> None:
    with pytest.raises(FAILED):
        helper.ask(1, "b")


def test_it_ends_while_it_is_busy() -> None:
    helper = Helper("import time; time.sleep(100)")
    helper.close()
    assert helper.pid is None


def test_a_forked_process_has_none(helper: Helper) -> None:
    helper.wait()
    if (child := os.fork()) == 0:
        os._exit(0 if helper.pid is None else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert helper.ask(1, 2) == 3
