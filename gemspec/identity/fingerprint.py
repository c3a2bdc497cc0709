"""The permanent fingerprint of training data, over its canonical form. Beside `hashing`, which identifies trainings.
Pure.
"""

from __future__ import annotations

import json
from hashlib import sha256
from typing import TYPE_CHECKING

from gemspec.domain.training_data import Contents, Dataset

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gemspec.domain.training_data import TrainingExample


DATA_DIGITS = 12


class Fingerprint:
    """Accumulates the data fingerprint, some examples at a time, in constant memory."""

    def __init__(self) -> None:
        self._hash = sha256(b"gemspec:1:data\n")
        self._examples = self._characters = 0

    def take(self, examples: Sequence[TrainingExample]) -> None:
        """Take the next examples. Raises UnicodeEncodeError for text with lone surrogates, which UTF-8 cannot hold."""
        forms, characters = [], 0
        for example in examples:
            if isinstance(example, Contents):
                line = example.line.encode()
                forms.append(b"c%d:%b" % (len(line), line))
                characters += len(example.line)
            else:
                given, wanted = example.text_input.encode(), example.output.encode()
                forms.append(b"t%d:%b%d:%b" % (len(given), given, len(wanted), wanted))
                characters += len(example.text_input) + len(example.output)
        self._hash.update(b"".join(forms))
        self._examples += len(examples)
        self._characters += characters

    def dataset(self) -> Dataset:
        """Give the fingerprint and counts of the examples that were taken so far."""
        return Dataset(self._hash.hexdigest(), self._examples, self._characters)


def fingerprint(examples: Sequence[TrainingExample]) -> Dataset:
    """Fingerprint a whole sequence of examples; order and every character count, file layout does not."""
    result = Fingerprint()
    result.take(examples)
    return result.dataset()


_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def conversation_line(conversation: Mapping[str, object]) -> str:
    """Write a conversation in its canonical form: JSON on a single line, sorted keys, no spaces, nothing escaped.

    `identity.conversation` unifies spelling variants before. Raises ValueError for NaN and infinity.
    """
    return _ENCODER.encode(conversation)


def stored_data(size: int, crc32c: str) -> Dataset:
    """Identify data in an object of Cloud Storage by its content: the size in bytes, and the CRC32C in base64.

    Neither name nor generation counts, so the same bytes that are exported again are the same data. The number of
    examples is not known and given as 0.
    """
    return Dataset(sha256(f"gemspec:1:uri\n{size}\n{crc32c}".encode()).hexdigest(), 0)
