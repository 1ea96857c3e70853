"""Where something is at a source, for errors."""

from __future__ import annotations

from dataclasses import dataclass

from custhub.errors import SourceError


@dataclass(frozen=True, slots=True)
class Place:
    """A stream of a source and, when it comes from files, the file."""

    source: str
    stream: str
    file: str = ""

    def error(self, problem: str, hint: str = "", *, retryable: bool = False) -> SourceError:
        where = f"stream {self.stream}" + (f", file {self.file}" if self.file else "")
        return SourceError(self.source, where, problem, hint, retryable=retryable)

    def cut_off(self, problem: str) -> SourceError:
        """The error for a file that ends too early."""
        return self.error(problem, "the file was cut off: have it sent again, then run again", retryable=True)
