"""Training data: JSON lines in the emulated Cloud Storage, read line by line, checked and counted.

A line has `contents`, which alternate between user and model and end with the model. A line with an error refuses the
whole file; a line that is too long is dropped, and counted as dropped.
"""

from __future__ import annotations

from array import array
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..kernel.errors import ApiError, Violation, bad_request
from ..kernel.generation import text_of, token_count
from ..kernel.reading import read_body
from ..storage.blobs import read_blob
from ..storage.errors import StorageError
from ..storage.store import find_object
from .content_messages import TRAINING_EXAMPLE

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from ..kernel.database import Database
    from ..kernel.fields import Value

FILE_SIZE = 10**9  # bytes
EXAMPLES = 10_000_000
VALIDATION_EXAMPLES = 5_000
EXAMPLE_TOKENS = 131_072
LINE_SIZE = 64 * 1024 * 1024  # bytes: the emulator's own
SHOWN = 10  # problems, and dropped examples
BUCKETS = 10  # of a distribution


@dataclass(frozen=True, slots=True)
class Example:
    """A line: the last prompt and its answer are kept; lengths in tokens and characters are counted."""

    prompt: str
    answer: str
    input_tokens: int
    output_tokens: int
    characters: int


class Dataset:
    """A file of examples: iterate over it first, then `stats` are known."""

    def __init__(self, database: Database, uri: str, field: str, limit: int) -> None:
        """`field` is the request's, for errors. To be used in a transaction. Raises ApiError (400) without a file."""
        self._uri, self._field, self._limit = uri, field, limit
        bucket, _, name = uri.removeprefix("gs://").partition("/")
        try:
            found = find_object(database, bucket, name)
        except StorageError as error:
            raise ApiError("FAILED_PRECONDITION", f"{field}: cannot read {uri}: {error.message}") from error
        if found.digest.size > FILE_SIZE:
            raise self._error([f"the file is larger than {FILE_SIZE} bytes"])
        self._pieces = read_blob(database, found.blob, 0, found.digest.size)
        self._inputs, self._outputs = array("l"), array("l")
        self._characters = 0
        self._dropped: list[int] = []

    def __iter__(self) -> Iterator[Example]:
        """The examples that are trained on. Raises ApiError (400) with the first wrong lines."""
        problems: list[str] = []
        rows = 0
        for rows, line in enumerate(_lines(self._pieces), start=1):
            if rows > self._limit:
                raise self._error([f"there are more than {self._limit} examples"])
            try:
                example = _example(line)
            except ApiError as error:
                problems.append(f"Row: {rows}. {error.message.splitlines()[0]}")
                if len(problems) == SHOWN:
                    break
                continue
            if example.input_tokens + example.output_tokens > EXAMPLE_TOKENS:
                self._dropped.append(rows)
            elif not problems:
                self._count(example)
                yield example
        if problems:
            raise self._error(problems)
        if not self._inputs:
            raise self._error(["there are no examples to train on" if rows else "the file is empty"])

    def stats(self) -> Value:
        """Counts of the examples, as fields of SupervisedTuningDataStats."""
        tokens = sum(self._inputs) + sum(self._outputs)
        return {
            "tuning_dataset_example_count": len(self._inputs),
            "total_tuning_character_count": self._characters,
            "total_billable_character_count": self._characters,
            "total_billable_token_count": tokens,
            "user_input_token_distribution": distribution(self._inputs),
            "user_output_token_distribution": distribution(self._outputs),
            "total_truncated_example_count": len(self._dropped),
            "truncated_example_indices": self._dropped[:SHOWN],
            "dropped_example_reasons": [f"More than {EXAMPLE_TOKENS} tokens."] * len(self._dropped[:SHOWN]),
        }

    def _count(self, example: Example) -> None:
        self._inputs.append(example.input_tokens)
        self._outputs.append(example.output_tokens)
        self._characters += example.characters

    def _error(self, problems: list[str]) -> ApiError:
        return bad_request([Violation(self._field, f"{self._field}: {self._uri}: {problem}") for problem in problems])


def distribution(values: Sequence[int]) -> Value:
    """The fields of SupervisedTuningDatasetDistribution of values, at least one."""
    ordered = sorted(values)
    total = sum(ordered)
    return {
        "sum": total,
        "min": ordered[0],
        "max": ordered[-1],
        "mean": total / len(ordered),
        "median": _percentile(ordered, 50),
        "p5": _percentile(ordered, 5),
        "p95": _percentile(ordered, 95),
        "buckets": _buckets(ordered),
        "billable_sum": total,
    }


def _lines(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Lines without their ends; a newline after the last line begins no other."""
    rest = b""
    for piece in pieces:
        *whole, rest = (rest + piece).split(b"\n")
        yield from whole
        if len(rest) > LINE_SIZE:
            raise ApiError("INVALID_ARGUMENT", f"A line of the data is longer than {LINE_SIZE} bytes.")
    if rest:
        yield rest


def _example(line: bytes) -> Example:
    if not line.strip():
        raise ApiError("INVALID_ARGUMENT", "The line is empty.")
    value = read_body(TRAINING_EXAMPLE, line, "")
    turns = value.get("contents", [])
    if [turn.get("role") for turn in turns] != ["user", "model"] * (len(turns) // 2) or not turns:
        raise ApiError("INVALID_ARGUMENT", "contents must go from role user to model and back, and end with the model.")
    texts = [text_of(turn) for turn in turns]
    if not all(turn.get("parts") for turn in turns) or not texts[-1].strip():
        raise ApiError("INVALID_ARGUMENT", "Each of contents needs parts, and the last a text.")
    inputs = text_of(value.get("system_instruction", {})) + "".join(texts[::2])
    outputs = "".join(texts[1::2])
    return Example(texts[-2].strip(), texts[-1], token_count(inputs), token_count(outputs), len(inputs) + len(outputs))


def _percentile(ordered: Sequence[int], percent: int) -> float:
    """By linear interpolation between the two nearest values."""
    place = (len(ordered) - 1) * percent / 100
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


def _buckets(ordered: Sequence[int]) -> list[Value]:
    """Buckets of equal width; empty buckets are left out."""
    low, width = ordered[0], max(1, -(-(ordered[-1] - ordered[0] + 1) // BUCKETS))
    counts = Counter((value - low) // width for value in ordered)
    return [
        {"count": counts[index], "left": low + index * width, "right": low + (index + 1) * width}
        for index in sorted(counts)
    ]
