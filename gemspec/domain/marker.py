"""The ownership record on a model, as a value: what it says, and what else may be read where it should be.

Beside `model`, whose live models carry it; `identity` has its written forms.
"""

from __future__ import annotations

from dataclasses import dataclass, field

# The data in the marker of an adopted model that was trained on unknown data.
UNKNOWN_DATA = "unknown"

# The largest serving number, attempt and generation number that a marker can hold.
MAX_NUMBER = 999_999

Extensions = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Marker:
    """The ownership record on a model. `serving` is None for a candidate, which has never served; `parent` is the
    parent's train hash.

    `data` is the first 12 hex digits of the data fingerprint, or UNKNOWN_DATA; `examples` is their number, 0 where that
    is unknown; `attempt` counts from 1. `terminating`: an apply has begun to delete the model. `gen` numbers the
    generations of a key in the order of their creation, and never changes. `extensions` are optional fields as pairs of
    name (`x-...`) and value, sorted: those that this gemspec does not know are kept and never judged.
    """

    owner: str
    key: str
    train: str
    data: str
    examples: int
    attempt: int = 1
    serving: int | None = None
    parent: str | None = None
    protect: bool = False
    retain: bool = False
    terminating: bool = False
    rev: str | None = None
    gen: int = 1
    extensions: Extensions = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class Absent:
    """No marker: not ours, never changed. `released`: it was ours, and was released by gemspec."""

    released: bool = field(default=False, compare=False)


@dataclass(frozen=True, slots=True)
class Corrupt:
    """A broken marker: edited, cut, or copied from another model. `owner` and `key` are what it claims.

    `place` says which of the model's `resources` carries it, "" where the model is a single resource.
    """

    reason: str
    owner: str | None = None
    key: str | None = None
    place: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Newer:
    """A marker of a later gemspec, which this gemspec cannot read. `place` is as in `Corrupt`."""

    version: int
    owner: str | None = None
    key: str | None = None
    place: str = field(default="", compare=False)


Reading = Marker | Absent | Corrupt | Newer
