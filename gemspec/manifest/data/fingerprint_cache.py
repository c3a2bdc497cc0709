"""What data files came to, remembered between runs, so that a plan does not read again what has not changed.

Used by `build`; what a create sends is always read (`Workspace.examples`). An entry is found by all that it depends on:
the reader's version and options, and of each file its name, device, inode, size and both times, to the nanosecond. A
file that had changed less than two seconds before it was looked at is not remembered: a second change within one tick
of the clock would not show. Without the file, or with one that cannot be read or written, everything is read; a plan is
the same.
"""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import TYPE_CHECKING

import msgspec

from gemspec.domain.errors import Origin, Problem, Severity
from gemspec.domain.model import Dataset
from gemspec.util import atomic_file

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence
    from pathlib import Path

_VERSION = 1  # of what is read out of data, and of how it is remembered here
_MOST = 20_000  # blocks of data, about 150 bytes each, and as much for a warning
_MOST_WARNINGS = 100  # of a block; one with more is read again
_SUM = 16  # bytes
_SETTLED = 2_000_000_000  # nanoseconds: the coarsest clock of a file system that is in use (FAT)

_Entry = tuple[str, int, int, list[tuple[str, str, str, int]]]


@dataclass(frozen=True, slots=True)
class Identity:
    """What a block of data depends on. `is_settled`: its files had been at rest when they were looked at, so that a
    change since then shows.
    """

    digest: str
    is_settled: bool = field(compare=False)

    @classmethod
    def of(cls, options: Sequence[object], files: Sequence[tuple[str, os.stat_result]]) -> Identity:
        """Take the reader's options, and each file by its shown name."""
        stamps = [(name, s.st_dev, s.st_ino, s.st_size, s.st_mtime_ns, s.st_ctime_ns) for name, s in files]
        text = repr((_VERSION, tuple(options), stamps)).encode("utf-8", "backslashreplace")
        changed = max((max(s.st_mtime_ns, s.st_ctime_ns) for _, s in files), default=0)
        return cls(blake2b(text, digest_size=16).hexdigest(), time.time_ns() - changed >= _SETTLED)


@dataclass(frozen=True, slots=True)
class Measured:
    """What a block of data without problems came to, and what is doubtful about its rows."""

    dataset: Dataset
    warnings: tuple[Problem, ...] = ()


@dataclass(slots=True)
class Known:
    """The memory of one run: read at its first question, written at its end if there is something new.

    What is read in the run itself is known at once, be the files at rest or not: thousands of manifests may name the
    same data, and what is sent in the end is read again.
    """

    path: Path | None = None
    _read_now: dict[str, Measured] = field(default_factory=dict)
    _entries: dict[str, _Entry] | None = None
    _used: dict[str, _Entry] = field(default_factory=dict)
    _has_new: bool = False

    def find(self, identity: Identity) -> Measured | None:
        """Give what these files came to when they were read."""
        if identity.digest in self._read_now:
            return self._read_now[identity.digest]
        if self._entries is None:
            self._entries = self._read()
        entry = self._entries.get(identity.digest)
        if entry is None:
            return None
        self._used[identity.digest] = entry
        fingerprint, examples, characters, warnings = entry
        told = (
            Problem(summary, detail, Origin(file, line), Severity.WARNING) for summary, detail, file, line in warnings
        )
        return Measured(Dataset(fingerprint, examples, characters), tuple(told))

    def keep(self, identity: Identity, measured: Measured) -> None:
        """Remember what was read just now, for other runs too if the files had been at rest before that."""
        self._read_now[identity.digest] = measured
        if not identity.is_settled or len(measured.warnings) > _MOST_WARNINGS:
            return
        dataset = measured.dataset
        origins = [(one, one.origin or Origin("")) for one in measured.warnings]
        warnings = [(one.summary, one.detail, origin.file, origin.line) for one, origin in origins]
        self._used[identity.digest] = (dataset.fingerprint, dataset.examples, dataset.characters, warnings)
        self._has_new = True

    def save(self) -> None:
        """Write it down if there is something new, with what this run used at the end; of too many the first go."""
        if not self._has_new:
            return
        others = {digest: entry for digest, entry in (self._entries or {}).items() if digest not in self._used}
        entries = [*others.items(), *self._used.items()][-_MOST:]
        with contextlib.suppress(OSError):
            path = self._path()
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            content = msgspec.msgpack.encode(dict(entries))
            atomic_file.replace(str(path), _sum(content) + content, private=True)

    def _read(self) -> dict[str, _Entry]:
        try:
            data = self._path().read_bytes()
            content = data[_SUM:]
            is_whole = data[:_SUM] == _sum(content)
            return msgspec.msgpack.decode(content, type=dict[str, _Entry]) if is_whole else {}
        except (OSError, msgspec.DecodeError):
            return {}

    def _path(self) -> Path:
        """Where it is. Raises FileNotFoundError where the user has no home."""
        import platformdirs

        try:
            return self.path or platformdirs.user_cache_path("gemspec") / "data.msgpack"
        except RuntimeError as error:
            raise FileNotFoundError(str(error)) from error


def _sum(content: bytes) -> bytes:
    """What stands before the content: a bit that fell over would otherwise be taken for other data, again and again."""
    return blake2b(content, digest_size=_SUM).digest()
