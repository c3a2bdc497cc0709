"""Fingerprints the examples of a manifest, which are inline or in data files.

`builder` measures the data of each manifest here, and `Workspace.examples` reads it again when a create sends it.
Examples are streamed, a few thousand at a time. The fingerprint covers only text and order (`identity.fingerprint`),
so that file layout and spelling of fields do not matter. Data on Cloud Storage is not read here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from gemspec.domain.errors import Origin, Problem
from gemspec.domain.training_data import Contents, Dataset, Example
from gemspec.identity.conversation import has_instruction, instructed, line_of
from gemspec.identity.fingerprint import Fingerprint
from gemspec.manifest.data.files import DataFiles
from gemspec.manifest.data.fingerprint_cache import CacheKey
from gemspec.manifest.data.rows import Fields, Item, Rows
from gemspec.manifest.discovery.filesystem import is_inside, shown, stat_file
from gemspec.manifest.syntax.error_limits import MAX_PROBLEMS, add_problem
from gemspec.manifest.syntax.nodes import has_lone_surrogate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from gemspec.domain.training_data import TrainingExample
    from gemspec.manifest.syntax.nodes import Document
    from gemspec.providers.spec import ProviderSpec

TRAINING, VALIDATION = "trainingData", "validationData"
_TASK = ("spec", "tuningTask")


@dataclass(frozen=True, slots=True)
class TrainingData:
    """Where a manifest's examples are: in `document`, or in files of `folder` (the project folder) that it names.

    `block` is the field with the data; `service` is the project's, None where that is unknown.
    """

    folder: Path
    document: Document
    service: ProviderSpec | None = None
    block: str = TRAINING

    @property
    def is_local(self) -> bool:
        """Whether there is data in the manifest or in files: an imported model may have none."""
        return bool(self.document.mapping(*_TASK, self.block)) and self.uri is None

    @property
    def uri(self) -> str | None:
        """The object of Cloud Storage with the data."""
        return self.document.text(*_TASK, self.block, "uri")

    def items(self) -> Iterator[Item]:
        """Yield every example in order with its place, and a Problem for each unusable example; never raises."""
        instruction = instruction_of(self.document)
        for item in self._items():
            if instruction is None or isinstance(item, Problem):
                yield item
            else:
                yield from _instructed(item, instruction)

    def cache_key(self) -> CacheKey | None:
        """Give the key of all that the examples depend on, without reading them; None where they must be read."""
        data = self.document.mapping(*_TASK, self.block)
        patterns = data.get("files")
        if "examples" in data or not isinstance(patterns, list):
            return None
        reader, files = self._files(data), []
        for pattern in patterns:
            for path in reader.paths(pattern, Origin(self.document.file)):
                found = None if isinstance(path, Problem) or not is_inside(self.folder, path) else stat_file(path)
                if found is None or isinstance(path, Problem):
                    return None
                files.append((shown(path), found))
        service = self.service and self.service.key
        return CacheKey.of((service, self.block, instruction_of(self.document), *patterns, *reader.options), files)

    def measure(self, see: Callable[[Rows], None]) -> tuple[Dataset, list[Problem]]:
        """Fingerprint the examples, and show each to `see`; the dataset is of use only where there are no problems."""
        return self._take(see)

    def read(self) -> tuple[list[TrainingExample], Dataset, list[Problem]]:
        """Give the examples, fingerprinted as they are read."""
        examples: list[TrainingExample] = []
        dataset, problems = self._take(lambda rows: examples.extend(rows.examples))
        return examples, dataset, problems

    def _take(self, see: Callable[[Rows], None]) -> tuple[Dataset, list[Problem]]:
        fingerprint, problems, limits = Fingerprint(), list[Problem](), _Limits.on(self.service, self.block)
        for item in self.items():
            if isinstance(item, Problem):
                add_problem(problems, item, MAX_PROBLEMS)
                continue
            fingerprint.take(item.examples)
            see(item)
            if excess := limits.take(item.examples):
                problems.append(self._too_much(excess))
                break
        return fingerprint.dataset(), problems

    def _too_much(self, excess: str) -> Problem:
        at = (*_TASK, self.block)
        origin = self.document.key_origin((*at, "files" if "files" in self.document.mapping(*at) else "examples"))
        return Problem(f"{self.block} {excess}", "Vertex AI takes no more: leave some out", origin)

    def _items(self) -> Iterator[Item]:
        at = (*_TASK, self.block)
        data = self.document.mapping(*at)
        inline, patterns = data.get("examples"), data.get("files")
        for index, row in enumerate(inline if isinstance(inline, list) else []):
            if isinstance(row, dict):  # anything else is a problem of the schema
                example, place = Example(row["textInput"], row["output"]), (*at, "examples", index)
                yield Rows((example,), self.document.origin(place))
        files = self._files(data)
        for index, pattern in enumerate(patterns if isinstance(patterns, list) else []):
            if isinstance(pattern, str):
                yield from files.items(pattern, self.document.origin((*at, "files", index)))

    def _files(self, data: dict[str, object]) -> DataFiles:
        given, wanted = data.get("inputKey"), data.get("outputKey")
        fields = Fields(
            inputs=(given,) if isinstance(given, str) else Fields().inputs,
            outputs=(wanted,) if isinstance(wanted, str) else Fields().outputs,
            service=self.service,
        )
        return DataFiles(self.folder, self.document.file, fields)


def instruction_of(document: Document) -> str | None:
    """Give the manifest's systemInstruction, with \\n line ends and no space at its end.

    None for a text that UTF-8 cannot hold, which is a problem of the document already.
    """
    text = document.text("spec", "systemInstruction")
    return None if text is None or has_lone_surrogate(text) else text.replace("\r\n", "\n").rstrip()


def _instructed(rows: Rows, instruction: str) -> Iterator[Item]:
    """Give the rows with the manifest's systemInstruction, and a Problem for each row that has its own."""
    twice = [index for index, example in enumerate(rows.examples) if has_instruction(example)]
    for index in twice:
        summary = "this example has a systemInstruction, and so has the manifest for all examples"
        yield Problem(summary, "keep one of them", rows.place(index))
    if not twice:
        texts = rows.texts and [(instruction, asked, answer) for _, asked, answer in rows.texts]
        yield Rows([instructed(example, instruction) for example in rows.examples], rows.origin, texts)


_FRAME = len(line_of(Example("", ""))) - len(b'""""')  # of a line, around the two texts in their quotes


def _size_of(examples: Sequence[TrainingExample]) -> int:
    """Give the size of the examples in bytes, as `identity.conversation.line_of` writes them."""
    texts = [
        text for example in examples if isinstance(example, Example) for text in (example.text_input, example.output)
    ]
    lines = sum(len(example.line.encode()) + 1 for example in examples if isinstance(example, Contents))
    return lines + len(texts) // 2 * _FRAME + (len(msgspec.json.encode(texts)) - len(texts) - 1 if texts else 0)


@dataclass(slots=True)
class _Limits:
    """The limits of the service: examples, and bytes in its own form; None for no limit."""

    most: int | None
    size: int | None
    _examples: int = 0
    _bytes: int = 0

    @classmethod
    def on(cls, service: ProviderSpec | None, block: str) -> _Limits:
        if service is None:
            return cls(None, None)
        limits = service.limits
        return cls(limits.max_validation if block == VALIDATION else limits.max_examples, limits.max_upload)

    def take(self, examples: Sequence[TrainingExample]) -> str | None:
        """Count more examples; say which limit they exceed, if any."""
        self._examples += len(examples)
        if self.most is not None and self._examples > self.most:
            return f"has more than {self.most:,} examples"
        self._bytes += _size_of(examples) if self.size is not None else 0
        if self.size is not None and self._bytes > self.size:
            return f"makes a file of more than {self.size // 1024**2:,} MB"
        return None
