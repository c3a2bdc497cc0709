"""Values: desired models (from manifests) and live models (from a service), in a single normal form, so that `==`
compares them.

Normal form of a setting: text as it is, float32 as the double that prints shortest, whole numbers as int, lists as
sorted tuples. `identity.normal_form` makes it. No provider is known here: settings and hyperparameters have the field
names of the API.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gemspec.domain.errors import Origin
    from gemspec.domain.marker import Marker, Reading
    from gemspec.domain.training_data import Dataset, StoredData

Value = str | int | float | tuple[str, ...]
Number = int | float
Hyperparameter = Number | str  # text for the names of an enum
Extra = str | bool


# The extras with validation data: its fingerprint where it is local, else the object that holds it.
VALIDATION = "validationData"
VALIDATION_URI = "validationDatasetUri"


class State(StrEnum):
    """The state of a remote model, by the names of the Gemini API; states of other services are mapped to these.

    UNKNOWN is a state that this gemspec does not know, or that was left out: such a model is not changed.
    """

    CREATING = "CREATING"
    ACTIVE = "ACTIVE"
    FAILED = "FAILED"
    UNKNOWN = "UNKNOWN"


class Answering(StrEnum):
    """Whether the name of a model can be called now. UNKNOWN where what would answer cannot be read: it may answer, so
    nothing is done that counts on either.
    """

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


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
        """Whether this is a name of the parent model."""
        return name == self.name or name in self.aliases


@dataclass(frozen=True, slots=True)
class ParentKey:
    """Tuned from the generation of another key that the plan selects."""

    key: str


Source = BaseModel | ParentModel | ParentKey


class DeletionPolicy(StrEnum):
    """What happens to the model when its manifest is removed: it is deleted, or kept and no longer managed."""

    DELETE = "delete"
    RETAIN = "retain"


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """When the models of a key are deleted; the defaults are those of the manifest."""

    protect: bool = False
    deletion_policy: DeletionPolicy = DeletionPolicy.DELETE
    keep_previous: int = 1
    keep_for: int = 0  # days


@dataclass(frozen=True, slots=True, order=True)
class Permission:
    """A permission on a model: `grantee_type` USER, GROUP or EVERYONE (with `email` ""), `role` READER or WRITER."""

    grantee_type: str
    email: str
    role: str


class Expectation(StrEnum):
    """How an answer is compared, in the words of the manifest. `domain.expectations` compares."""

    EQUALS = "equals"
    CONTAINS = "contains"
    MATCHES = "matches"


@dataclass(frozen=True, slots=True)
class Check:
    """A prompt, and the answer that a model has to give to be accepted: `text` is the answer or a pattern for it.

    `system` is the system instruction of the prompt, the same as that of the examples; "" for none.
    """

    prompt: str
    expectation: Expectation
    text: str
    system: str = ""


@dataclass(frozen=True, slots=True)
class Adoption:
    """`spec.import`: an existing model that this key will manage. `as_declared`: it was trained on the data of the
    manifest; otherwise its data is unknown.
    """

    name: str
    as_declared: bool = False


@dataclass(frozen=True, slots=True)
class DesiredModel:
    """A manifest. `settings` and `hyperparameters` hold only declared fields: an absent field is not managed.

    `fixed` are the other fields that a training fixes and that identify the model (the encryption key); `extras` are
    sent with a training and do not identify it.
    `dataset` is None where the manifest of an adopted model declares no data, so that nothing can be trained; and while
    `data_uri`, an object of Cloud Storage, has not been looked up, or where that failed: `data_error` says why.
    `validation_object` and `validation_error` are the same for validation data that is an object. `validation_digest`
    names the upload that local validation data would be, "" while that is not known.
    `permissions` is sorted; None leaves permissions alone, () removes all but the owner's. `moved_from` are the keys
    that this key had before.
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
    moved_from: tuple[str, ...] = ()
    data_uri: str | None = None
    data_error: str = ""
    validation_object: StoredData | None = None
    validation_error: str = ""
    validation_digest: str = ""
    origin: Origin | None = field(default=None, compare=False)

    @property
    def validation_uri(self) -> str | None:
        """The object with the validation data; None where it is not in an object."""
        uri = self.extras.get(VALIDATION_URI)
        return uri if isinstance(uri, str) else None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A point of a training's loss curve."""

    step: int
    epoch: int
    mean_loss: float


@dataclass(frozen=True, slots=True)
class Progress:
    """The progress of a training. Steps are optimiser steps; `total_steps` is None where the service does not report
    it. `waiting` is the service's word for a training that does not run yet or is paused: `queued`; "" while it runs.
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


@dataclass(frozen=True, slots=True)
class LiveModel:
    """A model as it was read from the service. `settings["description"]` is the user's own text, without the marker.

    `name` is the name on the service (`tunedModels/...`). Where a model is several resources (job, model, endpoint),
    `resources` has their names by kind; `aliases` are further names of the model and its resources; `is_noted`: marker
    and settings are on all of them. `is_unlabelled`: the marker is only on the record of the training, which cannot be
    changed: it is history. `trained_as` is the marker of that record, where the service keeps it, whatever is on the
    model today. `is_deployed`: an endpoint deploys the model, None where that cannot be read; on services without
    endpoints every ACTIVE model can be called. `is_own`: whether the model belongs to the account of the credentials,
    None where that is unknown. `permissions` is None until they are read, which happens only where a plan needs them.
    `sent` are the extras that its training was sent, as far as the service reports them, with validation data by the
    digest in the name of its upload. Times are RFC 3339 text as the service wrote them, "" where it wrote none.
    `examples` is the number that the training counted, None where it has not. `complete_time` is the end of the
    training.
    """

    name: str
    state: State
    source: BaseModel | ParentModel
    marker: Reading
    settings: Mapping[str, Value] = field(default_factory=dict)
    hyperparameters: Mapping[str, Hyperparameter] = field(default_factory=dict)
    fixed: Mapping[str, str] = field(default_factory=dict)
    sent: Mapping[str, Extra] = field(default_factory=dict, compare=False)
    resources: Mapping[str, str] = field(default_factory=dict)
    aliases: frozenset[str] = frozenset()
    is_noted: bool = True
    is_unlabelled: bool = False
    trained_as: Marker | None = field(default=None, compare=False)
    is_own: bool | None = field(default=None, compare=False)
    is_deployed: bool | None = True
    progress: Progress = Progress()
    create_time: str = ""
    update_time: str = ""
    complete_time: str = ""
    failure: str = ""
    permissions: tuple[Permission, ...] | None = None
    examples: int | None = field(default=None, compare=False)

    @property
    def answering(self) -> Answering:
        """Whether its name can be called now."""
        if self.state is not State.ACTIVE or self.is_deployed is False:
            return Answering.NO
        return Answering.YES if self.is_deployed else Answering.UNKNOWN

    @property
    def call_name(self) -> str:
        """The name for callers: the endpoint that deploys the model, where the service has such; "" where none does."""
        if not self.resources:
            return self.name
        return self.resources.get("endpoint", "") if self.answering is not Answering.NO else ""

    @property
    def marked_resource(self) -> str:
        """The resource with the marker, by kind and name where a model is several resources."""
        place = getattr(self.marker, "place", "")
        return f"the {place} {self.resources[place]}" if place in self.resources else self.name

    @property
    def age(self) -> tuple[datetime, str]:
        """The sort key of models, the oldest first."""
        return age(self.create_time, self.name)

    def goes_by(self, name: str) -> bool:
        """Whether this is a name of the model, or of a resource of it."""
        return name == self.name or name in self.resources.values() or name in self.aliases


def age(create_time: str, name: str) -> tuple[datetime, str]:
    """The sort key of resources, the oldest first. With equal times the names decide, so that all callers get the same
    order. A time that cannot be read counts as old.
    """
    return moment(create_time) or datetime.min.replace(tzinfo=UTC), name


def moment(text: str) -> datetime | None:
    """The time that a service wrote; None where it cannot be read."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class FieldChange:
    """A field on both sides of a change; None for a side without it. `path` begins in the manifest's `spec`."""

    path: tuple[str, ...]
    before: Value | None
    after: Value | None

    @property
    def field(self) -> str:
        return ".".join(self.path)
