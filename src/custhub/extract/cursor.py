"""How far a stream has been read: the newest cursor value, as it stands in the state, and where to begin again."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation

from custhub.extract.chunks import text_of
from custhub.extract.spec import Cursor, CursorType

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC).replace(tzinfo=None)
_TICKS = {10: timedelta(seconds=1), 13: timedelta(milliseconds=1)}  # since 1970, by the number of digits
_COMPACT = {8: "%Y%m%d", 12: "%Y%m%d%H%M", 14: "%Y%m%d%H%M%S"}
_COMPACT_TIME = {4: "%H%M", 6: "%H%M%S"}
_DATE = re.compile(r"(\d{4})([-/.])(\d\d)\2(\d\d)")
_TIME = re.compile(r"(\d\d):(\d\d)(?::(\d\d)(\.\d{1,9})?)?")
_ZONE = re.compile(r"( ?(?:Z|[+-]\d\d(?::?\d\d)?))?")
_MIDNIGHT = time(0)
_TYPES = {"str": str, "int": int, "Decimal": Decimal, "float": float}


class NoTimeError(ValueError):
    """A cursor value that is no point in time."""


@dataclass(frozen=True, slots=True)
class Mark:
    """One column of a cursor: the driver's type of the value, and its text."""

    type: str
    text: str

    @classmethod
    def of(cls, value: object) -> Mark:
        return cls(type(value).__name__, text_of(value) or "")

    def like(self, text: str) -> object:
        """`text`, which is written as this mark's, in the driver's type."""
        match self.type:
            case "datetime":
                return datetime.fromisoformat(text)
            case "date":
                return date.fromisoformat(text)
            case "time":
                return time.fromisoformat(text)
            case "timedelta":
                return _clock(text)
            case known if known in _TYPES:
                return _TYPES[known](text)
            case _:
                raise NoTimeError(f"values of type {self.type} cannot be a cursor")


def start(marks: Sequence[Mark], cursor: Cursor) -> list[object]:
    """Where the next run begins: the newest values less the lag, in the driver's types. Raises NoTimeError."""
    if cursor.type is CursorType.NUMBER:
        return [_less_number(marks[0], cursor.lag_numbers)]
    return moment_as(marks, moment_of(marks) - cursor.lag)


def moment_of(marks: Sequence[Mark]) -> datetime:
    """The point in time that one mark, or a date's and a time's, tell; without zone. Raises NoTimeError."""
    when = _moment(marks[0].text)
    if len(marks) == 1:
        return when
    at = _clock(marks[1].text)
    return datetime.combine(when.date(), _MIDNIGHT) + at


def moment_as(marks: Sequence[Mark], when: datetime) -> list[object]:
    """`when`, written as `marks` are and in the driver's types."""
    first = marks[0].like(_write(marks[0].text, when))
    return [first] if len(marks) == 1 else [first, marks[1].like(_write_clock(marks[1].text, when))]


def _less_number(mark: Mark, lag: int) -> object:
    try:
        less = Decimal(mark.text) - lag
    except InvalidOperation:
        raise NoTimeError("the cursor is no number") from None
    text = format(less, "f")
    return mark.like(text.zfill(len(mark.text)) if mark.type == "str" and mark.text.startswith("0") else text)


def _moment(text: str) -> datetime:
    try:
        if text.isdecimal():
            return _compact(text)
        day, clock, _ = _parts(text)
        return datetime(int(day[1]), int(day[3]), int(day[4])) + (_clock(clock) if clock else timedelta(0))  # noqa: DTZ001  # the source's own time
    except (ValueError, OverflowError):
        raise NoTimeError("the cursor is no date and time") from None


def _compact(text: str) -> datetime:
    if len(text) in _TICKS:
        return _EPOCH + int(text) * _TICKS[len(text)]
    return datetime.strptime(text, _COMPACT.get(len(text), "?"))  # noqa: DTZ007  # the source's own time


def _parts(text: str) -> tuple[re.Match[str], str, str]:
    """Date, clock time with fraction, and zone of an ISO text."""
    day = _DATE.match(text)
    if day is None:
        raise ValueError
    rest = text[day.end() + 1 :]
    clock = _TIME.match(rest)
    zone = rest[clock.end() :] if clock else text[day.end() :]
    if not _ZONE.fullmatch(zone) or (clock and text[day.end()] not in " T"):
        raise ValueError
    return day, clock[0] if clock else "", zone


def _clock(text: str) -> timedelta:
    try:
        if text.isdecimal():
            parsed = datetime.strptime(text, _COMPACT_TIME.get(len(text), "?"))  # noqa: DTZ007  # a time of day
            return timedelta(hours=parsed.hour, minutes=parsed.minute, seconds=parsed.second)
        found = _TIME.match(text)
        if found is None or not _ZONE.fullmatch(text[found.end() :]):
            raise ValueError
        micros = int((found[4] or ".")[1:7].ljust(6, "0"))
        seconds = int(found[3] or 0)
        return timedelta(hours=int(found[1]), minutes=int(found[2]), seconds=seconds, microseconds=micros)
    except ValueError:
        raise NoTimeError("the second column of the cursor is no time of day") from None


def _write(pattern: str, when: datetime) -> str:
    if pattern.isdecimal():
        if len(pattern) in _TICKS:
            return str((when - _EPOCH) // _TICKS[len(pattern)])
        return when.strftime(_COMPACT[len(pattern)])
    day, clock, zone = _parts(pattern)
    text = when.strftime(f"%Y{day[2]}%m{day[2]}%d")
    return text + (pattern[day.end()] + _write_clock(clock, when) if clock else "") + zone


def _write_clock(pattern: str, when: datetime) -> str:
    if pattern.isdecimal():
        return when.strftime(_COMPACT_TIME[len(pattern)])
    found = _TIME.match(pattern)
    assert found is not None, "only what was read before is written"
    text = when.strftime("%H:%M:%S" if found[3] else "%H:%M")
    # Cut, not rounded: an earlier start reads more, a later one would lose rows.
    return text + (f".{when.microsecond:06}000"[: len(found[4])] if found[4] else "") + pattern[found.end() :]
