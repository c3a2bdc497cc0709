"""Third step of the walk: the examples of a manifest, inline or in data files -> fingerprint.

`build` measures each manifest's data here, and `Workspace.examples` reads it once more when a create sends it.
Examples stream through one at a time; files are read in the order given, what a glob finds in sorted order. The
fingerprint counts only text and order (`canonical.Fingerprint`), so neither file layout nor field spelling matters.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from gemspec.canonical import Fingerprint
from gemspec.errors import Origin, Problem
from gemspec.manifest.files import (
    IS_URL,
    URL_ADVICE,
    Glob,
    is_glob,
    is_inside,
    leaves_folder,
    nearest,
    read_bytes,
    shown,
    walk,
)
from gemspec.manifest.phrases import shortened
from gemspec.manifest.readers import READERS
from gemspec.manifest.rows import Fields, Item, Row
from gemspec.manifest.text import LFS_POINTER
from gemspec.model import Dataset, Example

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gemspec.manifest.nodes import Document

# Google AI Studio's limit for a data file; api-gemini.md.
MAX_FILE_BYTES = 4 * 1024 * 1024
_MAX_BAD_ROWS = 10
_AT = ("spec", "tuningTask", "trainingData")


@dataclass(frozen=True, slots=True)
class TrainingData:
    """Where a manifest's examples are: in `document`, or in files of `folder` (the project folder) that it names."""

    folder: Path
    document: Document

    @property
    def is_declared(self) -> bool:
        """Whether the manifest says where: that of a model that is imported need not."""
        return bool(self.document.mapping(*_AT))

    def items(self) -> Iterator[Item]:
        """Yield every example in order with its place, and a Problem for each that cannot be used; never raises."""
        data = self.document.mapping(*_AT)
        inline, patterns = data.get("examples"), data.get("files")
        if isinstance(inline, list):
            yield from self._inline(inline, data)
        for index, pattern in enumerate(patterns if isinstance(patterns, list) else []):
            if isinstance(pattern, str):
                yield from self._files(pattern, self.document.origin((*_AT, "files", index)), self._fields(data))

    def measure(self, see: Callable[[Row], None]) -> tuple[Dataset, list[Problem]]:
        """Fingerprint the examples, and show each to `see`; the dataset is of use only where there are no problems."""
        return self._take(see)

    def read(self) -> tuple[list[Example], Dataset, list[Problem]]:
        """Give the examples, fingerprinted as they are read."""
        examples: list[Example] = []
        dataset, problems = self._take(lambda row: examples.append(row.example))
        return examples, dataset, problems

    def _take(self, see: Callable[[Row], None]) -> tuple[Dataset, list[Problem]]:
        fingerprint, problems = Fingerprint(), []
        for item in self.items():
            if isinstance(item, Problem):
                problems.append(item)
                continue
            fingerprint.add(item.example.text_input, item.example.output)
            see(item)
        return fingerprint.dataset(), problems

    def _inline(self, rows: list[object], data: dict[str, object]) -> Iterator[Item]:
        for key in ("inputKey", "outputKey"):
            if key in data:
                origin = self.document.key_origin((*_AT, key))
                yield Problem(f"{key} is for files, and the examples stand here", f"remove {key}", origin)
        for index, row in enumerate(rows):
            if isinstance(row, dict):  # the schema has seen to the rest
                place = self.document.origin((*_AT, "examples", index))
                yield Row(Example(row["textInput"], row["output"]), place)

    def _fields(self, data: dict[str, object]) -> Fields:
        given, wanted = data.get("inputKey"), data.get("outputKey")
        return Fields(
            inputs=(given,) if isinstance(given, str) else Fields().inputs,
            outputs=(wanted,) if isinstance(wanted, str) else Fields().outputs,
        )

    def _files(self, pattern: str, origin: Origin, fields: Fields) -> Iterator[Item]:
        for path in self._found(pattern, origin):
            if isinstance(path, Problem):
                yield path
            else:
                yield from self._file(path, origin, fields)

    def _found(self, pattern: str, origin: Origin) -> Iterator[Path | Problem]:
        """Yield the files that a path or glob of the manifest names."""
        if wrong := leaves_folder(pattern):
            advice = URL_ADVICE if wrong == IS_URL else "write a path below the project folder"
            yield Problem(f"{shortened(pattern)} {wrong}", advice, origin)
            return
        path = self.folder / pattern
        if not is_glob(pattern) or os.path.lexists(path):
            yield path if os.path.lexists(path) else self._missing(pattern, origin)
            return
        glob = Glob.parse(pattern)
        matches = [relative for relative in walk(self.folder) if glob.matches(relative)]
        if not matches:
            yield Problem(f"no file in the project folder matches {shortened(pattern)}", "change the glob", origin)
        yield from (self.folder / relative for relative in matches)

    def _missing(self, pattern: str, origin: Origin) -> Problem:
        guess = nearest(self.folder, pattern)
        beside = Path(self.document.file).parent / pattern
        if os.path.isfile(beside) and is_inside(self.folder, beside):
            found = beside.resolve().relative_to(self.folder.resolve()).as_posix()
            advice = f"paths begin at the project folder: write {found}"
            return Problem(f"there is no file {shortened(pattern)} in the project folder", advice, origin)
        advice = f"did you mean {shortened(guess)}?" if guess else "write a path that begins there"
        return Problem(f"there is no file {shortened(pattern)} in the project folder", advice, origin)

    def _file(self, path: Path, origin: Origin, fields: Fields) -> Iterator[Item]:
        name = shown(path)
        if not is_inside(self.folder, path):
            yield Problem(f"{name} leads out of the project folder", "copy the file into the folder", origin)
            return
        reader = READERS.get(PurePosixPath(path.name).suffix.lower())
        if os.path.isfile(path) and reader is None:
            yield Problem(f"{name} is of no kind that gemspec reads", "use .jsonl, .json or .csv", origin)
            return
        data = read_bytes(path, origin, MAX_FILE_BYTES)
        if isinstance(data, Problem):
            yield data
        elif data.startswith(LFS_POINTER):
            yield Problem("this is a Git LFS pointer, not the data", "run git lfs pull", Origin(name, 1))
        elif reader:
            yield from _limited(reader(data, name, fields), name)


def _limited(items: Iterator[Item], file: str) -> Iterator[Item]:
    """Pass on what a reader yields, the problems of only so many rows, and say when a file holds nothing."""
    rows: set[Origin | None] = set()
    examples = more = 0
    for item in items:
        if not isinstance(item, Problem):
            examples += 1
        elif item.origin in rows or len(rows) < _MAX_BAD_ROWS:
            rows.add(item.origin)
        else:
            more += 1
            continue
        yield item
    if more:
        summary = f"and {more:,} more problem{'' if more == 1 else 's'} in this file"
        yield Problem(summary, "mend those above first", Origin(file), count=more)
    elif not examples and not rows:
        yield Problem("the file holds no examples", "write some, or remove it from the manifest", Origin(file, 1))
