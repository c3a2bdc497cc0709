"""Training data, as values: an example in both of its forms, and a whole dataset by what identifies it.

Beside `model`; `identity.fingerprint` computes the fingerprint, `manifest.data` reads files.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Example:
    """A training example: a text and the wanted answer."""

    text_input: str
    output: str


@dataclass(frozen=True, slots=True)
class Contents:
    """A training example in the form of a conversation, as Vertex AI takes it: its canonical JSON, on a single line."""

    line: str


TrainingExample = Example | Contents


@dataclass(frozen=True, slots=True)
class StoredData:
    """An object of the user's with data, as the service describes it.

    Size (in bytes) and CRC32C say what it holds. `md5` is "" where the service has none: a composite object.
    `generation` is for people: the same bytes that are uploaded again are another generation.
    """

    uri: str
    size: int
    crc32c: str
    md5: str = ""
    generation: str = ""

    def holds_same(self, other: StoredData) -> bool:
        """Whether both have the same content, wherever they are. MD5 is compared where both have it."""
        is_equal = (self.size, self.crc32c) == (other.size, other.crc32c)
        return is_equal and (not self.md5 or not other.md5 or self.md5 == other.md5)


@dataclass(frozen=True, slots=True)
class Dataset:
    """The identity of training data: its fingerprint (64 hex digits, `identity.fingerprint.Fingerprint`) and its number
    of examples. `characters` is the length of their texts, 0 where it is not known.

    `stored` is the object of the user's that holds the data: it is not read, and `examples` is 0.
    """

    fingerprint: str
    examples: int
    characters: int = field(default=0, compare=False)
    stored: StoredData | None = field(default=None, compare=False)
