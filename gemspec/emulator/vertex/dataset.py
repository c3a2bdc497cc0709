"""Training data: JSON lines in the emulated Cloud Storage, read as they come, checked, counted.

A line holds `contents`, which go from user to model and back and end with the model. A line with an error refuses the
whole file; one that is too long is dropped, and counted as dropped.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..gemini.generation import token_count
from ..kernel.errors import ApiError, Violation, bad_request
from ..kernel.reading import read_body
from ..storage import blobs as storage_contents, store as storage_stored
from ..storage.errors import StorageError
from .content_messages import TRAINING_EXAMPLE
from .distribution import distribution

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ..kernel.database import Database
    from ..kernel.fields import Value

FILE_SIZE = 10**9  # bytes
EXAMPLES = 10_000_000
VALIDATION_EXAMPLES = 5_000
EXAMPLE_TOKENS = 131_072
LINE_SIZE = 64 * 1024 * 1024  # bytes: the emulator's own
SHOWN = 10  # problems, and dropped examples


@dataclass(frozen=True, slots=True)
class Example:
    """What is kept of a line: the last prompt and its answer; and its length in tokens and characters."""

    prompt: str
    answer: str
    input_tokens: int
    output_tokens: int
    characters: int


class Dataset:
    """One file of examples: iterate over it, then ask for its `stats`."""

    def __init__(self, database: Database, uri: str, field: str, limit: int) -> None:
        """`field` is the request's, for refusals. To be used in a transaction. Raises ApiError (400) without a file."""
        self._uri, self._field, self._limit = uri, field, limit
        bucket, _, name = uri.removeprefix("gs://").partition("/")
        try:
            found = storage_stored.find_object(database, bucket, name)
        except StorageError as error:
            raise ApiError("FAILED_PRECONDITION", f"{field}: cannot read {uri}: {error.message}") from error
        if found.digest.size > FILE_SIZE:
            raise self._refusal([f"the file is larger than {FILE_SIZE} bytes"])
        self._pieces = storage_contents.read(database, found.content, 0, found.digest.size)
        self._inputs, self._outputs = array("l"), array("l")
        self._characters = 0
        self._dropped: list[int] = []

    def __iter__(self) -> Iterator[Example]:
        """The examples that are trained on. Raises ApiError (400) with the first lines that are wrong."""
        problems: list[str] = []
        rows = 0
        for rows, line in enumerate(_lines(self._pieces), start=1):
            if rows > self._limit:
                raise self._refusal([f"there are more than {self._limit} examples"])
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
            raise self._refusal(problems)
        if not self._inputs:
            raise self._refusal(["there are no examples to train on" if rows else "the file is empty"])

    def stats(self) -> Value:
        """What is known of them, as fields of SupervisedTuningDataStats."""
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

    def _refusal(self, problems: list[str]) -> ApiError:
        return bad_request([Violation(self._field, f"{self._field}: {self._uri}: {problem}") for problem in problems])


def _lines(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Lines without their ends; a newline after the last is not another."""
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
    texts = [_text(turn) for turn in turns]
    if not all(turn.get("parts") for turn in turns) or not texts[-1].strip():
        raise ApiError("INVALID_ARGUMENT", "Each of contents needs parts, and the last a text.")
    inputs = _text(value.get("system_instruction", {})) + "".join(texts[::2])
    outputs = "".join(texts[1::2])
    return Example(texts[-2].strip(), texts[-1], token_count(inputs), token_count(outputs), len(inputs) + len(outputs))


def _text(content: Value) -> str:
    return "".join(part.get("text", "") for part in content.get("parts", []))
