"""Finds the project that the PATHs of a command name, and whether they name all of it or a part. Reads no file.

`search` reads the files of the Target. The rules: docs/decisions/0010-whole-desired-state.md.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from gemspec.domain.errors import InputError, Problem
from gemspec.manifest.discovery.filesystem import PROJECT_FILE, nearest_path, shown, shown_folder
from gemspec.util.text import shortened

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class Target:
    """What to read. Without `files` and `stdin` it is everything in the folder of the project file."""

    project_file: Path
    files: tuple[Path, ...] = ()
    stdin: bool = False

    @property
    def folder(self) -> Path:
        """The project folder."""
        return self.project_file.parent

    @property
    def whole(self) -> bool:
        """Whether this is the whole desired state, so that a model that is missing from it is no longer wanted."""
        return not self.files


def locate(paths: Sequence[str], project: str | None) -> Target:
    """Find the project and the scope of PATHs and `--project`. Raises InputError for arguments that make no sense."""
    given = Path(project) if project is not None else None
    if given and not os.path.isfile(given):
        raise _refuse(f"--project {shown(given)} is not a file", "name a project file such as gemspec.yaml")
    if not paths:
        return Target(given or _project_in(Path()))
    if "-" in paths:
        if len(paths) > 1:
            raise _refuse('"-" (standard input) cannot be combined with other paths', "it is the whole desired state")
        return Target(given or _project_in(Path()), stdin=True)
    files = [Path(path) for path in paths]
    if missing := [_missing(path) for path in files if not os.path.exists(path)]:
        raise InputError(missing)
    if any(_is_whole(path, given) for path in files):
        return _whole(files, given)
    return Target(given or _one_project(files), tuple(files))


def locate_project(path: str | None, project: str | None) -> Path:
    """Find the project file for a command that reads no manifests. Raises InputError where there is none."""
    return locate([path] if path is not None else [], project).project_file


def _is_whole(path: Path, given: Path | None) -> bool:
    return os.path.isdir(path) or path.name == PROJECT_FILE or (given is not None and os.path.samefile(path, given))


def _whole(files: list[Path], given: Path | None) -> Target:
    if len(files) > 1:
        advice = "name either one project folder or the manifest files to work on"
        raise _refuse("a project folder is the whole desired state and cannot be combined with other paths", advice)
    path = files[0]
    folder = path if os.path.isdir(path) else path.parent
    if given is None:
        return Target(_project_in(path) if os.path.isdir(path) else path)
    if not os.path.samefile(folder, given.parent):
        advice = f"write --project {shown(folder / PROJECT_FILE)}, or leave one of the two out"
        raise _refuse(f"--project {shown(given)} is not in {shown(folder)}", advice)
    return Target(given)


def _project_in(folder: Path) -> Path:
    path = folder / PROJECT_FILE
    if os.path.isfile(path):
        return path
    summary = f"{shown_folder(folder)} holds no {PROJECT_FILE}"
    if os.path.exists(path.with_suffix(".yml")):
        raise _refuse(summary, f"rename gemspec.yml to {PROJECT_FILE}")
    if above := _above(folder / PROJECT_FILE):
        raise _refuse(summary, f"its project is {shown(above)}: name that, or the manifest files to work on")
    raise _refuse(summary, "name a project folder, or write a gemspec.yaml with kind: Project")


def _one_project(files: list[Path]) -> Path:
    """Find the project of manifest files: the nearest gemspec.yaml in their folder or above."""
    projects: dict[Path, Path] = {}
    for path in files:
        above = _above(path)
        if above is None:
            advice = f"write a {PROJECT_FILE} with kind: Project, or name one with --project"
            raise _refuse(f"there is no {PROJECT_FILE} in the folder of {shown(path)} or above", advice)
        projects.setdefault(above.resolve(), above)
    if len(projects) > 1:
        names = " and ".join(shown(path) for path in projects.values())
        raise _refuse(f"these files belong to different projects: {names}", "work on one project at a time")
    return next(iter(projects.values()))


def _above(path: Path) -> Path | None:
    """Find the nearest project file in the folder of `path` or above, named relative where `path` is."""
    for folder in Path(os.path.abspath(path)).parents:
        if os.path.isfile(folder / PROJECT_FILE):
            return (folder if path.is_absolute() else Path(os.path.relpath(folder))) / PROJECT_FILE
    return None


def _missing(path: Path) -> Problem:
    root = Path(path.anchor) if path.is_absolute() else Path()
    guess = nearest_path(root, str(path.relative_to(root)) if path.is_absolute() else str(path))
    advice = f"did you mean {shortened(shown(root / guess))}?" if guess else "name a project folder, or manifest files"
    return Problem(f"there is no file or folder {shown(path)}", advice)


def _refuse(summary: str, advice: str) -> InputError:
    return InputError([Problem(summary, advice)])
