"""Permanent forms, with `fingerprint`: data fingerprint, train hash, remote id, and the normal form of numbers. Pure.

What is written to the service can never be changed later. So everything here belongs to marker version 1, and the
golden vectors in tests/identity/test_hashing.py only ever grow.

- Data fingerprint: SHA-256 over `gemspec:1:data\\n`, then for every example in order
  `t<n>:<textInput><m>:<output>` with n and m the lengths in UTF-8 bytes; for a conversation `c<n>:<line>`, the line
  being its canonical JSON (`conversation_line`).
- Data on Cloud Storage that gemspec never reads: SHA-256 over `gemspec:1:uri\\n<size>\\n<crc32c>`, the size in bytes
  and the CRC32C in base64.
- Train hash: the first 12 hex digits of SHA-256 over `gemspec:1:train\\n` and the JSON (sorted keys, no spaces,
  UTF-8) of source, declared hyperparameters, data fingerprint and attempt.
- Id: `<key>-<10 hex>` of SHA-256 over `gemspec:1:id\\n` and the JSON of [owner, key, train].
"""

from __future__ import annotations

import json
import struct
from functools import lru_cache
from hashlib import sha256
from typing import TYPE_CHECKING, assert_never

from gemspec.domain.model import BaseModel, ParentKey, ParentModel

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gemspec.domain.model import Hyperparameter, Number, Source

TRAIN_DIGITS = 12
ID_DIGITS = 10
KEY_PATTERN = r"[a-z]([a-z0-9-]{0,27}[a-z0-9])?"
OWNER_PATTERN = r"[a-z]([a-z0-9-]{0,28}[a-z0-9])?"


def float32(value: Number) -> float:
    """Give `value` as the service keeps it: rounded to float32, as the double that prints with the fewest digits.

    Raises OverflowError beyond the range of float32.
    """
    return _shortest(_pack(value))


def number_text(value: Hyperparameter) -> str:
    """Print a hyperparameter for hashes and for people: 5, 0.001, 1 (for 1.0), ADAPTER_SIZE_FOUR."""
    if isinstance(value, int | str):
        return str(value)
    short = float32(value)
    return str(int(short)) if short.is_integer() and abs(short) < 1e15 else repr(short)


def _pack(value: Number) -> bytes:
    return struct.pack("<f", value)


@lru_cache(maxsize=4096)  # thousands of models have the same few numbers
def _shortest(single: bytes) -> float:
    texts = (f"{struct.unpack('<f', single)[0]:.{digits}g}" for digits in range(1, 18))
    return next(short for text in texts if _is_packed_as(short := float(text), single))


def _is_packed_as(value: float, single: bytes) -> bool:
    """Whether `value` rounds to this float32. Near the largest float32, fewer digits can round beyond its range."""
    try:
        return _pack(value) == single
    except OverflowError:
        return False


def train_hash(
    source: Source,
    hyperparameters: Mapping[str, Hyperparameter],
    data: str,
    *,
    fixed: Mapping[str, str] | None = None,
    attempt: int = 1,
    parent_train: str | None = None,
) -> str:
    """Identify a generation: 12 hex digits over everything that makes a training what it is.

    `fixed` counts only where it is not empty. `data` is the full fingerprint (64 hex digits). For a ParentKey source,
    `parent_train` is the train hash of the generation that the parent key settled on, so that a retrained parent gives
    its children a new hash.
    """
    content = {
        "source": _source_form(source, parent_train),
        "hyperparameters": {name: number_text(value) for name, value in hyperparameters.items()},
        "data": data,
        "attempt": attempt,
        **({"fixed": dict(fixed)} if fixed else {}),
    }
    return _digest("train", content)[:TRAIN_DIGITS]


def remote_id(owner: str, key: str, train: str) -> str:
    """Give the id of the remote model, at most 40 characters (the Gemini API's limit) for a key of at most 29."""
    return f"{key}-{_digest('id', [owner, key, train])[:ID_DIGITS]}"


def _source_form(source: Source, parent_train: str | None) -> dict[str, str]:
    match source:
        case BaseModel(name):
            return {"baseModel": name}
        case ParentModel(name):
            return {"tunedModel": name}
        case ParentKey(key):
            if parent_train is None:
                raise ValueError(f"the train hash of a model tuned from {key!r} needs that key's generation")
            return {"train": parent_train}
        case never:
            assert_never(never)


def _digest(kind: str, content: object) -> str:
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return sha256(f"gemspec:1:{kind}\n{text}".encode()).hexdigest()
