"""Reads the data files of a manifest: gives examples with places, and a Problem for each wrong row.

Used by `dataset`. Files are read in the order given, those of a glob in sorted order; `readers` has the formats.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from gemspec.domain.errors import Origin, Problem
from gemspec.manifest.data.readers import READERS
from gemspec.manifest.discovery.filesystem import (
    IS_URL,
    URL_ADVICE,
    find_matching,
    is_glob,
    is_inside,
    leaves_folder,
    nearest_path,
    open_file,
    shown,
    unreadable_file,
)
from gemspec.manifest.syntax.encoding import LFS_POINTER
from gemspec.manifest.syntax.error_limits import MAX_COUNTED, MAX_IN_DOCUMENT, more_problems
from gemspec.manifest.validation.provider_schema import max_file
from gemspec.util.text import shortened

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gemspec.manifest.data.rows import Fields, Item

_MAX_BAD_ROWS = 10


@dataclass(frozen=True, slots=True)
class DataFiles:
    """The data files of a manifest, below the project's `folder`. `manifest` is the manifest's file.

    `fields` are the names of the fields in their rows.
    """

    folder: Path
    manifest: str
    fields: Fields

    @property
    def options(self) -> tuple[object, ...]:
        """The options that a file is read with, besides the service."""
        return self.fields.inputs, self.fields.outputs

    def items(self, pattern: str, origin: Origin) -> Iterator[Item]:
        """Yield every example of the files that a path or glob names; `origin` is its place in the manifest."""
        for path in self.paths(pattern, origin):
            if isinstance(path, Problem):
                yield path
            else:
                yield from self._file(path, origin)

    def paths(self, pattern: str, origin: Origin) -> Iterator[Path | Problem]:
        """Yield the files that a path or glob names, readable or not."""
        if wrong := leaves_folder(pattern):
            advice = self._url_advice(pattern) if wrong == IS_URL else "write a path below the project folder"
            yield Problem(f"{shortened(pattern)} {wrong}", advice, origin)
            return
        path = self.folder / pattern
        if not is_glob(pattern) or os.path.lexists(path):
            yield path if os.path.lexists(path) else self._missing(pattern, origin)
            return
        matches = find_matching(self.folder, pattern)
        if not matches:
            yield Problem(f"no file in the project folder matches {shortened(pattern)}", "change the glob", origin)
        yield from (self.folder / relative for relative in matches)

    def _url_advice(self, pattern: str) -> str:
        service = self.fields.service
        takes_it = pattern.startswith("gs://") and service is not None and service.takes_conversations
        return f"write uri: {shortened(pattern)} instead of files" if takes_it else URL_ADVICE

    def _missing(self, pattern: str, origin: Origin) -> Problem:
        guess = nearest_path(self.folder, pattern)
        beside = Path(self.manifest).parent / pattern
        if os.path.isfile(beside) and is_inside(self.folder, beside):
            found = beside.resolve().relative_to(self.folder.resolve()).as_posix()
            advice = f"paths begin at the project folder: write {found}"
            return Problem(f"there is no file {shortened(pattern)} in the project folder", advice, origin)
        advice = f"did you mean {shortened(guess)}?" if guess else "write a path that begins there"
        return Problem(f"there is no file {shortened(pattern)} in the project folder", advice, origin)

    def _file(self, path: Path, origin: Origin) -> Iterator[Item]:
        name = shown(path)
        if not is_inside(self.folder, path):
            yield Problem(f"{name} leads out of the project folder", "copy the file into the folder", origin)
            return
        reader = READERS.get(PurePosixPath(path.name).suffix.lower())
        if os.path.isfile(path) and reader is None:
            yield Problem(f"{name} is of no kind that gemspec reads", "use .jsonl, .json or .csv", origin)
            return
        file = open_file(path, origin, max_file(self.fields.service), within=self.folder)
        if isinstance(file, Problem):
            yield file
            return
        try:
            with file:
                if file.peek().startswith(LFS_POINTER):
                    yield Problem("this is a Git LFS pointer, not the data", "run git lfs pull", Origin(name, 1))
                elif reader:
                    yield from _limited(reader(file, name, self.fields), name)
        except OSError as error:
            yield unreadable_file(path, error, origin)


def _limited(items: Iterator[Item], file: str) -> Iterator[Item]:
    """Pass on the items of a reader, with the problems of a limited number of rows, and report an empty file.

    Rows on the same line count as a single row.
    """
    rows: set[Origin | None] = set()
    examples = shown_problems = more = 0
    for item in items:
        if not isinstance(item, Problem):
            examples += len(item.examples)
        elif shown_problems < MAX_IN_DOCUMENT and (item.origin in rows or len(rows) < _MAX_BAD_ROWS):
            rows.add(item.origin)
            shown_problems += 1
        elif more <= MAX_COUNTED:
            more += 1
            continue
        else:
            break
        yield item
    if more:
        yield more_problems(more, Origin(file))
    elif not examples and not rows:
        yield Problem("the file holds no examples", "write some, or remove it from the manifest", Origin(file, 1))
