"""Double-byte characters that were cut: a byte lost in the middle shifts what follows, a full field ends in half."""

from __future__ import annotations

import re

from custhub.clean.characters import HAN
from custhub.clean.commonness import badness

_CODECS = ("gb18030", "cp950")
_MARK = re.compile("[?\ufffd]")
_odd_ascii = re.compile(f"[{HAN}][A-Za-z@\\[\\]\\\\^_`{{|}}~][{HAN}]").search
_half_at_end = re.compile(f"[{HAN}][?\ufffd]$").search
_GAIN = 0.15
_LIKELY = 0.5  # how bad a proposal may be


def fixed_width(values: list[str]) -> int | None:
    """The width in bytes of a column that looks cut to a fixed width: several values end in half a character there."""
    cut = [len(value[:-1].encode("gb18030", "replace")) + 1 for value in values if _half_at_end(value)]
    width = max(cut, default=0)
    return width if cut.count(width) >= 2 or (width and width == max(_widths(values))) else None


def _widths(values: list[str]) -> list[int]:
    return [len(value.encode("gb18030", "replace")) for value in values]


def propose(value: str, width: int | None) -> str | None:
    """What a cut value most likely was, with U+FFFD for the lost character; null when nothing is amiss."""
    if (
        _half_at_end(value)
        and badness(value[:-1]) <= _LIKELY
        and ("\ufffd" in value or width == len(value[:-1].encode("gb18030", "replace")) + 1)
    ):
        return value[:-1] + "\ufffd"
    mark = _MARK.search(value)
    if not mark and not _odd_ascii(value):
        return None
    head, tail = (value[: mark.start()], value[mark.end() :]) if mark else ("", value)
    if not tail or not re.search(f"[{HAN}]", tail):
        return None
    best: tuple[float, str] | None = None
    for codec in _CODECS:
        shifted = _shift(tail, codec)
        if shifted is not None and (best is None or badness(shifted) < best[0]):
            best = (badness(shifted), shifted)
    if best and best[0] <= _LIKELY and badness(tail) + (_GAIN if _odd_ascii(tail) else 0.0) - best[0] >= _GAIN:
        return f"{head}\ufffd{best[1]}"
    return None


def _shift(tail: str, codec: str) -> str | None:
    """The tail read one byte later: its first byte is the second half of the lost character."""
    try:
        shifted = tail.encode(codec)[1:].decode(codec)
    except UnicodeError:
        return None
    return None if re.search("[\x80-\x9f\ue000-\uf8ff]", shifted) or _odd_ascii(shifted) else shifted
