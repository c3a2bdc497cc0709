"""Values: what a person wants (desired) and what the service has (live), in a single normal form, so that `==` compares
them.

Normal form of a setting: text as it is, float32 as the double that prints shortest, whole numbers as int, lists as
sorted tuples. `identity.hashing` makes it. Nothing here knows a provider: settings and hyperparameters carry the API's
own field names.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gemspec.domain.errors import Origin

Value = str | int | float | tuple[str, ...]
Number = int | float
Hyperparameter = Number | str  # text for the names of an enum
Extra = str | bool


class State(StrEnum):
    """The life of a remote model, by the names of the Gemini API; other services are mapped onto them.

    UNKNOWN is a state that this gemspec has never heard of, or that was left out: nothing is done to such a model.
    """

    CREATING = "CREATING"
    ACTIVE = "ACTIVE"
    FAILED = "FAILED"
    UNKNOWN = "UNKNOWN"


@dataclass(frozen=True, slots=True)
class BaseModel:
    """Tuned from a model of Google's: `models/...`."""

    name: str


@dataclass(frozen=True, slots=True)
class ParentModel:
    """Tuned from a tuned model by its remote name: `tunedModels/...`. `aliases` are other names of it."""

    name: str
    aliases: frozenset[str] = field(default=frozenset(), compare=False)

    def goes_by(self, name: str) -> bool:
        """Whether this is a name of the model that was tuned from."""
        return name == self.name or name in self.aliases


@dataclass(frozen=True, slots=True)
class ParentKey:
    """Tuned from whichever generation of another key the plan settles on."""

    key: str


Source = BaseModel | ParentModel | ParentKey


@dataclass(frozen=True, slots=True)
class Example:
    """One training example: what goes in, what should come out."""

    text_input: str
    output: str


@dataclass(frozen=True, slots=True)
class Contents:
    """A training example in the form of a conversation, as Vertex AI takes it: its canonical JSON, on a single line."""

    line: str


TrainingExample = Example | Contents


@dataclass(frozen=True, slots=True)
class Dataset:
    """Training data by what identifies it: the fingerprint (64 hex digits, `identity.fingerprint.Fingerprint`) and the
    number of examples. `characters` is how much text they hold, 0 where they were not counted.
    """

    fingerprint: str
    examples: int
    characters: int = field(default=0, compare=False)


class DeletionPolicy(StrEnum):
    """What happens to the model when its manifest goes: deleted, or released and left alone."""

    DELETE = "delete"
    RETAIN = "retain"


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """How a key's models end; the defaults are those of the manifest."""

    protect: bool = False
    deletion_policy: DeletionPolicy = DeletionPolicy.DELETE
    keep_previous: int = 1


@dataclass(frozen=True, slots=True, order=True)
class Permission:
    """Who may use a model: `grantee_type` USER, GROUP or EVERYONE (with `email` ""), `role` READER or WRITER."""

    grantee_type: str
    email: str
    role: str


class Expectation(StrEnum):
    """How an answer is compared, by the manifest's words. `gemspec.domain.expectations` compares."""

    EQUALS = "equals"
    CONTAINS = "contains"
    MATCHES = "matches"


@dataclass(frozen=True, slots=True)
class Check:
    """A prompt, and what its answer has to be for a model to be accepted: `text` is wanted, or a pattern.

    `system` is the instruction that goes with the prompt, as it went with the examples; "" for none.
    """

    prompt: str
    expectation: Expectation
    text: str
    system: str = ""


@dataclass(frozen=True, slots=True)
class Adoption:
    """`spec.import`: a model that already exists, and is to be this key's. `as_declared`: it was trained on just the
    data that the manifest declares; else nobody knows on what.
    """

    name: str
    as_declared: bool = False


@dataclass(frozen=True, slots=True)
class DesiredModel:
    """One manifest. `settings` and `hyperparameters` hold only what it declares: what is absent is not managed.

    `fixed` is what else a training fixes and makes the model what it is (its key of encryption); `extras` are sent with
    a training and are no part of that.
    `dataset` is None where the manifest of an adopted model declares no data: then nothing is ever trained for it; and
    while `data_uri`, an object of Cloud Storage, has not been looked at (`identity.fingerprint.stored_data`).
    `permissions` is sorted; None leaves them alone, () takes away all but the owner's.
    """

    key: str
    source: Source
    dataset: Dataset | None
    settings: Mapping[str, Value] = field(default_factory=dict)
    hyperparameters: Mapping[str, Hyperparameter] = field(default_factory=dict)
    fixed: Mapping[str, str] = field(default_factory=dict)
    extras: Mapping[str, Extra] = field(default_factory=dict)
    lifecycle: Lifecycle = Lifecycle()
    permissions: tuple[Permission, ...] | None = None
    checks: tuple[Check, ...] = ()
    adopts: Adoption | None = None
    moved_from: str | None = None
    data_uri: str | None = None
    origin: Origin | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One point of a training's loss curve."""

    step: int
    epoch: int
    mean_loss: float


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a training is. Steps are optimiser steps; `total_steps` is None where the service did not say.

    `waiting` is the service's word for a training that does not run yet, or not now: `queued`; "" while it runs.
    """

    completed_steps: int = 0
    total_steps: int | None = None
    snapshots: tuple[Snapshot, ...] = ()
    waiting: str = ""

    @property
    def percent(self) -> float | None:
        """0 to 100, or None when the total is unknown."""
        if not self.total_steps:
            return None
        return 100.0 if self.completed_steps >= self.total_steps else 100 * self.completed_steps / self.total_steps

    @property
    def last(self) -> Snapshot | None:
        return self.snapshots[-1] if self.snapshots else None

    @property
    def waiting_text(self) -> str:
        """`queued at the service`; "" while it runs."""
        return f"{self.waiting} at the service" if self.waiting else ""


# What an adopted model's marker says of data that nobody knows.
UNKNOWN_DATA = "unknown"


@dataclass(frozen=True, slots=True)
class Marker:
    """What a model carries. `serving` is None for a candidate, which nobody calls yet; `parent` is the parent's train
    hash.

    `data` is the first 12 hex digits of the data fingerprint, or UNKNOWN_DATA; `examples` how many there were, 0 where
    that is unknown; `attempt` counts from 1. `terminating`: an apply has begun to delete the model.
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


@dataclass(frozen=True, slots=True)
class Absent:
    """No marker: not ours, never changed."""


@dataclass(frozen=True, slots=True)
class Corrupt:
    """Something that was a marker: edited, cut, or copied from another model. `owner` and `key` are what it claims.

    `place` says which of the model's `resources` carries it, "" where the model is a single resource.
    """

    reason: str
    owner: str | None = None
    key: str | None = None
    place: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Newer:
    """A marker of a later gemspec, which this one cannot judge. `place` is as that of `Corrupt`."""

    version: int
    owner: str | None = None
    key: str | None = None
    place: str = field(default="", compare=False)


Reading = Marker | Absent | Corrupt | Newer


@dataclass(frozen=True, slots=True)
class LiveModel:
    """One model on the service, as it was read. `settings["description"]` is the user's own text; the marker is apart.

    `permissions` is None where nobody has read them; they are read only for models whose manifest declares them.
    `resources` names the parts of a model that is several resources (job, model, endpoint), by what they are; `aliases`
    are other names of it and of them; `is_noted`: marker and settings stand on all of them. `is_own`: whether it
    belongs to the account that asked, None where nobody knows. `name` is the service's (`tunedModels/...`). Times are
    RFC 3339 text as the service wrote them, "" where it did not.
    """

    name: str
    state: State
    source: BaseModel | ParentModel
    marker: Reading
    settings: Mapping[str, Value] = field(default_factory=dict)
    hyperparameters: Mapping[str, Hyperparameter] = field(default_factory=dict)
    fixed: Mapping[str, str] = field(default_factory=dict)
    resources: Mapping[str, str] = field(default_factory=dict)
    aliases: frozenset[str] = frozenset()
    is_noted: bool = True
    is_own: bool | None = field(default=None, compare=False)
    progress: Progress = Progress()
    create_time: str = ""
    update_time: str = ""
    failure: str = ""
    permissions: tuple[Permission, ...] | None = None

    @property
    def call_name(self) -> str:
        """What callers name: the endpoint, where the service has endpoints."""
        return self.resources.get("endpoint", self.name)

    @property
    def marked_resource(self) -> str:
        """The resource that carries the marker, by its kind and name where a model is several resources."""
        place = getattr(self.marker, "place", "")
        return f"the {place} {self.resources[place]}" if place in self.resources else self.name

    @property
    def age(self) -> tuple[datetime, str]:
        """What models are ordered by, the oldest first."""
        return age(self.create_time, self.name)

    def goes_by(self, name: str) -> bool:
        """Whether this is a name of the model, or of one of its resources."""
        return name == self.name or name in self.resources.values() or name in self.aliases


def age(create_time: str, name: str) -> tuple[datetime, str]:
    """Order what a service made, the oldest first; of what was made in the same moment the names decide, so that all
    who ask agree. A time that cannot be read is old.
    """
    try:
        made = datetime.fromisoformat(create_time)
    except ValueError:
        made = datetime.min
    return (made if made.tzinfo else made.replace(tzinfo=UTC), name)


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field on both sides; None stands for "not there". `path` begins in the manifest's `spec`."""

    path: tuple[str, ...]
    before: Value | None
    after: Value | None

    @property
    def field(self) -> str:
        return ".".join(self.path)
