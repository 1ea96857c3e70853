"""What a command does not need it does not load: memory and start-up are part of what `dedupe` costs."""

from __future__ import annotations

import subprocess
import sys

_HEAVY = (
    "sqlalchemy",
    "pyarrow",
    "opencc",
    "phonenumbers",
    "stdnum",
    "scipy",
    "custhub.pipeline",
    "custhub.clean.person",
)


def test_dedupe_of_latin_names_loads_neither_the_hub_nor_what_other_scripts_need() -> None:
    code = f"""
import sys
import polars as pl
from custhub.cli import matching
names = pl.DataFrame({{"name": [f"Åse {{chr(65 + i % 26)}}berg" for i in range(60)], "born": ["1980-01-02", "1981-03-04"] * 30}})
matching.match(names, matching.infer_rules(names))
print(*(name for name in {_HEAVY} if name in sys.modules))
"""
    assert subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.strip() == ""
