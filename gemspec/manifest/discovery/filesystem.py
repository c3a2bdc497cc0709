"""The files of a project folder: their names as people type them, the walk, globs, and checks that paths stay inside.

Used by `search` (for manifests) and `data.files` (for data). Manifests come from other people's pull requests. So a
path in a manifest must not lead out of the folder, even by a symbolic link, and a glob must not take long: globs are
matched folder by folder, over a walk that does not follow links to folders.
"""

from __future__ import annotations

import errno
import os
import re
import stat
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import lru_cache
from io import BufferedReader, FileIO
from itertools import takewhile
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from gemspec.domain.errors import Problem
from gemspec.manifest.syntax.source_lines import SOURCES
from gemspec.util.text import closest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from _typeshed import WriteableBuffer

    from gemspec.domain.errors import Origin

PROJECT_FILE = "gemspec.yaml"
IS_URL = "is a URL"
URL_ADVICE = "only files in the project folder can be read"
_GLOB = re.compile(r"[*?[]")
_PIECE = 1024 * 1024  # bytes
_DRIVE = re.compile(r"[A-Za-z]:")


def shown(path: Path) -> str:
    """Name a file as a user would type it: relative to the current folder where inside it, else as it was given."""
    text, here = str(path), os.getcwd()
    short = text.removeprefix(os.path.join(here, "")) if text != here else "."
    if short.isascii() and short.isprintable():
        return short
    # File names are bytes; names that are not UTF-8 or contain line ends must not break the printing of a problem.
    name = os.fsencode(short).decode("utf-8", "backslashreplace")
    return name if name.isprintable() else ascii(name)[1:-1]


def shown_folder(folder: Path) -> str:
    """Name a folder as a user would type it, the current folder in words."""
    name = shown(folder)
    return "the current folder" if name == "." else name


def is_glob(pattern: str) -> bool:
    """Whether `pattern` has wildcards."""
    return bool(_GLOB.search(pattern))


def leaves_folder(path: str) -> str | None:
    """Say why a manifest's path or glob is not a relative path below its folder; None where it is."""
    if path.startswith("/") or _DRIVE.match(path):
        return "is an absolute path"
    if "://" in path:
        return IS_URL
    if ".." in PurePosixPath(path).parts:
        return 'leads out of the project folder ("..")'
    if "\\" in path:
        return 'holds a backslash, where paths are written with "/"'
    if "\0" in path or not path.isprintable():
        return "holds a character that no path should hold"
    return None


def is_inside(folder: Path, path: Path) -> bool:
    """Whether `path` is in `folder`, symbolic links followed."""
    return _below(folder, path) is not None


def real_path(path: Path) -> str:
    """Give the path without symbolic links. A folder is resolved once in a run, so readers must not follow links."""
    name = path.name
    if name in ("", "..") or os.path.islink(path):
        return os.path.realpath(path)
    return os.path.join(_real_folder(str(path.parent), os.getcwd()), name)


@lru_cache(maxsize=1024)
def _real_folder(folder: str, here: str) -> str:
    return os.path.realpath(os.path.join(here, folder))


def _below(folder: Path, path: Path) -> str | None:
    """Give the real path of `path`, relative to the real `folder`; None where it is not in there."""
    root, real = _real_folder(str(folder), os.getcwd()), real_path(path)
    if real == root:
        return "."
    below = real.removeprefix(os.path.join(root, ""))
    return below if len(below) < len(real) else None


@dataclass(frozen=True, slots=True)
class Glob:
    """A glob with `**` for any number of folders; matching takes time linear in both for each folder of a path."""

    parts: tuple[str, ...]

    @classmethod
    def parse(cls, pattern: str) -> Glob:
        """Read a pattern, dropping "." and repeated "**"."""
        parts: list[str] = []
        for part in PurePosixPath(pattern).parts:
            if part != "**" or parts[-1:] != ["**"]:
                parts.append(part)
        return cls((*parts, "*") if parts[-1:] == ["**"] else tuple(parts))

    def matches(self, relative: PurePosixPath) -> bool:
        """Whether a relative path fits, case counting on every system."""
        return len(self.parts) in self._reached(relative)

    def reaches(self, folder: PurePosixPath) -> bool:
        """Whether a path below `folder` could fit."""
        return any(at < len(self.parts) for at in self._reached(folder))

    def _reached(self, relative: PurePosixPath) -> set[int]:
        """Give the numbers of parts of the pattern that can match the whole path."""
        reached = _skip_stars(self.parts, {0})
        for name in relative.parts:
            after = {at for at in reached if self.parts[at : at + 1] == ("**",)}
            after |= {at + 1 for at in reached if at < len(self.parts) and _fits(name, self.parts[at])}
            reached = _skip_stars(self.parts, after)
        return reached


def _fits(name: str, part: str) -> bool:
    return part != "**" and fnmatchcase(name, part)


def _skip_stars(parts: tuple[str, ...], reached: set[int]) -> set[int]:
    return reached | {at + 1 for at in reached if parts[at : at + 1] == ("**",)}


def walk_files(
    folder: Path, enter: Callable[[Path], bool] = lambda _: True, on_error: Callable[[OSError], None] | None = None
) -> Iterator[PurePosixPath]:
    """Yield every file of `folder` and below, as sorted relative paths, without hidden files and folders.

    Links to folders are not followed; `enter` may refuse further folders. `on_error` is called for folders that cannot
    be read.
    """
    found: list[tuple[str, ...]] = []
    for current, folders, files in os.walk(folder, onerror=on_error):
        base = Path(current)
        folders[:] = [name for name in folders if not name.startswith(".") and enter(base / name)]
        parts = base.relative_to(folder).parts
        found.extend((*parts, name) for name in files if not name.startswith("."))
    yield from (PurePosixPath(*parts) for parts in sorted(found))


def find_matching(folder: Path, pattern: str) -> list[PurePosixPath]:
    """Give the files of `folder` that fit a glob, in the order of `walk_files`; walks only the part that can match."""
    glob = Glob.parse(pattern)
    fixed = PurePosixPath(*takewhile(lambda part: not is_glob(part), glob.parts[:-1]))
    for part in (fixed, *fixed.parents[:-1]):
        if part.name.startswith(".") or os.path.islink(folder / part):
            return []
    return [path for path in (fixed / below for below in walk_files(folder / fixed)) if glob.matches(path)]


def nearest_path(folder: Path, path: str) -> str | None:
    """Find the existing path that is most like the missing `path`, which is relative to `folder`."""
    existing = PurePosixPath()
    parts = PurePosixPath(path).parts
    for index, name in enumerate(parts):
        if os.path.exists(folder / existing / name):
            existing /= name
            continue
        close = closest(name, _names(folder / existing))
        return str(PurePosixPath(existing, close, *parts[index + 1 :])) if close else None
    return None


def read_bytes(path: Path, origin: Origin, within: Path | None = None) -> bytes | Problem:
    """Read a regular file; a Problem at `origin` says why not.

    A file in the folder `within` is opened without following links, so that a new link cannot lead out of the folder.
    """
    file = open_file(path, origin, within=within)
    if isinstance(file, Problem):
        return file
    try:
        with file:
            return file.read()
    except OSError as error:
        return unreadable_file(path, error, origin)


def open_file(
    path: Path, origin: Origin, limit: int | None = None, within: Path | None = None
) -> BufferedReader[Any] | Problem:
    """Open a regular file of at most `limit` bytes, as `read_bytes` reads it. Reading raises OSError where it has grown
    beyond that since then.
    """
    opener = _open_inside(within) if within else _open_without_waiting
    try:
        raw = FileIO(path, "rb", opener=opener) if limit is None else _Bounded(path, opener, limit)
        stat_file = os.fstat(raw.fileno())
    except IsADirectoryError:
        return Problem(f"{shown(path)} is a folder", "write the path of a file, or a glob such as *.jsonl", origin)
    except OSError as error:
        return unreadable_file(path, error, origin)
    wrong = None
    if not stat.S_ISREG(stat_file.st_mode):
        wrong = Problem(f"{shown(path)} is not a file", "write the path of a file", origin)
    elif limit is not None and stat_file.st_size > limit:
        wrong = Problem(f"{shown(path)} is larger than {limit // 1024**2} MB", "split it into several files", origin)
    if wrong:
        raw.close()
        return wrong
    SOURCES.note(shown(path), stat_file)
    return BufferedReader(raw)


class _Bounded(FileIO):
    """A file of which at most so many bytes are read, even while it grows."""

    def __init__(self, path: Path, opener: Callable[[str, int], int], limit: int) -> None:
        super().__init__(path, "rb", opener=opener)
        self._limit = limit

    def readinto(self, buffer: WriteableBuffer) -> int:
        count = super().readinto(buffer)
        self._check()
        return count

    def readall(self) -> bytes:
        pieces = []
        while piece := self.read(_PIECE):
            self._check()
            pieces.append(piece)
        return b"".join(pieces)

    def _check(self) -> None:
        if self.tell() > self._limit:
            raise OSError(errno.EFBIG, os.strerror(errno.EFBIG))


def unreadable_file(path: Path, error: OSError, origin: Origin) -> Problem:
    """Say why a file cannot be read."""
    return Problem(f"{shown(path)} cannot be read", (error.strerror or str(error)).lower(), origin)


def stat_file(path: Path) -> os.stat_result | None:
    """Give the status of a regular file, and note it as read; None where there is no such file."""
    try:
        found = os.stat(path)
    except OSError:
        return None
    if not stat.S_ISREG(found.st_mode):
        return None
    SOURCES.note(shown(path), found)
    return found


def _open_without_waiting(path: str, flags: int) -> int:
    """Open without blocking, so that a named pipe in a project cannot stall a run."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def _open_inside(folder: Path) -> Callable[[str, int], int]:
    """Open files by their real paths, folder by folder from `folder`: no part of the path may have become a link."""

    def open_file(path: str, flags: int) -> int:
        root, below = _real_folder(str(folder), os.getcwd()), _below(folder, Path(path))
        if below is None:
            raise OSError(errno.ELOOP, "it leads out of the project folder by now")
        if os.open not in os.supports_dir_fd:  # Windows, where making links needs a privilege
            return _open_without_waiting(os.path.join(root, below), flags)
        current = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
        try:
            *folders, name = below.split(os.sep)
            for part in folders:
                inner = os.open(part, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=current)
                os.close(current)
                current = inner
            return os.open(name, flags | os.O_NONBLOCK | os.O_NOFOLLOW, dir_fd=current)
        finally:
            os.close(current)

    return open_file


def _names(folder: Path) -> list[str]:
    try:
        return sorted(os.listdir(folder))
    except OSError:
        return []
