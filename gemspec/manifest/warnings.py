"""Warnings about doubtful fields and data of valid manifests. Used by `builder`.

Each warning says why it matters and what is usual, with its place. Similar warnings about a data file are combined in a
single line: people do not read a hundred lines of warnings.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import inf
from typing import TYPE_CHECKING

from gemspec.domain.errors import Origin, Problem, Severity
from gemspec.identity.conversation import texts_of
from gemspec.util.text import cut, listed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gemspec.manifest.data.rows import Rows
    from gemspec.manifest.syntax.nodes import Document
    from gemspec.providers.spec import ProviderSpec

FEWEST_EXAMPLES = 20
# Google's tuning guide and the service's own defaults (0.001 and 0.0002; multiplier 1); docs/api-gemini.md.
USUAL_RATES = {"learningRate": (0.0001, 0.01), "learningRateMultiplier": (0.1, 10.0)}
CHARACTERS_A_TOKEN = 4  # about so many in English
_TASK = ("spec", "tuningTask")
_HYPERPARAMETERS = (*_TASK, "hyperparameters")
_DATA = (*_TASK, "trainingData")
_BASE = ("spec", "baseModel")
_MAX_PLACES = 3
_MAX_KNOWN = 10_000  # lines that are remembered, to recognise repeated lines
_MAX_COMPARED = 100_000  # examples: what is remembered of each is small, and there may be millions


def on_settings(document: Document, service: ProviderSpec | None) -> Iterator[Problem]:
    """Warn of doubtful fields of a manifest itself, for the project's service."""
    yield from _on_base(document, service)
    yield from _on_epochs(document, service)
    declared = document.mapping(*_HYPERPARAMETERS)
    for name, (least, most) in USUAL_RATES.items():
        value = declared.get(name)
        if isinstance(value, int | float) and not least <= value <= most:
            path = (*_HYPERPARAMETERS, name)
            much = "small" if value < least else "large"
            summary = f"{name} {cut(document.written(path) or str(value))} is unusually {much}"
            yield _warning(summary, f"{least:g} to {most:g} is usual", document.origin(path))


def _on_base(document: Document, service: ProviderSpec | None) -> Iterator[Problem]:
    """Warn of a retired base model, except on the emulator, which retires none."""
    if service is None or service.is_emulated:
        return
    base = document.text(*_BASE) or ""
    if base.rpartition("publishers/google/models/")[2] in service.retired:
        yield _warning(f"{service.vendor} has retired {base}", service.retired_advice, document.origin(_BASE))


def _on_epochs(document: Document, service: ProviderSpec | None) -> Iterator[Problem]:
    if service is None or not service.unset_epochs or not document.mapping(*_DATA):
        return
    declared = document.mapping(*_HYPERPARAMETERS)
    if "epochCount" not in declared:
        origin = document.key_origin(_HYPERPARAMETERS if declared else _TASK)
        yield _warning("epochCount is not set", service.unset_epochs, origin)


def on_count(document: Document, examples: int) -> Iterator[Problem]:
    """Warn of a manifest with few examples."""
    if examples < FEWEST_EXAMPLES:
        of = "examples" if "examples" in document.mapping(*_DATA) else "files"
        only = f"only {examples} example{'' if examples == 1 else 's'}"
        advice = f"{FEWEST_EXAMPLES} or more are advised, 100 to 500 recommended"
        yield _warning(only, advice, document.key_origin((*_DATA, of)))


@dataclass(slots=True)
class _Places:
    """The places of similar examples in a file: their number, the number of lines, and only the first places, since
    there may be millions. `earlier` is the example that the first of them repeats.
    """

    earlier: Origin | None = None
    examples: int = 0
    lines: int = 0
    first: list[Origin] = field(default_factory=list)
    _known: set[int] = field(default_factory=set)

    def add(self, place: Origin) -> None:
        self.examples += 1
        if place.line in self._known:  # a row of an array in a single line, or a file that is named twice
            return
        self.lines += 1
        if len(self._known) < _MAX_KNOWN:
            self._known.add(place.line)
        if len(self.first) < _MAX_PLACES:
            self.first.append(place)

    def these(self, singular: str, plural: str) -> str:
        return f"this example {singular}" if self.examples == 1 else f"{self.examples:,} examples {plural}"

    def listed(self) -> str:
        """Name the places by their lines, `(lines 3, 7, 9 and 12 more; the first repeats line 2)`."""
        parts = []
        if self.lines > 1:
            more = self.lines - len(self.first)
            rest = [f"{more:,} more"] if more else []
            parts.append(f"lines {listed([*(str(place.line) for place in self.first), *rest], 'and')}")
        if self.earlier is not None:
            is_here = self.earlier.file == self.first[0].file
            where = f"line {self.earlier.line}" if is_here else str(self.earlier)
            parts.append(where if self.examples == 1 else f"the first repeats {where}")
        return f" ({'; '.join(parts)})" if parts else ""


@dataclass(slots=True)
class DataAdvice:
    """Collects facts about each example of a manifest (`see`), then gives warnings about all of them."""

    service: ProviderSpec | None = None
    _long: dict[str, _Places] = field(default_factory=dict)
    _answers: dict[int, tuple[int, str, int]] = field(default_factory=dict)
    _again: dict[str, _Places] = field(default_factory=dict)
    _differing: dict[str, _Places] = field(default_factory=dict)
    _blank: dict[str, _Places] = field(default_factory=dict)

    def see(self, rows: Rows) -> None:
        """Take examples; only hashes of their texts are kept, which are valid in this process alone."""
        file, line = rows.origin.file, rows.origin.line
        limits = self.service.limits if self.service else None
        longest = limits.max_tokens * CHARACTERS_A_TOKEN if limits and limits.max_tokens else inf
        for index, (instruction, asked, answer) in enumerate(rows.texts or map(texts_of, rows.examples)):
            if len(instruction) + len(asked) + len(answer) > longest:
                self._long.setdefault(file, _Places()).add(rows.place(index))
            if not asked or not answer or asked.isspace() or answer.isspace():
                self._blank.setdefault(file, _Places()).add(rows.place(index))
            given, wanted = hash((instruction, asked)), hash(answer)
            if found := self._answers.get(given):
                self._compare(found, wanted, rows.place(index))
            elif len(self._answers) < _MAX_COMPARED:
                self._answers[given] = wanted, file, line + index

    def _compare(self, found: tuple[int, str, int], wanted: int, place: Origin) -> None:
        answer, file, line = found
        kind = self._again if answer == wanted else self._differing
        kind.setdefault(place.file, _Places(Origin(file, line))).add(place)

    def warnings(self) -> Iterator[Problem]:
        """Give the warnings, each kind once for each file."""
        for places in self._again.values():
            summary = f"{places.these('repeats', 'repeat')} an earlier one{places.listed()}"
            yield _warning(summary, "keep one, unless it is to weigh more", places.first[0])
        for places in self._differing.values():
            these = places.these("has", "have")
            summary = f"{these} the input of an earlier one, and another output{places.listed()}"
            yield _warning(summary, "a model cannot learn both: keep one", places.first[0])
        for places in self._blank.values():
            summary = f"{places.these('has', 'have')} an empty input or output{places.listed()}"
            yield _warning(summary, "write text, or remove the example", places.first[0])
        if self.service:
            yield from self._too_long(self.service)

    def _too_long(self, service: ProviderSpec) -> Iterator[Problem]:
        for places in self._long.values():
            tokens = f"{service.limits.max_tokens:,} tokens"
            summary = f"{places.these('is', 'are')} longer than about {tokens}{places.listed()}"
            yield _warning(summary, f"{service.name} leaves out or cuts what is longer: shorten it", places.first[0])


def _warning(summary: str, detail: str, origin: Origin) -> Problem:
    return Problem(summary, detail, origin, Severity.WARNING)
