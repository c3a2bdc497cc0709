"""Places new manifests where the search of their project finds them, and writes them, never over another file.

Used by `gemspec import`; `writer` makes the text. Files that `search` does not find afterwards are removed again.
"""

from __future__ import annotations

import os
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from gemspec.domain.errors import GemspecError
from gemspec.manifest import load
from gemspec.manifest.discovery.filesystem import Glob, leaves_folder, shown
from gemspec.manifest.discovery.paths import locate_project
from gemspec.manifest.discovery.search import read_project

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from gemspec.manifest import Workspace

_SUFFIXES = (".yaml", ".yml")


@dataclass(frozen=True, slots=True)
class Places:
    """The places of a project for manifests: `patterns` are its `spec.manifests`, None where every file is searched.

    `home` is the innermost folder with all existing manifests, relative to the project's `folder`.
    """

    folder: Path
    patterns: tuple[str, ...] | None
    home: PurePosixPath

    @classmethod
    def of(cls, workspace: Workspace, project: str | None) -> Places:
        """Find the places of a workspace; `project` is the value of --project that it was loaded with."""
        document = read_project(locate_project(None, project)).project
        patterns = document.get("spec", "manifests") if document else None
        known = tuple(str(pattern) for pattern in patterns) if isinstance(patterns, list) else None
        files = [model.origin.file for model in workspace.desired if model.origin]
        return cls(workspace.folder, known, _home(workspace.folder, files))

    def path(self, key: str) -> Path | None:
        """Give the file for a new manifest; None where `spec.manifests` allows no new file."""
        beside = [self.home / f"{key}{suffix}" for suffix in _SUFFIXES]
        named = [_filled(pattern, key) for pattern in self.patterns or ()]
        fitting = (path for path in [*beside, *named] if path and path.suffix in _SUFFIXES and self._covers(path))
        relative = next(fitting, None)
        return self.folder / relative if relative else None

    def _covers(self, relative: PurePosixPath) -> bool:
        return self.patterns is None or any(Glob.parse(pattern).matches(relative) for pattern in self.patterns)


def write_all(texts: Mapping[str, tuple[Path, str]], project: str | None) -> None:
    """Write new files, key -> file and text, all or none: none where a file exists, or the project would not declare a
    key.

    Raises GemspecError, or InputError where the project cannot be loaded with them.
    """
    with ExitStack() as written:
        for path, text in texts.values():
            _write(path, text, written)
        _check_declared({key: path for key, (path, _) in texts.items()}, project)
        written.pop_all()  # they stay


def _write(path: Path, text: str, written: ExitStack) -> None:
    if os.path.lexists(path):
        raise GemspecError(f"{shown(path)} exists already", "no file is ever changed: name a new one with --out")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(path, "xb") as file:
            written.callback(path.unlink, missing_ok=True)
            file.write(text.encode())  # reaches the disk in a single call, so that a crash leaves no half of it
    except OSError as error:
        raise GemspecError(f"{shown(path)} cannot be written", (error.strerror or str(error)).lower()) from error


def _check_declared(paths: Mapping[str, Path], project: str | None) -> None:
    """Raise GemspecError for the first key that the project does not declare in its file."""
    workspace = load((), project=project, allow_empty=True)
    declared = {model.key: model.origin.file for model in workspace.desired if model.origin}
    for key, path in paths.items():
        if key not in declared or not _is_same(declared[key], path):
            place = Places.of(workspace, project).path(key)
            hint = f"--out {shown(place)} would be" if place else "name a file that spec.manifests covers with --out"
            summary = f"{shown(path)} would not be found in this project, so it was not written"
            raise GemspecError(summary, hint)


def _is_same(file: str, path: Path) -> bool:
    """Whether a file's shown name is that of `path`, however that was typed."""
    try:
        return file == shown(path) or os.path.samefile(file, path)
    except OSError:  # a name that cannot be printed is not shown as it is
        return False


def _home(folder: Path, files: list[str]) -> PurePosixPath:
    folders = list(_folders(folder, files))
    return PurePosixPath(os.path.commonpath(folders)) if folders else PurePosixPath()


def _folders(folder: Path, files: list[str]) -> Iterator[PurePosixPath]:
    for file in files:
        path = Path(file).absolute()
        if path.is_relative_to(folder.absolute()):
            yield PurePosixPath(path.relative_to(folder.absolute()).parent.as_posix())


def _filled(pattern: str, key: str) -> PurePosixPath | None:
    """Make a path of a pattern: the key for its stars, and no folder for `**`. None where it names a single file."""
    if "*" not in pattern or leaves_folder(pattern):
        return None
    *folders, last = Glob.parse(pattern).parts
    last = f"{key}.yaml" if last == "*" else last.replace("*", key)
    return PurePosixPath(*(part.replace("*", key) for part in folders if part != "**"), last)
