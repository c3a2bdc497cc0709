"""What the schema takes and a service, or a marker, cannot hold; fields that do not go together. Used by `build`."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from gemspec.domain.errors import Problem
from gemspec.identity import hashing
from gemspec.identity.description_marker import mentions_marker
from gemspec.manifest.data.dataset import TRAINING, VALIDATION
from gemspec.manifest.desired import FLOATS, HYPERPARAMETERS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gemspec.domain.model import Number
    from gemspec.manifest.syntax.nodes import Document

_TASK = ("spec", "tuningTask")
_INSTRUCTION = ("spec", "systemInstruction")
# Zero means "unset" to the service, so a rate that float32 rounds to zero is not what was asked for.
_POSITIVE = ("learningRate", "learningRateMultiplier")


def problems(document: Document) -> list[Problem]:
    """Find such values in a document that is right by its schema."""
    return [*_texts(document), *_numbers(document), *_data(document)]


def _texts(document: Document) -> Iterator[Problem]:
    if mentions_marker(document.text("spec", "description") or ""):
        summary = 'description holds the beginning of a gemspec marker ("[gemspec:")'
        origin = document.origin(("spec", "description"))
        yield Problem(summary, "remove it: gemspec writes its marker itself", origin)
    if (told := document.text(*_INSTRUCTION)) is not None and not told.strip():
        summary = "systemInstruction holds only white space"
        yield Problem(summary, "write what the model is told, or remove it", document.origin(_INSTRUCTION))


def _numbers(document: Document) -> Iterator[Problem]:
    for path in (("spec",), HYPERPARAMETERS):
        for name, value in document.mapping(*path).items():
            if name in FLOATS and not _fits_float32(name, cast("Number", value)):
                summary = f"{name} cannot be {document.written((*path, name))}"
                yield Problem(summary, "write a number that fits into 32 bits", document.origin((*path, name)))


def _fits_float32(name: str, value: Number) -> bool:
    try:
        return hashing.float32(value) != 0 or name not in _POSITIVE
    except OverflowError:
        return False


def _data(document: Document) -> Iterator[Problem]:
    """Find what goes with files alone."""
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
