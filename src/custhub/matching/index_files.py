"""A match index in a folder: written beside what is there, made current by one rename, memory-mapped when read.

`<folder>/<n>/` holds one generation's files and never changes; a segment is written once and named by the generations
after it. `current.json` names the generation that readers get; `pending-<name>.json` one that waits to be `promoted`.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.ipc

from custhub.matching.arrays import Ints
from custhub.matching.block import Blocks
from custhub.matching.constraints import Decided
from custhub.matching.index import MatchIndex, Segment
from custhub.matching.model import Model

FORMAT = 2
_CURRENT = "current.json"


def save_index(index: MatchIndex, folder: Path, *, stamp: str, name: str, base: MatchIndex | None = None) -> None:
    """Writes a generation that waits for `promote_index`. Segments that `base`, as it was loaded, has too are not
    written again. `stamp` says what the index is good for; `load_index` asks for the same."""
    folder.mkdir(parents=True, exist_ok=True)
    generation = 1 + max((int(p.name) for p in folder.iterdir() if p.name.isdigit()), default=0)
    part = folder / f".{name}.part"
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir()
    known = _described(folder) if base is not None else []
    segments = []
    for number, segment in enumerate(index.segments):
        if base is not None and number < len(base.segments) and segment is base.segments[number]:
            segments.append(known[number])
        else:
            segments.append(
                {"folder": str(generation), "name": f"segment{number}", **_write_segment(segment, part, number)}
            )
    for array in ("alive", "reach", "clusters"):
        np.save(part / f"{array}.npy", getattr(index, array))
    np.savez(part / "decided.npz", same=index.decided.same, different=index.decided.different)
    index.pairs.write_ipc(part / "pairs.arrow")
    part.rename(folder / str(generation))
    told = {
        "format": FORMAT, "stamp": stamp, "generation": generation, "segments": segments, "too_large": index.too_large
    }  # fmt: skip
    _whole(folder / f"pending-{name}.json", json.dumps(told))


def promote_index(folder: Path, name: str) -> None:
    """Makes what waits under `name` the index that is read, and clears away what nothing refers to any more."""
    pending = folder / f"pending-{name}.json"
    if not pending.exists():
        return
    pending.replace(folder / _CURRENT)
    for other in folder.glob("pending-*.json"):
        other.unlink()
    told = json.loads((folder / _CURRENT).read_text())
    used = {str(told["generation"]), *(segment["folder"] for segment in told["segments"])}
    for old in folder.iterdir():
        if old.is_dir() and old.name not in used:
            shutil.rmtree(old, ignore_errors=True)


def load_index(folder: Path, model: Model, *, stamp: str) -> MatchIndex | None:
    """The current index under `model`; None when there is none, it is not whole, or it has another stamp."""
    try:
        told = json.loads((folder / _CURRENT).read_text())
        if told["format"] != FORMAT or told["stamp"] != stamp:
            return None
        at = folder / str(told["generation"])
        decided = np.load(at / "decided.npz")
        return MatchIndex(
            model=model,
            segments=tuple(_read_segment(folder, segment) for segment in told["segments"]),
            alive=np.load(at / "alive.npy"),
            reach=np.load(at / "reach.npy"),
            clusters=np.load(at / "clusters.npy"),
            pairs=_mapped_frame(at / "pairs.arrow"),
            too_large=tuple(tuple(rows) for rows in told["too_large"]),
            decided=Decided(decided["same"], decided["different"]),
        )
    except (OSError, ValueError, KeyError, pa.ArrowException, pl.exceptions.PolarsError):
        return None


def _described(folder: Path) -> list[dict[str, Any]]:
    segments: list[dict[str, Any]] = json.loads((folder / _CURRENT).read_text())["segments"]
    return segments


def _write_segment(segment: Segment, part: Path, number: int) -> dict[str, Any]:
    """Frame, hashes and rows in files of their own; tells each key's names and sizes."""
    segment.frame.write_ipc(part / f"segment{number}.arrow")
    keys = []
    with (part / f"segment{number}.hashes").open("wb") as hashes, (part / f"segment{number}.rows").open("wb") as rows:
        for parts in segment.blocks:
            for blocks in parts:
                np.asarray(blocks.hashes, dtype="<i8").tofile(hashes)
                np.asarray(blocks.rows, dtype="<i4").tofile(rows)
            keys.append([(blocks.key, len(blocks.rows)) for blocks in parts])
    return {"first": segment.first, "keys": keys}


def _read_segment(folder: Path, told: dict[str, Any]) -> Segment:
    file = folder / told["folder"] / told["name"]
    frame = _mapped_frame(file.with_suffix(".arrow"))
    size = sum(length for parts in told["keys"] for _, length in parts)
    hashes, rows = (_mapped(file.with_suffix(end), kind, size) for end, kind in ((".hashes", "<i8"), (".rows", "<i4")))
    blocks, start = [], 0
    for parts in told["keys"]:
        listed = []
        for key, length in parts:
            listed.append(Blocks(key, hashes[start : start + length], rows[start : start + length]))
            start += length
        blocks.append(listed)
    return Segment(told["first"], frame, blocks)


def _mapped_frame(file: Path) -> pl.DataFrame:
    """Through pyarrow: polars reads the whole file."""
    frame = pl.from_arrow(pa.ipc.open_file(pa.memory_map(str(file))).read_all())
    assert isinstance(frame, pl.DataFrame)
    return frame


def _mapped(file: Path, kind: str, size: int) -> Ints:
    """An empty file cannot be mapped; one of another size is not whole."""
    if file.stat().st_size != size * np.dtype(kind).itemsize:
        raise ValueError(f"{file.name} is not whole")
    # As a plain array: slicing a memmap costs a hundred times as much.
    return np.asarray(np.memmap(file, dtype=kind, mode="r", shape=(size,))) if size else np.zeros(0, dtype=kind)


def _whole(file: Path, text: str) -> None:
    part = file.with_suffix(".part")
    part.write_text(text)
    part.replace(file)
