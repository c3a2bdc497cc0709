"""Symbolic links that the search of a project folder comes upon: which of them would hide manifests.

`search` reads a linked file within the folder as any other, and goes into no linked folder, since what is read must
neither depend on what lies outside nor go round in circles. Where that leaves something unread that the search asks
for, its models would look as if they were gone, and would be deleted: so it is an error at the link. A link whose files
the search reads anyway does no harm.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from gemspec.domain.errors import Origin, Problem
from gemspec.manifest.discovery.filesystem import PROJECT_FILE, is_inside, shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gemspec.manifest.discovery.filesystem import Glob

_OUTSIDE = "this symbolic link leads out of the project folder and is not followed"
_HIDDEN = "this symbolic link leads to a folder that is not searched, and is not followed"
_UNNAMED = "this symbolic link leads to files that spec.manifests does not name, and is not followed"
_NOWHERE = "this symbolic link leads nowhere"
_MEND = "mend it, or remove it"
_COPY = "replace it by the file that it leads to"
_REPLACE = "replace it by the file{} that it leads to, or leave it out with spec.manifests"
_NAME = "replace it by the files that it leads to, or name the folder that they are in with spec.manifests"


@dataclass(slots=True)
class SymbolicLinks:
    """The links of one search, judged when it is known what was searched. `globs` is None where every file counts."""

    folder: Path
    globs: tuple[Glob, ...] | None
    _searched: set[PurePosixPath] = field(default_factory=lambda: {PurePosixPath()})
    _of_others: set[PurePosixPath] = field(default_factory=set)
    _linked: list[PurePosixPath] = field(default_factory=list)

    def enter(self, folder: Path) -> bool:
        """Whether the search goes on in `folder`: not where that is a link, nor where it is another project's."""
        relative = PurePosixPath(folder.relative_to(self.folder).as_posix())
        if folder.is_symlink():
            self._linked.append(relative)
            return False
        is_own = not os.path.lexists(folder / PROJECT_FILE)
        (self._searched if is_own else self._of_others).add(relative)
        return is_own

    def missing(self, relative: PurePosixPath) -> None:
        """Take note of a file that is none, if it is a link that led to a folder perhaps: no suffix says otherwise."""
        path = self.folder / relative
        if not relative.suffix and path.is_symlink() and not os.path.exists(path):
            self._linked.append(relative)

    def refused(self, path: Path) -> Problem | None:
        """Say why a file that the search asks for is not read; None where it is no link, or one that is followed."""
        if not path.is_symlink():
            return None
        if not os.path.exists(path):
            return _problem(path, _NOWHERE, _MEND)
        return None if is_inside(self.folder, path) else _problem(path, _OUTSIDE, _REPLACE.format(""))

    def problems(self, files: Iterable[PurePosixPath]) -> Iterator[Problem]:
        """Find the linked folders that hold what the search asks for and has not read; `files` are those it found."""
        files = list(files)
        for link in self._linked:
            if self._reaches(link) and (problem := self._problem(link, files)):
                yield problem

    def _problem(self, link: PurePosixPath, files: list[PurePosixPath]) -> Problem | None:
        path = self.folder / link
        if not os.path.exists(path):
            return _problem(path, _NOWHERE, _MEND)
        if not is_inside(self.folder, path):
            return _problem(path, _OUTSIDE, _REPLACE.format("s"))
        target = PurePosixPath(path.resolve().relative_to(self.folder.resolve()).as_posix())
        if target in self._of_others:
            return None
        if target not in self._searched:
            return _problem(path, _HIDDEN, _NAME)
        return _problem(path, _UNNAMED, _NAME) if self._misses(link, target, files) else None

    def _misses(self, link: PurePosixPath, target: PurePosixPath, files: list[PurePosixPath]) -> bool:
        """Whether the search asks for a file by its name through the link alone."""
        for file in files:
            if file.is_relative_to(target) and self._covers(link / file.relative_to(target)) and not self._covers(file):
                return True
        within = [other for other in self._linked if other.is_relative_to(target)]
        return any(self._reaches(link / other.relative_to(target)) and not self._reaches(other) for other in within)

    def _covers(self, file: PurePosixPath) -> bool:
        return self.globs is None or any(glob.matches(file) for glob in self.globs)

    def _reaches(self, folder: PurePosixPath) -> bool:
        return self.globs is None or any(glob.reaches(folder) for glob in self.globs)


def link_out_of_folder(folder: Path, path: Path) -> Problem | None:
    """Say why a file that is named to be read is not: it stands in a project folder, and leads out of it. What stands
    elsewhere, somebody has named who may.
    """
    is_named_inside = Path(os.path.abspath(path)).is_relative_to(os.path.abspath(folder))
    return _problem(path, _OUTSIDE, _COPY) if is_named_inside and not is_inside(folder, path) else None


def _problem(path: Path, summary: str, advice: str) -> Problem:
    return Problem(summary, advice, Origin(shown(path)))
