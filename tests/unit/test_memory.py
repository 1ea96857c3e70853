"""What custhub no longer needs goes back to the machine."""

from __future__ import annotations

import os
import subprocess
import sys

FREES = """
import custhub
import time
import polars as pl
import psutil

frames = [pl.DataFrame({"a": ["x" * n for n in range(3000)]}) for _ in range(40)]
held = psutil.Process().memory_info().rss
del frames
time.sleep(1)
pl.DataFrame({"a": [1]})
print(held, psutil.Process().memory_info().rss)
"""


def test_memory_of_frames_that_are_gone_is_given_back() -> None:
    variables = {name: value for name, value in os.environ.items() if name != "_RJEM_MALLOC_CONF"}
    told = subprocess.run([sys.executable, "-c", FREES], env=variables, capture_output=True, text=True, check=True)
    held, left = map(int, told.stdout.split())
    assert held - left > 100 << 20  # of 180 MB
