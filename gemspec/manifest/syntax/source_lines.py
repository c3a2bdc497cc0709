"""Reads the line that a problem points at again, when the problem is shown.

`discovery.filesystem` notes every file that is read, and `discovery.search` keeps standard input, if it is small. A
line is shown only if its file was read in this run and has not changed since: otherwise the place would be wrong. So
thousands of loaded files are not kept in memory.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import TYPE_CHECKING

from gemspec.domain.errors import STDIN
from gemspec.manifest.syntax.encoding import lines_of

if TYPE_CHECKING:
    from gemspec.domain.errors import Origin

_MAX_BYTES = 8 * 1024 * 1024
_SPLIT_AT_LF = frozenset([".jsonl", ".ndjson"])


@dataclass(slots=True)
class Sources:
    """What was read: a stamp for each file by its shown name, standard input itself, and the file shown last."""

    _stamps: dict[str, tuple[int, ...]] = field(default_factory=dict)
    _stdin: bytes = b""
    _last: tuple[str, list[str]] = ("", [])

    def note(self, name: str, status: os.stat_result) -> None:
        """Remember that a file was read, and its version. Lines of an earlier version are dropped."""
        self._stamps[name] = _stamp(status)
        if name == self._last[0]:
            self.release()

    def keep_stdin(self, data: bytes) -> None:
        """Keep standard input, which cannot be read twice, unless it is large."""
        self._stdin = data if len(data) <= _MAX_BYTES else b""
        if self._last[0] == STDIN:
            self.release()

    def line(self, origin: Origin) -> str | None:
        """Give the line at a place, without its end; None where there is none, or the file is not what was read."""
        if not origin.line:
            return None
        if self._last[0] != origin.file or not self._is_unchanged(origin.file):
            data = self._stdin if origin.file == STDIN else self._read(origin.file)
            self._last = (origin.file, lines_of(data, at_lf=PurePath(origin.file).suffix.lower() in _SPLIT_AT_LF))
        lines = self._last[1]
        return lines[origin.line - 1] if origin.line <= len(lines) else None

    def release(self) -> None:
        """Drop the lines of the file that was shown last."""
        self._last = ("", [])

    def _is_unchanged(self, name: str) -> bool:
        try:
            return name == STDIN or _stamp(os.stat(name)) == self._stamps.get(name)
        except OSError:
            return False

    def _read(self, name: str) -> bytes:
        """Read a file if it is unchanged, else give b"". Never blocks, since it was a regular file."""
        if name not in self._stamps or not self._is_unchanged(name):
            return b""
        try:
            with open(name, "rb") as file:
                if _stamp(os.fstat(file.fileno())) != self._stamps[name]:
                    return b""  # replaced since, perhaps by a file that may not be read
                data = file.read(_MAX_BYTES + 1)
        except OSError:
            return b""
        return data if len(data) <= _MAX_BYTES and self._is_unchanged(name) else b""


def _stamp(status: os.stat_result) -> tuple[int, ...]:
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns


# Shared by the process: places are plain values, and name their file without knowing who read it.
SOURCES = Sources()
