"""Checks the symbolic links of a project folder: a link must not hide manifests.

`search` reads a linked file within the folder like any other file, but does not enter linked folders: the desired state
must not depend on files outside, and the search must end. Where `spec.manifests` covers a file that is not read because
of that, its models would seem to be removed, and would be deleted. So the link is an error. A link to files that the
search reads anyway is harmless.
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
_FIX = "mend it, or remove it"
_COPY = "replace it by the file that it leads to"
_REPLACE = "replace it by the file{} that it leads to, or leave it out with spec.manifests"
_NAME = "replace it by the files that it leads to, or name the folder that they are in with spec.manifests"


@dataclass(slots=True)
class SymbolicLinks:
    """The links of a search, checked at its end. `globs` is None where every file counts."""

    folder: Path
    globs: tuple[Glob, ...] | None
    _searched: set[PurePosixPath] = field(default_factory=lambda: {PurePosixPath()})
    _other_projects: set[PurePosixPath] = field(default_factory=set)
    _linked: list[PurePosixPath] = field(default_factory=list)

    def enter(self, folder: Path) -> bool:
        """Whether the search enters `folder`: not if that is a link, nor if it belongs to another project."""
        relative = PurePosixPath(folder.relative_to(self.folder).as_posix())
        if folder.is_symlink():
            self._linked.append(relative)
            return False
        is_own = not os.path.lexists(folder / PROJECT_FILE)
        (self._searched if is_own else self._other_projects).add(relative)
        return is_own

    def note_dangling(self, relative: PurePosixPath) -> None:
        """Note a dangling link that may have led to a folder, as its name without suffix suggests."""
        path = self.folder / relative
        if not relative.suffix and path.is_symlink() and not os.path.exists(path):
            self._linked.append(relative)

    def link_problem(self, path: Path) -> Problem | None:
        """Say why a covered file is not read; None where it is not a link, or a link that is followed."""
        if not path.is_symlink():
            return None
        if not os.path.exists(path):
            return _problem(path, _NOWHERE, _FIX)
        return None if is_inside(self.folder, path) else _problem(path, _OUTSIDE, _REPLACE.format(""))

    def problems(self, files: Iterable[PurePosixPath]) -> Iterator[Problem]:
        """Find linked folders with covered files that the search has not read; `files` are those that it found."""
        files = list(files)
        for link in self._linked:
            if self._reaches(link) and (problem := self._problem(link, files)):
                yield problem

    def _problem(self, link: PurePosixPath, files: list[PurePosixPath]) -> Problem | None:
        path = self.folder / link
        if not os.path.exists(path):
            return _problem(path, _NOWHERE, _FIX)
        if not is_inside(self.folder, path):
            return _problem(path, _OUTSIDE, _REPLACE.format("s"))
        target = PurePosixPath(path.resolve().relative_to(self.folder.resolve()).as_posix())
        if target in self._other_projects:
            return None
        if target not in self._searched:
            return _problem(path, _HIDDEN, _NAME)
        return _problem(path, _UNNAMED, _NAME) if self._misses(link, target, files) else None

    def _misses(self, link: PurePosixPath, target: PurePosixPath, files: list[PurePosixPath]) -> bool:
        """Whether a file is covered only by its path through the link."""
        for file in files:
            if file.is_relative_to(target) and self._covers(link / file.relative_to(target)) and not self._covers(file):
                return True
        within = [linked for linked in self._linked if linked.is_relative_to(target)]
        return any(self._reaches(link / linked.relative_to(target)) and not self._reaches(linked) for linked in within)

    def _covers(self, file: PurePosixPath) -> bool:
        return self.globs is None or any(glob.matches(file) for glob in self.globs)

    def _reaches(self, folder: PurePosixPath) -> bool:
        return self.globs is None or any(glob.reaches(folder) for glob in self.globs)


def link_out_of_folder(folder: Path, path: Path) -> Problem | None:
    """Refuse a named file in the project folder that is a link out of it; None for any other file."""
    is_named_inside = Path(os.path.abspath(path)).is_relative_to(os.path.abspath(folder))
    return _problem(path, _OUTSIDE, _COPY) if is_named_inside and not is_inside(folder, path) else None


def _problem(path: Path, summary: str, advice: str) -> Problem:
    return Problem(summary, advice, Origin(shown(path)))
