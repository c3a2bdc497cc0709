"""Remembers fingerprints of data files between runs, so that a plan does not read unchanged files again.

Used by `builder`; data that a create sends is always read (`Workspace.examples`). The key of an entry covers all that
it depends on: the reader's version and options, and for each file its name, device, inode, size and both times in
nanoseconds. A file that changed less than two seconds ago is not remembered: a second change within the same tick of
the clock would not be noticed. Where the cache cannot be read or written all data is read, and the plan is the same.
"""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import TYPE_CHECKING

import msgspec

from gemspec.domain.errors import Origin, Problem, Severity
from gemspec.domain.training_data import Dataset
from gemspec.util import atomic_file

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence
    from pathlib import Path

_VERSION = 1  # of the reading of data, and of the form of an entry
_MAX_ENTRIES = 20_000  # about 150 bytes each, and as much for a warning
_MAX_WARNINGS = 100  # of an entry; data with more is read again
_SUM = 16  # bytes
_SETTLED = 2_000_000_000  # nanoseconds: the coarsest clock of a file system that is in use (FAT)

_Entry = tuple[str, int, int, list[tuple[str, str, str, int]]]


@dataclass(frozen=True, slots=True)
class CacheKey:
    """The identity of a block of data. `is_settled`: its files had been unchanged for a while when they were read, so
    that a later change is noticed.
    """

    digest: str
    is_settled: bool = field(compare=False)

    @classmethod
    def of(cls, options: Sequence[object], files: Sequence[tuple[str, os.stat_result]]) -> CacheKey:
        """Make the key of the reader's options, and the name and status of each file."""
        stamps = [(name, s.st_dev, s.st_ino, s.st_size, s.st_mtime_ns, s.st_ctime_ns) for name, s in files]
        text = repr((_VERSION, tuple(options), stamps)).encode("utf-8", "backslashreplace")
        changed = max((max(s.st_mtime_ns, s.st_ctime_ns) for _, s in files), default=0)
        return cls(blake2b(text, digest_size=16).hexdigest(), time.time_ns() - changed >= _SETTLED)


@dataclass(frozen=True, slots=True)
class MeasuredData:
    """The fingerprint of a block of data, and the warnings about its rows."""

    dataset: Dataset
    warnings: tuple[Problem, ...] = ()


@dataclass(slots=True)
class FingerprintCache:
    """The cache of a run: read at the first `get`, written by `save` if it has new entries.

    Data that this run has read is found again even if its files are not settled: thousands of manifests may name the
    same data, and data that is sent is read again.
    """

    path: Path | None = None
    _read_now: dict[str, MeasuredData] = field(default_factory=dict)
    _entries: dict[str, _Entry] | None = None
    _used: dict[str, _Entry] = field(default_factory=dict)
    _has_new: bool = False

    def get(self, key: CacheKey) -> MeasuredData | None:
        """Give the fingerprint of these files from the last time that they were read."""
        if key.digest in self._read_now:
            return self._read_now[key.digest]
        if self._entries is None:
            self._entries = self._read()
        entry = self._entries.get(key.digest)
        if entry is None:
            return None
        self._used[key.digest] = entry
        fingerprint, examples, characters, warnings = entry
        problems = (
            Problem(text, detail, Origin(file, line), Severity.WARNING) for text, detail, file, line in warnings
        )
        return MeasuredData(Dataset(fingerprint, examples, characters), tuple(problems))

    def put(self, key: CacheKey, measured: MeasuredData) -> None:
        """Remember data that was just read; for later runs, too, if its files are settled."""
        self._read_now[key.digest] = measured
        if not key.is_settled or len(measured.warnings) > _MAX_WARNINGS:
            return
        dataset = measured.dataset
        places = [(warning, warning.origin or Origin("")) for warning in measured.warnings]
        warnings = [(warning.summary, warning.detail, place.file, place.line) for warning, place in places]
        self._used[key.digest] = (dataset.fingerprint, dataset.examples, dataset.characters, warnings)
        self._has_new = True

    def save(self) -> None:
        """Write the entries if there are new entries, those of this run last. Beyond a limit the first are dropped."""
        if not self._has_new:
            return
        others = {digest: entry for digest, entry in (self._entries or {}).items() if digest not in self._used}
        entries = [*others.items(), *self._used.items()][-_MAX_ENTRIES:]
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
        """Give the file of the cache. Raises FileNotFoundError where the user has no home."""
        import platformdirs

        try:
            return self.path or platformdirs.user_cache_path("gemspec") / "data.msgpack"
        except RuntimeError as error:
            raise FileNotFoundError(str(error)) from error


def _sum(content: bytes) -> bytes:
    """Give the checksum before the content: without it, a flipped bit would look like changed data in every run."""
    return blake2b(content, digest_size=_SUM).digest()
