"""Finds the files with the desired state, and reads them into the documents of a project.

The first step of a load. A project folder, its gemspec.yaml or `-` is the whole desired state, so that models missing
from it may be deleted; PATHs of manifest files are a part, and no model is deleted. `paths` makes the Target,
`syntax.documents` parses, `ownership` decides which documents are ours. The project file is validated here, since its
`spec.manifests` controls the search. A file that cannot be read and might be ours is a problem, never skipped.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, assert_never

from gemspec.domain.errors import STDIN, InputError, Origin, Problem
from gemspec.manifest.discovery.filesystem import (
    IS_URL,
    URL_ADVICE,
    Glob,
    is_inside,
    leaves_folder,
    read_bytes,
    real_path,
    shown,
    shown_folder,
    walk_files,
)
from gemspec.manifest.discovery.ownership import Ownership, classify, manifest_in_list, may_be_ours, unknown_kind
from gemspec.manifest.discovery.symlinks import SymbolicLinks, link_out_of_folder
from gemspec.manifest.syntax.documents import read_documents
from gemspec.manifest.syntax.error_limits import MAX_PROBLEMS, unchecked
from gemspec.manifest.syntax.source_lines import SOURCES
from gemspec.manifest.validation import policy_lines, schema
from gemspec.util.text import shortened

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

    from gemspec.manifest.discovery.paths import Target
    from gemspec.manifest.syntax.nodes import Document

_SUFFIXES = frozenset([".yaml", ".yml", ".json"])


@dataclass(slots=True)
class Found:
    """The documents of a project and its problems so far. `project` is None where its file could not be read."""

    project: Document | None = None
    models: list[Document] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def find_manifests(target: Target, *, allow_empty: bool, stdin: BinaryIO | None) -> Found:
    """Read the project file and the manifests that `target` names; problems are collected, not raised."""
    found = read_project(target.project_file)
    inside, found.models = found.models, []
    if target.stdin:
        data = (stdin or sys.stdin.buffer).read()
        SOURCES.keep_stdin(data)
        _take_all(data, STDIN, found)
    elif target.files:
        for path in target.files:
            _take_named(path, target.folder, found)
    elif not _is_too_long(found.project):
        search = _Search.of(target, found, allow_empty=allow_empty)
        search.take_inside(inside)
        search.run()
    if not found.models and not found.problems and not allow_empty:
        found.problems.append(_nothing(target))
    return found


def read_project(path: Path) -> Found:
    """Read and check the project file alone; `models` are the manifests in it."""
    found, name = Found(), shown(path)
    data = link_out_of_folder(path.parent, path) or read_bytes(path, Origin(name), within=path.parent)
    if isinstance(data, Problem):
        raise InputError([data])
    projects = _take(data, name, found, expected="Project")
    if not projects and not found.problems:
        example = "apiVersion: gemspec/v1, kind: Project, metadata: {name: my-bots}, spec: {provider: emulator}"
        found.problems.append(
            Problem("this file holds no document of kind Project", f"write {example}", Origin(name, 1))
        )
    found.project = _only(projects, found)
    return found


def _only(projects: list[Document], found: Found) -> Document | None:
    """Check the Project of a file, and that the file has no second Project."""
    for second in projects[1:]:
        found.problems.append(Problem("this is a second Project in one file", "keep one of them", second.origin()))
    if not projects:
        return None
    policy_lines.take_days(projects[0])
    found.problems += projects[0].problems or _project_problems(projects[0])
    return projects[0]


def _project_problems(document: Document) -> list[Problem]:
    return schema.problems("Project", document) or policy_lines.problems(document)


def _take(data: bytes, name: str, found: Found, expected: str = "TunedModel") -> list[Document]:
    """Read a file into `found`, and give the Projects in it; `expected` is the usual kind of document there."""
    documents, problems = read_documents(data, name)
    found.problems += problems
    projects = []
    for document in documents:
        if len(found.problems) > MAX_PROBLEMS:
            found.problems.append(unchecked(document.origin()))
            break
        match classify(document):
            case Ownership.MODEL:
                found.models.append(document)
            case Ownership.PROJECT:
                projects.append(document)
            case Ownership.UNKNOWN:
                found.problems.append(unknown_kind(document, expected))
            case Ownership.FOREIGN if origin := manifest_in_list(document):
                advice = 'write each as a document of its own, with a line "---" between them'
                found.problems.append(Problem("manifests within a list are not read", advice, origin))
            case Ownership.FOREIGN:
                pass
            case never:
                assert_never(never)
    return projects


def _take_all(data: bytes, name: str, found: Found) -> None:
    for project in _take(data, name, found):
        advice = "name the project's file with --project"
        found.problems.append(Problem("a Project is not a manifest", advice, project.origin()))


def _take_named(path: Path, folder: Path, found: Found) -> None:
    name = shown(path)
    within = folder if is_inside(folder, path) else None
    data = link_out_of_folder(folder, path) or read_bytes(path, Origin(name), within=within)
    if isinstance(data, Problem):
        found.problems.append(data)
        return
    before = len(found.models), len(found.problems)
    _take_all(data, name, found)
    if (len(found.models), len(found.problems)) == before:
        advice = "write apiVersion: gemspec/v1 and kind: TunedModel"
        found.problems.append(Problem("this file holds no manifest", advice, Origin(name, 1)))


@dataclass(slots=True)
class _Search:
    """A search of a project folder."""

    folder: Path
    project_file: Path
    globs: dict[str, Glob] | None
    links: SymbolicLinks
    found: Found
    allow_empty: bool
    seen: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, target: Target, found: Found, *, allow_empty: bool) -> _Search:
        """Prepare the search of a project's folder, once its project file is in `found`."""
        globs, problems = _named_globs(found.project)
        found.problems += problems
        links = SymbolicLinks(target.folder, None if globs is None else tuple(globs.values()))
        seen = {real_path(target.project_file)}
        return cls(target.folder, target.project_file, globs, links, found, allow_empty, seen)

    def take_inside(self, documents: list[Document]) -> None:
        """Take the manifests in the project file itself, if `spec.manifests` covers that file."""
        name = self.project_file.name
        if self.covers(name):
            self.found.models.extend(documents)
            return
        for document in documents:
            summary = f"this manifest stands in {name}, which spec.manifests does not cover"
            advice = f'move it, or add "{name}" to spec.manifests'
            self.found.problems.append(Problem(summary, advice, document.origin()))

    def run(self) -> None:
        """Read every manifest file of the folder and below."""
        unmatched = dict(self.globs or {})
        files = list(self._files())
        for relative in files:
            for pattern in [pattern for pattern, glob in unmatched.items() if glob.matches(relative)]:
                del unmatched[pattern]
            if self.covers(relative):
                self._take(self.folder / relative)
        self.found.problems += self.links.problems(files)
        if self.found.project and not self.allow_empty:
            self.found.problems += [_unmatched_glob(pattern, self.found.project) for pattern in unmatched]

    def covers(self, relative: PurePosixPath | str) -> bool:
        """Whether a file is among those that `spec.manifests` names."""
        path = PurePosixPath(relative)
        return self.globs is None or any(glob.matches(path) for glob in self.globs.values())

    def _files(self) -> Iterator[PurePosixPath]:
        for relative in walk_files(self.folder, self.links.enter, self._cannot_read):
            if relative.suffix.lower() in _SUFFIXES:
                yield relative
            else:
                self.links.note_dangling(relative)

    def _take(self, path: Path) -> None:
        if refused := self.links.link_problem(path):
            self.found.problems.append(refused)
            return
        if (real := real_path(path)) in self.seen:
            return
        self.seen.add(real)
        name = shown(path)
        data = read_bytes(path, Origin(name), within=self.folder)
        if isinstance(data, Problem):
            self.found.problems.append(data)
        elif may_be_ours(data):
            # Another project file in this folder is for another --project, but must be right, too.
            _only(_take(data, name, self.found), self.found)

    def _cannot_read(self, error: OSError) -> None:
        name = shown(Path(error.filename))
        self.found.problems.append(Problem("this folder cannot be read", (error.strerror or "").lower(), Origin(name)))


def _nothing(target: Target) -> Problem:
    where = "standard input" if target.stdin else shown_folder(target.folder)
    advice = "write one with kind: TunedModel, or say --allow-empty if every model is to go"
    return Problem(
        f"there is no manifest in {where}", advice, Origin(STDIN if target.stdin else shown(target.project_file))
    )


_MANIFESTS = ("spec", "manifests")


def _is_too_long(project: Document | None) -> bool:
    """Whether the list or a glob in it is longer than the schema allows, so that matching would take long."""
    patterns = project.get(*_MANIFESTS) if project else None
    if not isinstance(patterns, list):
        return False
    limits = schema.property_schema("Project", *_MANIFESTS)
    longest = limits["items"]["maxLength"]
    return len(patterns) > limits["maxItems"] or any(
        isinstance(pattern, str) and len(pattern) > longest for pattern in patterns
    )


def _named_globs(project: Document | None) -> tuple[dict[str, Glob] | None, list[Problem]]:
    """Give the globs by their spelling, None where every file counts, and the problems of globs that lead outside."""
    patterns = project.get(*_MANIFESTS) if project else None
    if not project or not isinstance(patterns, list):
        return None, []
    found: dict[str, Glob] = {}
    problems: list[Problem] = []
    for index, pattern in enumerate(patterns):
        if not isinstance(pattern, str):
            continue
        if wrong := leaves_folder(pattern):
            advice = URL_ADVICE if wrong == IS_URL else "write a glob below the project folder"
            problems.append(Problem(f"{shortened(pattern)} {wrong}", advice, project.origin((*_MANIFESTS, index))))
        else:
            found[pattern] = Glob.parse(pattern)
    return found, problems


def _unmatched_glob(pattern: str, project: Document) -> Problem:
    """Say that a glob matches no file."""
    patterns = project.get(*_MANIFESTS)
    origin = project.origin((*_MANIFESTS, patterns.index(pattern) if isinstance(patterns, list) else 0))
    if pattern == "-":
        advice = "pipe them into the command, and give it `-`: kubectl kustomize overlays/prod | gemspec plan -"
        return Problem("the manifests of this project come from standard input", advice, origin)
    advice = "write the path of .yaml, .yml or .json files below this folder"
    return Problem(f"no file matches {shortened(pattern)}", advice, origin)
