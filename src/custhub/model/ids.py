"""Golden ids: UUID version 7 (RFC 9562), drawn when a plan is made and standing in it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime


def uuid7s(at: datetime, seed: str) -> Iterator[str]:
    """An endless, strictly increasing run of UUIDv7 texts for logical time `at`.

    The random bits come from SHA-256 over `seed` and a counter, so that planning twice with one seed (the run's id)
    gives the same ids: a killed and repeated plan is the same plan.
    """
    millis = int(at.timestamp() * 1000) & ((1 << 48) - 1)
    seeded = hashlib.sha256(f"{seed}/".encode())
    count = 0
    while True:
        # 12 bits of rand_a and the top 20 of rand_b carry the counter, so that ids sort in the order drawn.
        digest = seeded.copy()
        digest.update(b"%d" % count)
        noise = int.from_bytes(digest.digest()[:6], "big") & ((1 << 42) - 1)
        high, low = (count >> 20) & 0xFFF, count & 0xFFFFF
        value = (millis << 80) | (0x7 << 76) | (high << 64) | (0b10 << 62) | (low << 42) | noise
        text = f"{value:032x}"
        yield f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
        count += 1
