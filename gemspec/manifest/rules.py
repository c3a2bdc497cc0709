"""Rules that a schema cannot express: values that a service or a marker cannot have, and rules between manifests.

Used by `builder`, after `validation.schema`. Manifests with other mistakes take part in the rules between manifests, so
that the parent of a child is not unknown because its manifest is broken.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from gemspec.domain import settings
from gemspec.domain.errors import Problem
from gemspec.domain.settings import SettingKind, SettingType
from gemspec.identity import hashing
from gemspec.identity.description_marker import mentions_marker
from gemspec.manifest.data.dataset import TRAINING, VALIDATION
from gemspec.manifest.syntax import error_limits
from gemspec.util.text import cut, did_you_mean, shortened

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from gemspec.domain.errors import Origin
    from gemspec.domain.model import Number
    from gemspec.domain.settings import Setting
    from gemspec.manifest.syntax.nodes import Document


_KEY = ("metadata", "name")
_MOVED = ("metadata", "movedFrom")
_PARENT = ("spec", "tunedModelSource", "key")
_SOURCE = ("spec", "tunedModelSource", "tunedModel")
_IMPORT = ("spec", "import", "tunedModel")
_TASK = ("spec", "tuningTask")
_INSTRUCTION = ("spec", "systemInstruction")


def value_problems(document: Document) -> list[Problem]:
    """Find values that a service or a marker cannot have, and fields that exclude each other. For valid documents."""
    return [*_texts(document), *_numbers(document), *_data(document)]


def _texts(document: Document) -> Iterator[Problem]:
    if mentions_marker(document.text("spec", "description") or ""):
        summary = 'description holds the beginning of a gemspec marker ("[gemspec:")'
        origin = document.origin(("spec", "description"))
        yield Problem(summary, "remove it: gemspec writes its marker itself", origin)
    if (instruction := document.text(*_INSTRUCTION)) is not None and not instruction.strip():
        summary = "systemInstruction holds only white space"
        yield Problem(summary, "write what the model is told, or remove it", document.origin(_INSTRUCTION))


def _numbers(document: Document) -> Iterator[Problem]:
    for setting in settings.SETTINGS:
        path = ("spec", *setting.path)
        value = document.get(*path)
        if setting.type is SettingType.FLOAT32 and value is not None and not _fits_float32(setting, value):
            summary = f"{setting.name} cannot be {document.written(path)}"
            yield Problem(summary, "write a number that fits into 32 bits", document.origin(path))


def _fits_float32(setting: Setting, value: object) -> bool:
    """Whether float32 can express a value. To a training zero means "unset", so a rate must not be rounded to zero."""
    try:
        return hashing.float32(cast("Number", value)) != 0 or setting.kind is not SettingKind.HYPERPARAMETER
    except OverflowError:
        return False


def _data(document: Document) -> Iterator[Problem]:
    """Find fields that only data in files can have."""
    for block in (TRAINING, VALIDATION):
        data = document.mapping(*_TASK, block)
        where = "on Cloud Storage" if "uri" in data else "here"
        for key in ("inputKey", "outputKey") if data and "files" not in data else ():
            if key in data:
                origin = document.key_origin((*_TASK, block, key))
                summary = f"{key} is for files, and the examples stand {where}"
                yield Problem(summary, f"remove {key}", origin)
    if "uri" in document.mapping(*_TASK, TRAINING) and "systemInstruction" in document.mapping("spec"):
        summary = "systemInstruction cannot be written into a file on Cloud Storage"
        yield Problem(
            summary, "write it into each line of that file, and remove it here", document.key_origin(_INSTRUCTION)
        )


def project_problems(documents: Iterable[Document], *, whole: bool) -> list[Problem]:
    """Find what is wrong between manifests: equal keys, movedFrom, unknown parents (only in the whole scope), cycles,
    imports. Of each kind only the first are reported."""
    documents = list(documents)
    named = [(key, document) for document in documents if (key := document.text(*_KEY)) is not None]
    first: dict[str, Document] = {}
    for key, document in named:
        first.setdefault(key, document)
    kinds = (_equal_keys(named, first), _moves(named, first), _parents(named, first, whole), _cycles(first))
    return [problem for kind in (*kinds, _imports(documents)) for problem in error_limits.first_problems(kind)]


def _equal_keys(named: list[tuple[str, Document]], first: dict[str, Document]) -> Iterator[Problem]:
    for key, document in named:
        if document is not first[key]:
            summary = f"two manifests have the name {shortened(key)} (the other: {first[key].origin(_KEY)})"
            yield Problem(summary, "give one of them another name", document.origin(_KEY))


def _moves(named: list[tuple[str, Document]], first: dict[str, Document]) -> Iterator[Problem]:
    taken: dict[str, Origin] = {}
    for key, document in named:
        places = {old: document.origin(path) for path, old in document.texts(*_MOVED).items()}
        for old, origin in places.items():
            if old == key:
                yield Problem(f"movedFrom names this manifest itself ({shortened(key)})", "remove it", origin)
            elif old in first:
                summary = f"movedFrom names {shortened(old)}, which is still declared ({first[old].origin(_KEY)})"
                yield Problem(summary, "remove that manifest, or this line", origin)
            if old in taken:
                summary = f"two manifests were moved from {shortened(old)} (the other: {taken[old]})"
                yield Problem(summary, "keep one of them", origin)
            taken.setdefault(old, origin)


def _parents(named: list[tuple[str, Document]], first: dict[str, Document], whole: bool) -> Iterator[Problem]:
    """Find unknown parents, only in a whole project: a part does not know the keys of the rest."""
    moved = {old: key for key, document in first.items() for old in document.texts(*_MOVED).values()}
    guessed = 0
    for key, document in named:
        parent = document.text(*_PARENT)
        if not whole or parent is None or parent in first:
            continue
        others = sorted(first.keys() - {key})
        advice = f"it is {moved[parent]} now" if parent in moved else ""
        if not advice and guessed < error_limits.MAX_GUESSED:
            guessed += 1
            advice = did_you_mean(parent, others)
        advice = advice or (f"write one of {', '.join(others[:10])}" if others else "write a baseModel instead")
        yield Problem(f"no manifest has the name {shortened(parent)}", advice, document.origin(_PARENT))


def _cycles(first: dict[str, Document]) -> Iterator[Problem]:
    """Find cycles: each key has at most one parent, so the walk up from every key finds every cycle once."""
    done: set[str] = set()
    for start in sorted(first):
        line: list[str] = []
        key: str | None = start
        while key in first and key not in done:
            done.add(key)
            line.append(key)
            key = first[key].text(*_PARENT)
        if key in line:
            cycle = line[line.index(key) :]
            cycle = [*cycle[cycle.index(min(cycle)) :], *cycle[: cycle.index(min(cycle))], min(cycle)]
            summary = f"these models are tuned from each other: {' -> '.join(map(cut, cycle))}"
            yield Problem(summary, "give one of them a baseModel", first[cycle[0]].origin(_PARENT))


def _imports(documents: Iterable[Document]) -> Iterator[Problem]:
    """Find models that two manifests import, since a model has a single marker; and imports of a model's own parent."""
    taken: dict[str, Document] = {}
    for document in documents:
        name, origin = document.text(*_IMPORT), document.origin(_IMPORT)
        if name is None:
            continue
        if name == document.text(*_SOURCE):
            summary = f"{cut(name)} cannot be tuned from itself ({document.origin(_SOURCE)})"
            yield Problem(summary, "write as tunedModelSource, or baseModel, what it was tuned from", origin)
        if name in taken:
            summary = f"two manifests import {cut(name)} (the other: {taken[name].origin(_IMPORT)})"
            yield Problem(summary, "keep one of them: a model belongs to one key", origin)
        taken.setdefault(name, document)
